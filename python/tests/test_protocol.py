"""The run of the binary: whole frames or exceptions, whatever the binary does."""

import json
import logging
import os
import shlex
import signal
import threading

import pyarrow
import pytest
from conftest import gone, numbers, report, stream

import tailframe
from tailframe import _process


def test_a_whole_read(fake):
    fake.gives(numbers(3), cluster_id="c1")
    frame = tailframe.tail("t", last=3)
    assert frame["n"].tolist() == [0, 1, 2]
    assert frame.attrs["tailframe"]["cluster_id"] == "c1"
    seen = fake.seen
    assert seen["arguments"] == ["request"]
    assert json.loads(seen["ack"]) == {"ack": True}
    assert gone(seen["pid"])


def test_arrow_gives_a_table_with_the_report(fake):
    fake.gives(numbers(3))
    table = tailframe.arrow("t")
    assert isinstance(table, pyarrow.Table)
    assert table.column("n").to_pylist() == [0, 1, 2]
    assert json.loads(table.schema.metadata[b"tailframe"])["rows"] == 3


def test_many_batches_and_no_rows(fake):
    table = numbers(1000)
    fake.runs(("request", 0), ("stdout", stream(table, 7)), ("event", report(1000)), ("ack", 0), ("exit", 0))
    assert tailframe.tail("t")["n"].tolist() == list(range(1000))
    fake.gives(numbers(0))
    empty = tailframe.tail("t")
    assert len(empty) == 0
    assert empty["n"].dtype == "int64"


def test_the_report_may_come_before_the_rows(fake):
    fake.runs(
        ("request", 0), ("event", report(3)), ("sleep", 0.3), ("stdout", stream(numbers(3))), ("ack", 0), ("exit", 0)
    )
    assert len(tailframe.tail("t")) == 3


def test_a_reread_drops_what_came(fake):
    text = pyarrow.table({"n": ["0", "1", "x"]})
    fake.runs(
        ("request", 0),
        ("stdout", stream(numbers(2))),
        ("event", {"event": "reread", "why": "n holds text"}),
        ("stdout", stream(text)),
        ("event", report(3, rereads=1)),
        ("ack", 0),
        ("exit", 0),
    )
    assert tailframe.tail("t")["n"].tolist() == ["0", "1", "x"]


def test_two_rereads(fake):
    again = {"event": "reread", "why": "wider"}
    steps = []
    for rows in (2, 3, 4):
        steps += [("stdout", stream(numbers(rows))), ("event", again)]
    fake.runs(("request", 0), *steps[:-1], ("event", report(4)), ("ack", 0), ("exit", 0))
    assert len(tailframe.tail("t")) == 4


def test_more_streams_than_announced(fake):
    fake.runs(("request", 0), ("stdout", stream(numbers(2)) * 2), ("event", report(2)), ("ack", 0), ("exit", 0))
    with pytest.raises(
        tailframe.BinaryError, match=r"^the tailframe binary (went on with a stream|sent more or fewer)"
    ):
        tailframe.tail("t")


def test_wrong_row_count(fake):
    fake.gives(numbers(3), rows=4)
    with pytest.raises(tailframe.BinaryError) as caught:
        tailframe.tail("t")
    assert caught.value.message == "the tailframe binary reported 4 rows, but 3 arrived"
    assert "ack" not in fake.seen


def test_an_incomplete_window(fake):
    fake.gives(numbers(3), complete=False, why="partition 2 lost its leader")
    with pytest.raises(tailframe.IncompleteError) as caught:
        tailframe.tail("t")
    assert caught.value.message == "the window is not complete: partition 2 lost its leader"
    assert (caught.value.code, caught.value.exit_code) == ("incomplete", 7)


def test_a_report_without_rows(fake):
    fake.runs(
        ("request", 0),
        ("stdout", stream(numbers(1))),
        ("event", {"event": "report", "report": {"complete": True}}),
        ("ack", 0),
        ("exit", 0),
    )
    with pytest.raises(tailframe.BinaryError, match="reported None rows, but 1 arrived"):
        tailframe.tail("t")


