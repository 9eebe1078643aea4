"""Fixtures: a fake binary, the real one, and skips that are counted."""

import json
import os
import pickle
import shlex
import subprocess
import sys
import traceback
from pathlib import Path

import pyarrow
import pytest

FAKE = Path(__file__).with_name("fake_binary.py")
SKIPPED = []


def skip(reason):
    """Skip a test, counted; with TAILFRAME_NO_SKIPS set it fails instead, so CI cannot lose a test."""
    if os.environ.get("TAILFRAME_NO_SKIPS"):
        pytest.fail(f"would be skipped: {reason}")
    SKIPPED.append(reason)
    if os.environ.get("TAILFRAME_SKIPS"):  # the file by which `make test` counts
        with open(os.environ["TAILFRAME_SKIPS"], "a") as file:
            file.write(f"{os.environ['PYTEST_CURRENT_TEST'].split(' ')[0]}: {reason}\n")
    pytest.skip(reason)


def pytest_terminal_summary(terminalreporter):
    for reason in sorted(set(SKIPPED)):
        terminalreporter.write_line(f"skipped {SKIPPED.count(reason)} tests: {reason}")


@pytest.fixture(autouse=True)
def own_environment(monkeypatch):
    """Keep the developer's own settings out of the tests."""
    for name in list(os.environ):
        if name.startswith("TAILFRAME_CONFIG_") or name in ("TAILFRAME_BINARY", "TAILFRAME_BOOTSTRAP_SERVERS"):
            if name == "TAILFRAME_BINARY":
                os.environ.setdefault("TAILFRAME_TEST_BINARY", os.environ[name])
            monkeypatch.delenv(name)


def stream(table, batch_rows=None):
    """Return the table as the bytes of an Arrow IPC stream."""
    sink = pyarrow.BufferOutputStream()
    with pyarrow.ipc.new_stream(sink, table.schema) as writer:
        for batch in table.to_batches(max_chunksize=batch_rows):
            writer.write_batch(batch)
    return sink.getvalue().to_pybytes()


def numbers(rows=3):
    """Return a small table of one int64 column."""
    return pyarrow.table({"n": pyarrow.array(range(rows), pyarrow.int64())})


def report(rows, **more):
    """Return a report event."""
    return {"event": "report", "report": {"topic": "t", "rows": rows, "records": rows, "complete": True, **more}}


class Fake:
    """A fake binary that runs the given steps, and what it saw."""

    def __init__(self, folder):
        self.folder = folder
        self.steps = folder / "steps.json"
        self.path = folder / "tailframe"

    def runs(self, *steps):
        """Set the steps; bytes to write on stdout go to a file."""
        plain = []
        for number, (verb, argument) in enumerate(steps):
            if verb == "stdout":
                file = self.folder / f"{number}.bytes"
                file.write_bytes(argument)
                argument = str(file)
            plain.append([verb, argument])
        self.steps.write_text(json.dumps(plain))
        words = [sys.executable, "-I", "-S", str(FAKE), str(self.steps)]
        return self.shell(f'exec {shlex.join(words)} "$@"')

    def gives(self, table, **more):
        """Set the steps of a good read of the table."""
        rows = more.pop("rows", table.num_rows)
        return self.runs(
            ("request", 0),
            ("stdout", stream(table)),
            ("event", report(rows, **more)),
            ("ack", 0),
            ("exit", 0),
        )

    def shell(self, text):
        """Make the binary a shell script."""
        self.path.write_text(f"#!/bin/sh\n{text}\n")
        self.path.chmod(0o755)
        return self

    @property
    def seen(self):
        """What the fake got: pid, arguments, environment, request, ack."""
        return json.loads(Path(f"{self.steps}.seen").read_text())


@pytest.fixture
def fake(tmp_path, monkeypatch):
    """A fake binary in the place of the real one."""
    made = Fake(tmp_path)
    monkeypatch.setenv("TAILFRAME_BINARY", str(made.path))
    monkeypatch.setenv("TAILFRAME_BOOTSTRAP_SERVERS", "fake:9092")
    return made


@pytest.fixture(scope="session")
def real_binary():
    """The path of the real binary: TAILFRAME_TEST_BINARY, else the one in the package."""
    from tailframe import BinaryError
    from tailframe._binary import find_binary

    named = os.environ.get("TAILFRAME_TEST_BINARY")
    if named:
        assert os.path.isfile(named), f"TAILFRAME_TEST_BINARY names no file: {named}"
        return os.path.abspath(named)
    try:
        return find_binary()
    except BinaryError:
        skip("no real binary: build it and set TAILFRAME_TEST_BINARY")


def everything_about(error):
    """Return all that a logger, a traceback with local variables or a debugger's first look would show."""
    shown = [str(error), repr(error), repr(error.args), repr(vars(error)), pickle.dumps(error).decode("latin1")]
    seen = error
    while seen is not None:
        told = traceback.TracebackException.from_exception(seen, capture_locals=True)
        # The tests' frames hold the canary; what matters is the package's.
        frames = [f for f in told.stack if "tests" not in f.filename]
        shown += ["".join(f"{f.filename} {f.name} {f.line} {f.locals}\n" for f in frames)]
        shown += ["".join(told.format_exception_only())]
        seen = seen.__cause__ or seen.__context__
    assert "sasl.password" in "".join(shown) or "settings" in "".join(shown)  # the frames are really there
    return "".join(shown)


def gone(pid):
    """Tell whether no such process runs (a zombie does not run)."""
    try:
        with open(f"/proc/{pid}/stat") as file:
            return file.read().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        pass
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], stdout=subprocess.PIPE, text=True, check=False).stdout
    return not state.strip() or state.strip().startswith("Z")
