#!/usr/bin/env python3
"""Install and run one real Apache Kafka node on 127.0.0.1, for tests and benchmarks.

    kafka.py install          put the jars of Maven Central into the cache
    kafka.py start            start a broker and print where it listens, as shell lines
    kafka.py env [--json]     print these lines again
    kafka.py status           exit status 0: it runs and answers; 1: it does not
    kafka.py stop             stop it and wait until it has gone
    kafka.py run -- COMMAND   start one of its own, run COMMAND with the lines in its
                              environment, stop it; the exit status is COMMAND's

Needs only java (17 or newer), its keytool, and for the first install mvn. Exit
status 3: one of these is missing, and the text names it.

A node lives in --dir (default: build/kafka in the repository): its data, certificates,
password, broker.log, and env.json. All of it is made anew at each start; only the jars and
the certificates are kept between starts, in $TAILFRAME_CACHE or ~/.cache/tailframe.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import secrets
import shlex
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from types import FrameType
from typing import NoReturn

from kafka_parts import TEMPLATES, Failure, certificates, install, quiet, tool

HERE = Path(__file__).resolve().parent
DEFAULT_VERSION = "3.9.1"
USER = "alice"
PORTS = ["plaintext", "controller", "sasl_plaintext", "ssl", "sasl_ssl", "mtls", "named", "expired"]


def free_ports(count: int) -> list[int]:
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in sockets:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in sockets]


def brokers_known(port: int) -> int:
    """How many brokers the node names in a Metadata (version 4) answer; -1: no answer."""
    body = struct.pack(">hhih", 3, 4, 1, -1) + struct.pack(">i?", 0, False)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=2) as connection:
            connection.settimeout(2)
            connection.sendall(struct.pack(">i", len(body)) + body)
            answer = b""
            while len(answer) < 16:  # length, correlation id, throttle time, number of brokers
                part = connection.recv(4096)
                if not part:
                    return -1
                answer += part
    except OSError:
        return -1
    return int(struct.unpack(">i", answer[12:16])[0])


def command_line(pid: int) -> bytes:
    """What a process was started with: from /proc, or from ps where there is no /proc."""
    if Path("/proc/self").exists():
        with contextlib.suppress(OSError):
            return Path(f"/proc/{pid}/cmdline").read_bytes()
        return b""
    command = ["ps", "-ww", "-o", "args=", "-p", str(pid)]
    return subprocess.run(command, stdout=subprocess.PIPE, check=False).stdout


class Node:
    """One broker in one folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.env_file = folder / "env.json"
        self.pid_file = folder / "pid"
        self.log_file = folder / "broker.log"
        self.settings = folder / "server.properties"

    def env(self) -> dict[str, str]:
        try:
            data = json.loads(self.env_file.read_text())
        except FileNotFoundError:
            raise Failure(f"no broker was started in {self.folder}: run kafka.py start") from None
        return {str(name): str(value) for name, value in data.items()}

    def pid(self) -> int | None:
        """The broker's process id, or None if it is gone; never another program's that has got its number."""
        try:
            pid = int(self.pid_file.read_text())
            os.kill(pid, 0)
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return None
        # Reaps a child of this process, which else would stay as a zombie and count as running.
        with contextlib.suppress(ChildProcessError):
            if os.waitpid(pid, os.WNOHANG)[0] == pid:
                return None
        return pid if str(self.settings).encode() in command_line(pid) else None

    def answers(self) -> bool:
        if self.pid() is None or not self.env_file.is_file():
            return False
        return brokers_known(int(self.env()["TAILFRAME_KAFKA"].rsplit(":", 1)[1])) > 0

    def start(self, version: str, heap: str) -> None:
        if self.answers():
            print(f"kafka.py: a broker already runs in {self.folder}", file=sys.stderr)
            return
        self.stop()
        java = tool("java", "a JDK, 17 or newer")
        jars = install(version)
        for attempt in (1, 2, 3):
            self.prepare(version, java, jars)
            if self.launch(java, jars, heap):
                return
            # Between choosing a port and listening on it another program may have taken it.
            if attempt == 3 or "Address already in use" not in self.log_file.read_text(errors="replace"):
                break
        self.stop()
        raise Failure(f"Kafka {version} did not start:\n{self.log_tail()}\n(the whole log: {self.log_file})")

    def prepare(self, version: str, java: str, jars: Path) -> None:
        """Write everything the broker reads: certificates, settings, formatted storage, env.json."""
        if self.folder.exists():
            known = {"tls", "data", "pid", "broker.log", "server.properties", "env.json"}
            strange = sorted({entry.name for entry in self.folder.iterdir()} - known)
            if strange:
                raise Failure(
                    f"{self.folder} holds {strange[0]}, which is not a broker's: give --dir a folder of its own"
                )
            shutil.rmtree(self.folder)
        self.folder.mkdir(parents=True, mode=0o700)
        tls = self.folder / "tls"
        shutil.copytree(certificates(), tls)
        store_password = (tls / "password").read_text()
        password = "canary-" + secrets.token_hex(8)

        ports = dict(zip(PORTS, free_ports(len(PORTS))))
        values = {name: str(port) for name, port in ports.items()}
        values.update(
            data=str(self.folder / "data"), tls=str(tls), store_password=store_password, user=USER, password=password
        )
        text = (TEMPLATES / "server.properties").read_text()
        for name, value in values.items():
            text = text.replace(f"@{name}@", value)
        self.settings.write_text(text)

        scram = [f"{kind}=[name={USER},password={password}]" for kind in ("SCRAM-SHA-256", "SCRAM-SHA-512")]
        quiet(
            [
                java,
                "-Xmx256m",
                "-cp",
                f"{jars}/*",
                "kafka.tools.StorageTool",
                "format",
                "-t",
                "tailframe-test-cluster",
                "-c",
                str(self.settings),
                "--add-scram",
                scram[0],
                "--add-scram",
                scram[1],
            ],
            "kafka.tools.StorageTool format",
        )
        env = {
            "TAILFRAME_KAFKA": f"127.0.0.1:{ports['plaintext']}",
            "TAILFRAME_KAFKA_SASL_PLAINTEXT": f"127.0.0.1:{ports['sasl_plaintext']}",
            "TAILFRAME_KAFKA_SSL": f"localhost:{ports['ssl']}",
            "TAILFRAME_KAFKA_SASL_SSL": f"localhost:{ports['sasl_ssl']}",
            # Asks the client for a certificate.
            "TAILFRAME_KAFKA_MTLS": f"localhost:{ports['mtls']}",
            # Its certificate is for broker.tailframe.test only, and so is its address.
            "TAILFRAME_KAFKA_NAMED": f"localhost:{ports['named']}",
            # Its certificate ended five days ago.
            "TAILFRAME_KAFKA_EXPIRED": f"localhost:{ports['expired']}",
            "TAILFRAME_KAFKA_CA": str(tls / "ca.pem"),
            "TAILFRAME_KAFKA_OTHER_CA": str(tls / "other-ca.pem"),
            "TAILFRAME_KAFKA_CLIENT_P12": str(tls / "client.p12"),
            "TAILFRAME_KAFKA_CLIENT_P12_PASSWORD": store_password,
            "TAILFRAME_KAFKA_USER": USER,
            "TAILFRAME_KAFKA_PASSWORD": password,
            "TAILFRAME_KAFKA_VERSION": version,
            "TAILFRAME_KAFKA_DIR": str(self.folder),
        }
        self.env_file.write_text(json.dumps(env, indent=2) + "\n")

    def launch(self, java: str, jars: Path, heap: str) -> bool:
        """Start the prepared broker, detached; True once it answers, False if it ended or took too long."""
        command = [
            java,
            f"-Xms{heap}",
            f"-Xmx{heap}",
            "-Djava.awt.headless=true",
            f"-Dlog4j.configuration={(TEMPLATES / 'log4j.properties').as_uri()}",
            f"-Dlog4j2.configurationFile={TEMPLATES / 'log4j2.properties'}",
            "-cp",
            f"{jars}/*",
            "kafka.Kafka",
            str(self.settings),
        ]
        with open(self.log_file, "wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                cwd=self.folder,
            )
        self.pid_file.write_text(f"{process.pid}\n")
        port = int(self.env()["TAILFRAME_KAFKA"].rsplit(":", 1)[1])
        give_up = time.monotonic() + 90
        while time.monotonic() < give_up:
            if process.poll() is not None:
                return False
            if brokers_known(port) > 0:
                return True
            time.sleep(0.1)
        return False

    def stop(self) -> None:
        """Ask the broker to end, wait, and end it for good if it does not listen."""
        for kind, patience in ((signal.SIGTERM, 20), (signal.SIGKILL, 10)):
            pid = self.pid()
            if pid is None:
                break
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, kind)
            give_up = time.monotonic() + patience
            while self.pid() is not None and time.monotonic() < give_up:
                time.sleep(0.05)
        with contextlib.suppress(FileNotFoundError):
            self.pid_file.unlink()

    def log_tail(self) -> str:
        with contextlib.suppress(OSError):
            return "\n".join(self.log_file.read_text(errors="replace").splitlines()[-25:])
        return "(it wrote no log)"