@pytest.mark.parametrize(
    ("code", "kind", "exit_code"),
    [
        ("internal", tailframe.BinaryError, 1),
        ("usage", tailframe.ConfigError, 2),
        ("config", tailframe.ConfigError, 2),
        ("connect", tailframe.ConnectError, 3),
        ("auth", tailframe.AuthError, 4),
        ("topic", tailframe.TopicError, 5),
        ("window", tailframe.WindowError, 6),
        ("incomplete", tailframe.IncompleteError, 7),
        ("decode", tailframe.DecodeError, 8),
        ("plugin", tailframe.PluginError, 9),
        ("output", tailframe.OutputError, 10),
        ("interrupted", tailframe.BinaryError, 130),
        ("of-a-later-version", tailframe.BinaryError, 1),
    ],
)
def test_error_events(fake, code, kind, exit_code):
    event = {"event": "error", "code": code, "message": "no topic 'x'", "hint": "see tailframe topics"}
    fake.runs(("request", 0), ("event", event), ("exit", exit_code))
    with pytest.raises(tailframe.TailframeError) as caught:
        tailframe.tail("x")
    assert type(caught.value) is kind
    assert str(caught.value) == "no topic 'x'\nhint: see tailframe topics"
    assert (caught.value.code, caught.value.exit_code) == (code, exit_code)


def test_a_password_that_is_a_word_of_the_protocol(fake):
    event = {"event": "error", "code": "auth", "message": "the broker refused auth", "hint": ""}
    fake.runs(("request", 0), ("event", event), ("exit", 4))
    with pytest.raises(tailframe.AuthError, match=r"^the broker refused \[redacted\]$"):
        tailframe.tail("x", config={"sasl.password": "auth"})


def test_an_error_after_some_rows(fake):
    event = {"event": "error", "code": "decode", "message": "partition 0, offset 2: n is no int64", "hint": ""}
    fake.runs(("request", 0), ("stdout", stream(numbers(3))[:-8]), ("event", event), ("exit", 8))
    with pytest.raises(tailframe.DecodeError, match=r"^partition 0, offset 2: n is no int64$"):
        tailframe.tail("t")


def test_an_error_after_the_report(fake):
    event = {"event": "error", "code": "window", "message": "the bookmark could not be written"}
    fake.runs(
        ("request", 0), ("stdout", stream(numbers(1))), ("event", report(1)), ("ack", 0), ("event", event), ("exit", 6)
    )
    with pytest.raises(tailframe.WindowError, match="the bookmark could not be written"):
        tailframe.tail("t")


def test_exit_status_after_the_report(fake):
    fake.runs(("request", 0), ("stdout", stream(numbers(1))), ("event", report(1)), ("ack", 0), ("exit", 1))
    with pytest.raises(tailframe.BinaryError) as caught:
        tailframe.tail("t")
    assert caught.value.message == "the tailframe binary failed after its report (exit status 1)"


def test_killed_after_the_report(fake):
    fake.runs(("request", 0), ("stdout", stream(numbers(1))), ("event", report(1)), ("kill", signal.SIGKILL))
    with pytest.raises(tailframe.BinaryError, match=r"killed by signal 9, SIGKILL"):
        tailframe.tail("t")


def test_rows_after_the_report(fake):
    fake.runs(
        ("request", 0),
        ("stdout", stream(numbers(1))),
        ("event", report(1)),
        ("ack", 0),
        ("stdout", b"garbage"),
        ("exit", 0),
    )
    with pytest.raises(tailframe.BinaryError, match="sent rows that cannot be read"):
        tailframe.tail("t")


def test_no_report(fake):
    fake.runs(("request", 0), ("stdout", stream(numbers(3))), ("exit", 0))
    with pytest.raises(tailframe.BinaryError) as caught:
        tailframe.tail("t")
    assert caught.value.message == "the tailframe binary ended before its report (exit status 0)"


def test_dies_at_once_without_reading_the_request(fake):
    fake.shell("exit 3")
    for _ in range(20):  # the request meets a closed pipe at one time, an open one at another
        with pytest.raises(tailframe.BinaryError, match=r"ended before its report \(exit status 3\)"):
            tailframe.tail("t", nulls=["x" * 200_000])


