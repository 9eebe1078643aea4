"""Life and death of both processes: Ctrl-C, a killed parent, missing streams, forks."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest
from conftest import gone, numbers, report, stream

import tailframe

SOURCE = str(Path(tailframe.__file__).parents[1])


def until(condition, seconds=60):
    """Wait until the condition holds."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.01)


def python(source, **options):
    """Start a Python process that runs the source text."""
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    words = [sys.executable, "-c", textwrap.dedent(source)]
    return subprocess.Popen(words, env=environment, **options)


READ = """
    import tailframe
    try:
        tailframe.tail("t")
    except BaseException as error:
        print(type(error).__name__, flush=True)
        raise
    """

HANGS = {
    "before the rows": [("request", 0), ("sleep", 600)],
    "in the rows": [("request", 0), ("stdout", stream(numbers(3))[:300]), ("sleep", 600)],
    "after the rows": [("request", 0), ("stdout", stream(numbers(3))), ("sleep", 600)],
    "after the report": [
        ("request", 0),
        ("stdout", stream(numbers(3))),
        ("event", report(3)),
        ("ack", 0),
        ("sleep", 600),
    ],
    "deaf to SIGTERM": [("ignore", "SIGTERM"), ("request", 0), ("sleep", 600)],
}


def started(fake):
    """Wait for the fake binary of another process to have its request, and return its pid."""
    file = Path(f"{fake.steps}.seen")
    until(lambda: file.exists() and "request" in fake.seen)
    return fake.seen["pid"]


@pytest.mark.parametrize("steps", HANGS.values(), ids=HANGS.keys())
def test_interrupt_stops_both(fake, steps):
    fake.runs(*steps)
    process = python(READ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    pid = started(fake)
    time.sleep(0.5)  # some way into the read; how far does not matter
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert out == "KeyboardInterrupt\n"
    assert "_errors" not in err
    assert gone(pid)


@pytest.mark.parametrize("milliseconds", [0, 5, 20, 50, 100, 200, 300])
def test_interrupt_while_importing(fake, milliseconds):
    fake.runs(("request", 0), ("sleep", 600))
    process = python(READ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    pid = started(fake)
    time.sleep(milliseconds / 1000)
    process.send_signal(signal.SIGINT)  # at the start, pandas is not there yet
    out, _ = process.communicate(timeout=30)
    assert out == "KeyboardInterrupt\n"
    assert gone(pid)


def test_imports_that_fail(fake):
    fake.runs(("request", 0), ("sleep", 600))
    text = """
        import os, sys, tailframe
        sys.modules[sys.argv[1]] = None
        try:
            tailframe.tail("t")
        except ImportError as error:
            print(error.name)
        try:
            os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            print("no child is left")
        """
    for module in ("pyarrow", "pandas"):
        process = python(text.replace("sys.argv[1]", repr(module)), stdout=subprocess.PIPE, text=True)
        out, _ = process.communicate(timeout=60)
        assert out == f"{module}\nno child is left\n"


def test_ctrl_c_of_a_terminal_reaches_only_python(fake):
    fake.gives(numbers(3))
    tailframe.tail("t")
    with_own_session = 'python -c "import os; print(os.getsid(0) == os.getpid())"'.replace("python", sys.executable, 1)
    fake.shell(f"read request; {with_own_session} >&2; exit 1")
    with pytest.raises(tailframe.BinaryError) as caught:
        tailframe.tail("t")
    # The child of the shell is in the shell's session, which is not ours.
    assert "False" in caught.value.hint
    fake.shell(f"read request; exec {with_own_session} >&2")
    with pytest.raises(tailframe.BinaryError) as caught:
        tailframe.tail("t")
    assert "True" in caught.value.hint


def test_killed_parent(fake):
    fake.runs(("request", 0), ("lease", 0))
    process = python(READ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pid = started(fake)
    process.kill()
    process.communicate()
    until(lambda: gone(pid), 10)


def test_parent_that_ends_while_a_thread_reads(fake):
    fake.runs(("request", 0), ("lease", 0))
    process = python(
        """
        import os, threading, time, tailframe
        threading.Thread(target=tailframe.tail, args=("t",), daemon=True).start()
        while not os.path.exists(os.environ["SEEN"]):
            time.sleep(0.01)
        """.replace('os.environ["SEEN"]', repr(f"{fake.steps}.seen")),
        stderr=subprocess.PIPE,
    )
    pid = started(fake)
    process.communicate(timeout=30)
    until(lambda: gone(pid), 10)


def test_no_streams(fake, tmp_path):
    fake.gives(numbers(3))
    out = tmp_path / "out"
    text = f"""
        import os, sys
        for n in (0, 1, 2):
            os.close(n)
        sys.stdin = sys.stdout = sys.stderr = None
        import tailframe
        try:
            told = str(tailframe.tail("t", progress=True)["n"].tolist())
        except BaseException as error:
            told = repr(error)
        open({str(out)!r}, "w").write(told)
        """
    process = python(text)
    process.wait(timeout=60)
    assert out.read_text() == "[0, 1, 2]"


def test_stdin_that_is_not_ours_to_read(fake):
    fake.gives(numbers(3))
    process = python(
        "import tailframe, sys; tailframe.tail('t'); sys.stdout.write(sys.stdin.read())",
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    out, _ = process.communicate("for the user's own program", timeout=60)
    assert out == "for the user's own program"


def test_in_a_forked_process(fake):
    fake.gives(numbers(3))
    process = python(
        """
        import os, tailframe
        assert len(tailframe.tail("t")) == 3
        pid = os.fork()
        if pid == 0:
            os._exit(0 if len(tailframe.arrow("t")) == 3 else 1)
        assert os.waitpid(pid, 0)[1] == 0
        """,
        stderr=subprocess.PIPE,
    )
    _, err = process.communicate(timeout=60)
    assert process.returncode == 0, err


def test_a_fork_during_a_read(fake):
    # The forked process holds the pipes, too: neither an end nor an error may wait for it.
    fake.runs(("request", 0), ("event", {"event": "progress"}), ("kill", signal.SIGKILL))
    process = python(
        """
        import os, signal, tailframe, time
        def fork(_):
            global pid
            pid = os.fork()
            if pid == 0:
                time.sleep(600)
                os._exit(0)
        try:
            tailframe.tail("t", progress=fork)
        except tailframe.BinaryError as error:
            print(error.message)
        os.kill(pid, signal.SIGKILL)
        """,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    out, _ = process.communicate(timeout=60)
    assert out == "the tailframe binary ended before its report (killed by signal 9, SIGKILL)\n"


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_no_orphan_of_the_real_binary(real_binary, monkeypatch, number):
    monkeypatch.setenv("TAILFRAME_BINARY", real_binary)
    with socket.create_server(("127.0.0.1", 0)) as mute:  # takes connections and says nothing
        process = python(
            f"""
            import subprocess
            start = subprocess.Popen
            def popen(*args, **options):
                child = start(*args, **options)
                print(child.pid, flush=True)
                return child
            subprocess.Popen = popen
            import tailframe
            tailframe.tail("t", bootstrap_servers="127.0.0.1:{mute.getsockname()[1]}")
            """,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        pid = int(process.stdout.readline())
        connection, _ = mute.accept()  # the binary is at work
        process.send_signal(number)
        process.communicate(timeout=30)
        until(lambda: gone(pid), 5)  # by itself it would try for longer
        connection.close()