# --- commands -----------------------------------------------------------------------------------


def print_env(env: dict[str, str], as_json: bool = False) -> None:
    if as_json:
        print(json.dumps(env, indent=2))
        return
    for name, value in env.items():
        print(f"export {name}={shlex.quote(value)}")


@contextlib.contextmanager
def signals_raise() -> Iterator[None]:
    """Turn the signals that end a program into an exception, so that finally blocks run."""

    def leave(number: int, _: FrameType | None) -> NoReturn:
        raise Failure(f"ended by signal {number}", 128 + number)

    kinds = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    for kind in kinds:
        signal.signal(kind, leave)
    try:
        yield
    finally:
        # From here on a second Ctrl-C must not stop the stopping.
        for kind in kinds:
            signal.signal(kind, signal.SIG_IGN)


def run(version: str, heap: str, command: list[str]) -> int:
    if not command:
        raise Failure("kafka.py run -- COMMAND: the command is missing", 2)
    with tempfile.TemporaryDirectory(prefix="tailframe-kafka-") as work:
        node = Node(Path(work).resolve() / "node")
        child: subprocess.Popen[bytes] | None = None
        try:
            with signals_raise():
                node.start(version, heap)
                child = subprocess.Popen(command, env={**os.environ, **node.env()})
                status = child.wait()
        finally:
            if child is not None and child.poll() is None:
                child.terminate()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    child.wait(10)
                child.kill()
                child.wait()
            node.stop()
    return status if status >= 0 else 128 - status


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="kafka.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=["install", "start", "env", "status", "stop", "run"])
    parser.add_argument("--version", default=DEFAULT_VERSION, help="Kafka's version (default %(default)s)")
    parser.add_argument("--dir", type=Path, default=HERE.parent / "build" / "kafka", help="the node's folder")
    parser.add_argument("--heap", default="768m", help="the broker's heap (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="env: print JSON instead of shell lines")
    words = sys.argv[1:]
    cut = words.index("--") if "--" in words else len(words)
    options = parser.parse_args(words[:cut])
    options.command = words[cut + 1 :]
    return options


def main() -> int:
    options = arguments()
    node = Node(options.dir.resolve())
    if options.action == "install":
        print(install(options.version))
    elif options.action == "start":
        node.start(options.version, options.heap)
        print_env(node.env())
    elif options.action == "env":
        print_env(node.env(), options.json)
    elif options.action == "status":
        running = node.answers()
        print(f"kafka.py: {'a broker runs' if running else 'no broker runs'} in {node.folder}")
        return 0 if running else 1
    elif options.action == "stop":
        node.stop()
    else:
        return run(options.version, options.heap, options.command)
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except Failure as failure:
        print(f"kafka.py: {failure}", file=sys.stderr)
        sys.exit(failure.status)