def test_says_why_without_reading_the_request(fake):
    line = json.dumps({"event": "error", "code": "config", "message": "unknown field", "hint": "upgrade"})
    fake.shell(f"echo {shlex.quote(line)} >&2; exit 2")
    with pytest.raises(tailframe.ConfigError, match="unknown field"):
        tailframe.tail("t", nulls=["x" * 200_000])


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT, signal.SIGTERM])
def test_killed(fake, number):
    fake.runs(("request", 0), ("stdout", stream(numbers(3))[:200]), ("kill", number))
    with pytest.raises(tailframe.BinaryError, match=rf"killed by signal {int(number)}, {number.name}"):
        tailframe.tail("t")


def test_out_of_memory_is_guessed(fake):
    fake.runs(("request", 0), ("kill", signal.SIGKILL))
    with pytest.raises(tailframe.BinaryError) as caught:
        tailframe.tail("t")
    assert caught.value.hint == "the system may have run out of memory: read a smaller window"


def test_garbage_on_stderr(fake):
    fake.runs(
        ("request", 0),
        ("stderr", 'panic: \x00\x01 not JSON\n{"no":"event"}\n[1]\n"event"\n{"event":7}\n{"event":"new"}\n\n'),
        ("stderr", '{"event":"stream"}\n{"event":"closed"}\n{"event":"broken"}\n' + "[" * 100_000 + "\n"),
        ("stdout", stream(numbers(3))),
        ("event", report(3)),
        ("ack", 0),
        ("exit", 0),
    )
    assert len(tailframe.tail("t")) == 3


def test_last_words_are_in_the_hint(fake):
    fake.runs(
        ("request", 0),
        ("event", {"event": "log", "level": "info", "message": "connecting"}),
        ("stderr", "panic: out of luck\ngoroutine 1"),
        ("exit", 2),
    )
    with pytest.raises(tailframe.BinaryError) as caught:
        tailframe.tail("t")
    assert caught.value.hint == "the last lines it wrote:\nconnecting\npanic: out of luck\ngoroutine 1"


def test_much_on_stderr_does_not_block(fake):
    log = json.dumps({"event": "log", "level": "debug", "message": "x" * 1000}) + "\n"
    fake.runs(
        ("stderr", log * 3000),
        ("request", 0),
        ("stderr", "y" * 1_000_000 + "\n"),
        ("stdout", stream(numbers(3))),
        ("event", report(3)),
        ("stderr", log * 3000),
        ("ack", 0),
        ("exit", 0),
    )
    assert len(tailframe.tail("t")) == 3


def test_garbage_on_stdout(fake):
    fake.runs(("request", 0), ("stdout", b"hello world, this is no Arrow\n"), ("exit", 0))
    with pytest.raises(tailframe.BinaryError, match="sent rows that cannot be read"):
        tailframe.tail("t")


def test_a_stream_cut_anywhere_is_never_a_frame(fake):
    whole = stream(numbers(3), 2)
    path = fake.folder / "cut.arrow"
    path.write_bytes(whole)
    for size in range(len(whole) + 1):
        fake.shell(f"read request; head -c {size} {shlex.quote(str(path))}; kill -9 $$")
        with pytest.raises(tailframe.BinaryError):
            tailframe.arrow("t")


def test_a_stream_cut_anywhere_before_a_report(fake):
    whole = stream(numbers(3), 2)
    end = len(whole) - 8  # without its end mark the stream is still whole
    path = fake.folder / "cut.arrow"
    path.write_bytes(whole)
    line = shlex.quote(json.dumps(report(3)))
    for size in range(0, len(whole) + 1, 3):
        fake.shell(f"read request; head -c {size} {shlex.quote(str(path))}; echo {line} >&2; exec 1>&-; read ack")
        if size < end:
            with pytest.raises(tailframe.BinaryError):
                tailframe.arrow("t")
    fake.shell(f"read request; cat {shlex.quote(str(path))}; echo {line} >&2; exec 1>&-; read ack")
    assert tailframe.arrow("t").num_rows == 3


@pytest.mark.parametrize("ignored", [[], [("ignore", "SIGTERM")]])
def test_a_binary_that_hangs_meets_the_timeout(fake, monkeypatch, ignored):
    monkeypatch.setattr(_process, "_LATE", 0.2)
    fake.runs(*ignored, ("request", 0), ("stdout", stream(numbers(3))), ("sleep", 600))
    with pytest.raises(tailframe.BinaryError, match=r"^the tailframe binary did not end in time"):
        tailframe.tail("t", timeout=0.5)
    assert gone(fake.seen["pid"])


