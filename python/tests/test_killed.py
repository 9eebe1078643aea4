"""The real binary killed at 200 moments: an exception or every row, and nothing else.

Some moments are times. The others are places: this file stands between the package and the three pipes, so that it
kills when the package has read exactly so much. Most of these end what the package sees right there, too ("cut"),
as if the binary had not yet written more; else the package goes on with what is left in the pipes.
"""

import fcntl
import io
import json
import random
import struct
import subprocess
import termios
import threading
import time

import pyarrow
import pytest
from brokers import Sandbox

import tailframe

ROWS = 300_000
COLUMNS = {"n": "int64", "name": "string"}


class Moment:
    """When to kill the binary, and what the package still sees then."""

    def __init__(self, place, number=0, cut=False, blocked=False):
        self.place = place
        self.number = number
        self.cut = cut  # the rest of stdout is not seen
        self.blocked = blocked  # the binary has filled the pipe first, and waits in the midst of a write
        self.killed = False
        self.ended = False

    def __repr__(self):
        return f"{self.place} {self.number} cut={self.cut} blocked={self.blocked}"

    def start(self, child):
        """Stand between the package and the binary."""
        self.child = child
        self.raw = child.stdout.fileno()
        child.stdin = Stdin(child.stdin.detach(), self)
        child.stdout = Stdout(child.stdout.detach(), self)
        child.stderr = Stderr(child.stderr, self)
        if self.place == "time":
            self.timer = threading.Timer(self.number, child.kill)
            self.timer.start()
        return child

    def reached(self, place, number=0):
        """Kill if this is the moment, and tell whether it is."""
        if self.killed or (self.place, self.number) != (place, number):
            return False
        before = None
        while self.blocked and before != (
            before := struct.unpack("i", fcntl.ioctl(self.raw, termios.FIONREAD, b"0000"))
        ):
            time.sleep(0.02)
        self.child.kill()
        self.child.wait()
        self.killed, self.ended = True, self.cut
        return True


class Stdin(io.BufferedWriter):
    """The pipe of the request and the acknowledgement."""

    def __init__(self, raw, moment):
        super().__init__(raw)
        self.moment = moment

    def close(self):
        """Close it; the package does so when it has acknowledged."""
        super().close()
        if self.moment.place == "acknowledgement":
            time.sleep(self.moment.number)
            self.moment.reached("acknowledgement", self.moment.number)


class Stdout(io.BufferedReader):
    """The pipe of the rows."""

    def __init__(self, raw, moment):
        super().__init__(raw)
        self.moment = moment
        self.reads = 0

    def peek(self, size=0):
        """Look at the next bytes."""
        return b"" if self.moment.ended else super().peek(size)

    def read(self, size=-1):
        """Read that many bytes; half of them if it is the moment."""
        if self.moment.ended:
            return b""
        data = super().read(size)
        self.reads += 1
        return data[: len(data) // 2] if self.moment.reached("read", self.reads) else data


class Stderr:
    """The pipe of the report."""

    def __init__(self, pipe, moment):
        self.pipe = pipe
        self.moment = moment
        self.close = pipe.close

    def readline(self, limit):
        """Read a line; the report may be lost."""
        line = self.pipe.readline(limit)
        if line.startswith(b"{") and json.loads(line)["event"] == "report":
            if self.moment.reached("before the report"):
                return b""
            self.moment.reached("after the report")
        return line


class Reader:
    """The reader of the record batches."""

    def __init__(self, reader, moment):
        self.reader = reader
        self.moment = moment
        self.schema = reader.schema

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.reader.close()

    def __iter__(self):
        rows = 0
        self.moment.reached("batches", 0)
        for number, batch in enumerate(self.reader, 1):
            yield batch
            rows += batch.num_rows
            self.moment.reached("batches", number)
            if rows == ROWS:
                self.moment.reached("last batch")
        self.moment.reached("end mark")


def moments():
    """Return 200 moments."""
    rng = random.Random(11)
    both = (False, True)
    return [
        *(Moment("time", rng.random()) for _ in range(84)),  # in durations of a read
        *(Moment("batches", n, cut, blocked) for n in range(4) for cut in both for blocked in both for _ in range(3)),
        *(Moment("last batch", 0, cut, blocked) for cut in both for blocked in both for _ in range(3)),
        *(Moment("read", n, cut=True) for n in range(1, 21)),
        *(Moment("end mark") for _ in range(8)),
        *(Moment("before the report") for _ in range(8)),
        *(Moment("after the report") for _ in range(8)),
        *(Moment("acknowledgement", n / 5_000) for n in range(12)),
    ]


@pytest.fixture
def read(real_binary, tmp_path, monkeypatch):
    """A function that reads the topic, whole or up to a moment."""
    monkeypatch.setenv("TAILFRAME_BINARY", real_binary)
    seeds = tmp_path / "many.csv"
    seeds.write_text("".join(f"{n},{n % 97}x\n" for n in range(ROWS)))
    sandbox = Sandbox(real_binary, "--topic", "many:1", "--seed-file", f"many={seeds}")
    start, open_stream = subprocess.Popen, pyarrow.ipc.open_stream

    def reads(moment=None):
        with monkeypatch.context() as patched:
            if moment is not None:
                patched.setattr(subprocess, "Popen", lambda *a, **options: moment.start(start(*a, **options)))
                patched.setattr(pyarrow.ipc, "open_stream", lambda pipe: Reader(open_stream(pipe), moment))
            return tailframe.arrow("many", last=ROWS, columns=COLUMNS, bootstrap_servers=sandbox.servers)

    yield reads
    sandbox.close()


def test_killed_at_any_moment(read):
    whole = read()
    assert whole.column("n").num_chunks > 3
    assert sorted(whole.column("n").to_pylist()) == list(range(ROWS))
    whole = whole.replace_schema_metadata()
    begin = time.monotonic()
    assert read(Moment("never")).replace_schema_metadata().equals(whole)
    duration = time.monotonic() - begin
    results = []
    planned = moments()
    assert len(planned) == 200
    for moment in planned:
        if moment.place == "time":
            moment.number *= duration
        try:
            table = read(moment)
        except tailframe.BinaryError as error:
            assert "SIGKILL" in error.message, moment
            results.append(error)
        else:
            # Killed by the clock it may have been through before, and after the acknowledgement it ends by itself.
            assert moment.place in ("time", "acknowledgement"), moment
            assert table.replace_schema_metadata().equals(whole), moment
            results.append(table.num_rows)
        if moment.place == "time":
            moment.timer.cancel()
            moment.timer.join()
        else:
            assert moment.killed, moment
    assert len(results) == 200


def test_killed_when_the_rows_are_through(read, monkeypatch):
    # The moment before the acknowledgement: all rows are there, and the report.
    from tailframe import _process

    check = _process.Run._check

    def kill(run, *arguments):
        check(run, *arguments)
        run._process.kill()
        run._process.wait()

    monkeypatch.setattr(_process.Run, "_check", kill)
    with pytest.raises(tailframe.BinaryError, match=r"failed after its report \(killed by signal 9, SIGKILL\)"):
        read()
