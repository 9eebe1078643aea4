"""One run of the binary: started, listened to, acknowledged, and always ended.

The binary gets the request as one line on stdin and sends Arrow IPC on stdout and JSON lines on
stderr. Threads read both pipes to their ends into one queue; the caller's thread takes the events from
it, so that progress functions, exceptions and Ctrl-C happen where the caller is. pandas and pyarrow are
imported in a thread, too: an import in the caller's could swallow the Ctrl-C that comes in its midst.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import threading
import time
from collections import deque
from typing import TYPE_CHECKING

from ._binary import find_binary
from ._errors import BinaryError, IncompleteError, from_code
from ._request import Settings, encode

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import IO, Any, NoReturn

    import pyarrow

    Stream = tuple[pyarrow.Schema, list[pyarrow.RecordBatch]]

_TICK = 0.5  # seconds between two looks at the child while nothing comes
_GRACE = 5.0  # seconds for the rest of the story once a pipe ended or broke
_FAREWELL = 30.0  # seconds for the binary to end after the acknowledgement
_LATE = 10.0  # seconds past the caller's timeout, which the binary keeps by itself
_TERM = 1.0  # seconds between asking the binary to end and ending it
_LINE = 64 << 20  # bytes: the longest line taken from stderr


class Run:
    """One read: start, result, and always end."""

    def __init__(
        self, request: dict[str, Any], progress: Callable[[dict[str, Any]], object] | None, modules: tuple[str, ...]
    ) -> None:
        self._request = request
        self._modules = modules  # to import while the binary connects and reads; pyarrow is the first
        self._settings: Settings = request["config"]
        self._progress = progress
        self._events: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        self._lines: deque[str] = deque(maxlen=20)  # the last words on stderr, for the case of an abrupt end
        self._open = {"stdout", "stderr"}
        self._broken = ""  # what is wrong with stdout
        self._deadline = float("inf")
        self._threads: list[threading.Thread] = []
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start the binary and send it the request."""
        self._child = _start(find_binary(), self._settings)
        self._thread(_send, self._child.stdin, self._request)
        self._thread(self._read_stderr, self._child.stderr)
        self._thread(self._import, self._child.stdout)
        if "timeout" in self._request:  # the binary keeps it; this is for one that hangs
            self._deadline = time.monotonic() + self._request["timeout"] + _LATE

    def end(self) -> None:
        """End the binary, if it has not ended by itself, and give everything back."""
        if self._child is None:
            return
        _end(self._child)
        for thread in list(self._threads):
            # An import is better not cut off: the program may be about to end, and take its libraries down.
            thread.join(_GRACE if thread.name == "tailframe._import" else _TERM)
        if any(thread.is_alive() for thread in self._threads):
            return  # a forked sibling holds a pipe; closing it under its thread would block
        for pipe in (self._child.stdin, self._child.stdout, self._child.stderr):
            try:
                if pipe is not None:
                    pipe.close()
            except OSError:  # a request that the binary did not take
                pass

    @property
    def _process(self) -> subprocess.Popen[bytes]:
        assert self._child is not None
        return self._child

    def result(self) -> tuple[Stream, dict[str, Any]]:
        """Return the schema and batches of the whole window and the report, or raise what went wrong."""
        streams: list[Stream] = []
        rereads = 0
        report: dict[str, Any] | None = None
        while report is None or not streams:
            kind, value = self._next()
            if kind == "stream":
                streams.append(value)
            elif kind == "reread":
                rereads += 1
            elif kind == "report":
                report = value
            if rereads and streams:  # the rows of the stream before a reread are not to be kept
                del streams[0]
                rereads -= 1
            if report is not None and not streams and "stdout" not in self._open:
                self._fail(self._broken or "reported rows that it did not send")
            value = None  # nor by this name
        self._check(report, streams, rereads)
        self._acknowledge()
        return streams[0], report

    def _check(self, report: dict[str, Any], streams: list[Stream], rereads: int) -> None:
        rows = sum(batch.num_rows for batch in streams[0][1])
        if rereads or len(streams) != 1:
            self._fail("sent more or fewer streams than it announced")
        if report.get("complete") is not True:
            raise IncompleteError(f"the window is not complete: {report.get('why') or 'the report does not say why'}")
        if report.get("rows") != rows:
            self._fail(f"reported {report.get('rows')} rows, but {rows} arrived")

    def _acknowledge(self) -> None:
        stdin: Any = self._process.stdin
        self._threads[0].join(_GRACE)
        if self._threads[0].is_alive():
            self._fail("did not read its request")
        try:
            stdin.write(b'{"ack":true}\n')
            stdin.close()
        except OSError:
            pass  # it did not wait for us; its exit status says why
        self._deadline = time.monotonic() + _FAREWELL
        while self._open:
            kind, _ = self._next()
            if kind in ("stream", "reread", "report"):
                self._fail(f"went on with a {kind} after its report")
        try:
            status = self._process.wait(max(0.0, self._deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            self._fail("did not end after its report")
        if status != 0 or self._broken:
            self._fail(self._broken or "failed after its report")

    def _next(self) -> tuple[str, Any]:
        """Return the next event that is about the result; raise if it is an error or cannot come any more."""
        while True:
            if not self._open and self._events.empty():
                self._fail(self._broken or "ended before its report")
            try:
                # A tick, because waiting without one cannot be interrupted on Windows.
                kind, value = self._events.get(timeout=_TICK)
            except queue.Empty:
                self._look()
                continue
            if kind == "closed":
                self._open.discard(value)
                self._hurry()
                return kind, value
            if kind == "broken":
                self._broken = f"sent rows that cannot be read: {value}"
                self._hurry()
            elif kind == "failed":
                raise value
            elif kind == "error":
                raise from_code(str(value.get("code")), str(value.get("message")), str(value.get("hint") or ""))
            elif kind == "text":
                self._lines.append(value[:1000])
            elif kind == "log":
                self._lines.append(str(value.get("message"))[:1000])
                _log(value.get("level"), value.get("message"))
            elif kind == "progress":
                if self._progress is not None:
                    self._progress(value)
            elif kind in ("stream", "reread", "report"):
                return kind, value

    def _look(self) -> None:
        dead = self._process.poll() is not None
        if dead:
            self._hurry()  # a forked sibling may keep the pipes of a dead child open
        if time.monotonic() > self._deadline:
            self._fail(self._broken or ("broke off" if dead else "did not end in time"))

    def _hurry(self) -> None:
        self._deadline = min(self._deadline, time.monotonic() + _GRACE)

    def _fail(self, what: str) -> NoReturn:
        try:
            status = self._process.wait(0.0 if "stderr" in self._open else _TERM)
        except subprocess.TimeoutExpired:
            status = None
        ending = "" if status is None else f" ({_describe(status)})"
        said = "\n".join(self._lines)
        hint = f"the last lines it wrote:\n{said}" if said else _likely(status)
        raise BinaryError(f"the tailframe binary {what}{ending}", hint)

    def _thread(self, target: Callable[..., None], *args: object) -> None:
        thread = threading.Thread(target=target, args=args, name=f"tailframe.{target.__name__}", daemon=True)
        thread.start()  # first, as Ctrl-C may come between the two, and only started threads can be joined
        self._threads.append(thread)

    def _import(self, pipe: Any) -> None:
        from importlib import import_module

        try:
            for name in self._modules:
                import_module(name)
                if name == "pyarrow":
                    self._thread(self._read_stdout, pipe)
        except BaseException as error:  # raised where the caller is
            self._events.put(("failed", error))

    def _read_stdout(self, pipe: Any) -> None:
        import pyarrow

        try:
            while first := pipe.peek(1)[:1]:
                if first != b"\xff":  # pyarrow would take any other for a length, and wait for as many bytes
                    raise ValueError("not an Arrow stream")
                with pyarrow.ipc.open_stream(pipe) as reader:
                    schema, batches = reader.schema, list(reader)
                self._events.put(("stream", (schema, batches)))
                del batches  # a stream to be dropped is not kept while the next one comes
        except (pyarrow.ArrowException, OSError, ValueError) as error:
            self._events.put(("broken", str(error)))
        self._events.put(("closed", "stdout"))

    def _read_stderr(self, pipe: Any) -> None:
        try:
            for line in iter(lambda: pipe.readline(_LINE), b""):
                self._events.put(_parse(line, self._settings))
        except (OSError, ValueError):
            pass  # read to its end or not, what is missing then is the report
        self._events.put(("closed", "stderr"))


def _parse(line: bytes, settings: Settings) -> tuple[str, Any]:
    # The binary has taken secrets out by itself, but a crash has not.
    text = line.decode("utf-8", "replace").rstrip()
    try:
        event = json.loads(text)
    except (ValueError, RecursionError):
        event = None
    kind = event.get("event") if isinstance(event, dict) else None
    if kind == "report":
        report = event.get("report")
        return "report", report if isinstance(report, dict) else {}
    if kind in ("log", "progress", "reread", "error"):
        # Of words only: a password "auth" must not change the code of an error.
        words = {
            n: settings.redact(v) for n, v in event.items() if n in ("message", "hint", "why") and isinstance(v, str)
        }
        return kind, {**event, **words}
    return "text", settings.redact(text)  # a crash, the system's loader, or an event of a later version


def _start(binary: str, settings: Settings) -> subprocess.Popen[bytes]:
    # The request carries the settings; what the child's children or /proc could show stays out.
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("TAILFRAME_") and not settings.holds(value)
    }
    options: dict[str, Any] = {"start_new_session": True}  # Ctrl-C is ours to handle
    if os.name == "nt":
        options = {"creationflags": getattr(subprocess, "CREATE_NO_WINDOW", 0)}
    pipe = subprocess.PIPE  # on all three: a BI host may have no streams to inherit
    try:
        return subprocess.Popen(
            [binary, "request"], stdin=pipe, stdout=pipe, stderr=pipe, env=environment, close_fds=True, **options
        )
    except OSError as error:
        reason = str(error)
    raise BinaryError(
        f"the tailframe binary cannot be started: {reason}",
        "check that it is built for this system, that its folder allows programs, and that no virus scanner holds it",
    )


def _send(pipe: IO[bytes], request: dict[str, Any]) -> None:
    try:
        pipe.write(encode(request))
        pipe.flush()
    except (OSError, ValueError):
        pass  # the binary ended at once; it says why by itself


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is not None:
        return
    try:
        child.terminate()
        child.wait(_TERM)
    except subprocess.TimeoutExpired:
        pass
    finally:  # a second Ctrl-C included
        if child.poll() is None:
            child.kill()
            child.wait()


def _describe(status: int) -> str:
    if status >= 0:
        return f"exit status {status if status < 256 else hex(status)}"
    import signal

    try:
        return f"killed by signal {-status}, {signal.Signals(-status).name}"
    except ValueError:
        return f"killed by signal {-status}"


def _likely(status: int | None) -> str:
    if status == -9:
        return "the system may have run out of memory: read a smaller window"
    return "run it again with log_level='debug' and look at the 'tailframe' logger"


def _log(level: object, message: object) -> None:
    import logging

    number = {"error": logging.ERROR, "info": logging.INFO}.get(str(level), logging.DEBUG)
    logging.getLogger("tailframe").log(number, "%s", message)