def test_a_binary_that_does_not_end_after_its_report(fake, monkeypatch):
    monkeypatch.setattr(_process, "_FAREWELL", 0.5)
    fake.runs(("request", 0), ("stdout", stream(numbers(3))), ("event", report(3)), ("ack", 0), ("sleep", 600))
    with pytest.raises(tailframe.BinaryError, match=r"^the tailframe binary did not end in time"):
        tailframe.tail("t")
    assert gone(fake.seen["pid"])


def test_a_binary_that_hangs_after_breaking_its_stdout(fake, monkeypatch):
    monkeypatch.setattr(_process, "_GRACE", 0.5)
    fake.runs(("request", 0), ("stdout", b"garbage, not a stream"), ("sleep", 600))
    with pytest.raises(tailframe.BinaryError, match="sent rows that cannot be read"):
        tailframe.tail("t")
    assert gone(fake.seen["pid"])


def test_a_binary_that_reports_without_reading_its_request(fake, monkeypatch):
    monkeypatch.setattr(_process, "_GRACE", 0.5)
    fake.runs(("stdout", stream(numbers(3))), ("event", report(3)), ("sleep", 600))
    with pytest.raises(tailframe.BinaryError, match="did not read its request"):
        tailframe.tail("t", nulls=["x" * 2_000_000])
    assert gone(fake.seen["pid"])


def test_a_sibling_that_holds_the_pipes(fake, monkeypatch):
    monkeypatch.setattr(_process, "_GRACE", 0.5)
    fake.shell("read request; sleep 60 & echo $! >" + shlex.quote(str(fake.folder / "sibling")) + "; kill -9 $$")
    with pytest.raises(tailframe.BinaryError, match=r"^the tailframe binary broke off \(killed by signal 9, SIGKILL\)"):
        tailframe.tail("t")
    os.kill(int((fake.folder / "sibling").read_text()), signal.SIGKILL)


def test_progress_and_log(fake, caplog, capsys):
    event = {"event": "progress", "records": 5, "rows": 4}
    log = {"event": "log", "level": "error", "message": "broker 1 is down"}
    fake.runs(
        ("request", 0),
        ("event", event),
        ("event", log),
        ("stdout", stream(numbers(1))),
        ("event", report(1)),
        ("ack", 0),
        ("exit", 0),
    )
    told = []
    with caplog.at_level(logging.DEBUG, logger="tailframe"):
        tailframe.tail("t", progress=lambda p: told.append((p["records"], p["rows"], threading.current_thread())))
    assert told == [(5, 4, threading.current_thread())]
    assert [(r.levelno, r.getMessage()) for r in caplog.records] == [(logging.ERROR, "broker 1 is down")]
    assert capsys.readouterr().err == ""
    tailframe.tail("t", progress=True)
    assert capsys.readouterr().err == "\rtailframe: 5 records, 4 rows\n"
    for silent in (None, False):
        tailframe.tail("t", progress=silent)
        assert capsys.readouterr().err == ""


def test_what_a_progress_function_raises_ends_the_read(fake):
    fake.runs(("request", 0), ("event", {"event": "progress", "records": 5, "rows": 4}), ("sleep", 600))
    with pytest.raises(ZeroDivisionError):
        tailframe.tail("t", progress=lambda p: 1 / 0)
    assert gone(fake.seen["pid"])


def test_two_reads_at_once(fake, tmp_path):
    fake.gives(numbers(5000))
    results = []

    def read():
        results.append(tailframe.tail("t")["n"].sum())

    threads = [threading.Thread(target=read) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == [sum(range(5000))] * 6


def test_no_file_or_thread_is_left(fake):
    fake.gives(numbers(3))
    tailframe.tail("t")
    files, threads = len(os.listdir("/dev/fd")), threading.active_count()
    for _ in range(3):
        tailframe.tail("t")
    fake.shell("exit 3")
    with pytest.raises(tailframe.BinaryError):
        tailframe.tail("t")
    assert len(os.listdir("/dev/fd")) == files
    assert threading.active_count() == threads
