"""Make what a run needs, under build/bench: a venv with the pinned peers and the wheel, the C read, fill."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Optional

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
WORK = ROOT / "build" / "bench"

# The pinned pandas needs it; the driver itself runs on 3.9.
OLDEST_PYTHON = (3, 11)


class Failure(Exception):
    """What is missing or went wrong, and what to do about it."""


@dataclass(frozen=True)
class Tools:
    """The programs of a run."""

    python: Path
    read: Path
    fill: Path


def call(command: list[str], cwd: Path = ROOT) -> str:
    """Run a command and give its output; a failure shows all it said."""
    try:
        done = subprocess.run(command, cwd=cwd, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Failure(f"{command[0]} is missing: install it and put it on PATH") from None
    if done.returncode != 0:
        raise Failure(f"{' '.join(command)} failed with status {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def interpreter() -> str:
    """A Python the pinned packages run on: this one, or the newest on PATH."""
    if sys.version_info[:2] >= OLDEST_PYTHON:
        return sys.executable
    for minor in range(14, OLDEST_PYTHON[1] - 1, -1):
        found = shutil.which(f"python3.{minor}")
        if found:
            return found
    raise Failure("the pinned pandas needs Python 3.11 or newer: put one on PATH as python3.11, python3.12, ...")


def make_venv(wheel: Optional[Path], with_tailframe: bool) -> Path:
    """The Python of a venv with the pinned packages; the wheel is installed anew each time."""
    venv = WORK / "venv"
    python = venv / "bin" / "python"
    if not python.exists():
        call([interpreter(), "-m", "venv", str(venv)])
    pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    call([*pip, "-r", str(HERE / "requirements.txt")])
    if with_tailframe:
        if wheel is None:
            wheels = WORK / "wheels"
            shutil.rmtree(wheels, ignore_errors=True)
            call([str(python), "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", str(wheels), str(ROOT / "python")])
            (wheel,) = wheels.glob("tailframe-*.whl")
        call([*pip, "--force-reinstall", "--no-deps", str(wheel)])
        call([*pip, "certifi"])
    return python


def compile_read() -> Path:
    """The C read, linked with the librdkafka that tailframe carries."""
    machine = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine())
    if platform.system() != "Linux" or machine is None:
        raise Failure("the benchmarks run on Linux on x86-64 or arm64")
    module = call(["go", "list", "-m", "-f", "{{.Dir}}", "github.com/confluentinc/confluent-kafka-go/v2"]).strip()
    if not module:
        call(["go", "mod", "download", "github.com/confluentinc/confluent-kafka-go/v2"])
        module = call(["go", "list", "-m", "-f", "{{.Dir}}", "github.com/confluentinc/confluent-kafka-go/v2"]).strip()
    vendored = Path(module) / "kafka" / "librdkafka_vendor"
    program = WORK / "read"
    flags = ["-std=c11", "-O2", "-Wall", "-Wextra", "-Werror", "-DLIBRDKAFKA_STATICLIB", "-isystem", str(vendored)]
    sources = [str(HERE / "contenders" / "read.c"), str(vendored / f"librdkafka_glibc_linux_{machine}.a")]
    libraries = ["-lm", "-ldl", "-lpthread", "-lrt"]
    call([os.environ.get("CC", "cc"), *flags, "-o", str(program), *sources, *libraries])
    return program


def prepare(wheel: Optional[Path], with_tailframe: bool) -> Tools:
    """Everything a run needs; what is there and current is kept."""
    WORK.mkdir(parents=True, exist_ok=True)
    fill = WORK / "fill"
    call(["go", "build", "-o", str(fill), "./fill"], cwd=HERE)
    return Tools(python=make_venv(wheel, with_tailframe), read=compile_read(), fill=fill)
