"""The package: what importing it costs, how it finds its binary, its exceptions and its command."""

import os
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import numbers

import tailframe
from tailframe import _binary, _errors

SOURCE = str(Path(tailframe.__file__).parents[1])


def python(text, *arguments, **options):
    """Run Python with the text and return what it printed."""
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    words = [sys.executable, *arguments, "-c", text]
    return subprocess.run(words, env=environment, stdout=subprocess.PIPE, text=True, check=True, **options).stdout


def test_importing_is_cheap():
    text = "import sys; old = set(sys.modules); import tailframe; print(*sorted(set(sys.modules) - old))"
    loaded = set(python(text).split())
    assert "tailframe._read" in loaded
    heavy = {
        "pandas",
        "pyarrow",
        "numpy",
        "subprocess",
        "json",
        "logging",
        "asyncio",
        "importlib.metadata",
        "threading",
    }
    assert not loaded & heavy
    assert len(loaded) < 50


def test_the_binary_is_started_before_pandas_is_imported(fake):
    fake.gives(numbers(3))
    text = """
import subprocess, sys
start = subprocess.Popen
def popen(*args, **options):
    print([name for name in ("pandas", "pyarrow", "numpy") if name in sys.modules])
    return start(*args, **options)
subprocess.Popen = popen
import tailframe
tailframe.tail("t")
"""
    assert python(text) == "[]\n"


def test_arrow_does_not_import_pandas(fake):
    fake.gives(numbers(3))
    text = "import tailframe, sys; tailframe.arrow('t'); print('pandas' in sys.modules)"
    assert python(text) == "False\n"


def test_all_is_complete():
    assert tailframe.__all__ == sorted(tailframe.__all__, key=lambda n: (n.startswith("_") or n[0].islower(), n))
    public = {n for n in vars(tailframe) if not n.startswith("_") and n != "annotations"}
    assert public | {"__version__"} == set(tailframe.__all__)
    for name in tailframe.__all__:
        assert getattr(tailframe, name) is not None
        assert getattr(tailframe, name).__doc__


def test_version_is_that_of_the_binary(real_binary):
    output = subprocess.run([real_binary, "version"], stdout=subprocess.PIPE, text=True, check=True).stdout
    versions = dict(line.split(maxsplit=1) for line in output.splitlines())
    assert tailframe.__version__ in (versions["tailframe"], "unknown")  # unknown where not installed
    with pytest.raises(AttributeError, match="module 'tailframe' has no attribute 'tial'"):
        _ = tailframe.tial


def test_the_tree_of_exceptions():
    classes = [v for v in vars(tailframe).values() if isinstance(v, type) and issubclass(v, Exception)]
    assert len(classes) == 11
    for kind in classes:
        assert issubclass(kind, tailframe.TailframeError)
        assert kind.__name__ in tailframe.TailframeError.__doc__
        error = kind("what happened", "what to do")
        assert str(error) == "what happened\nhint: what to do"
        assert str(kind("what happened")) == "what happened"
        copy = pickle.loads(pickle.dumps(error))
        assert type(copy) is kind
        assert vars(copy) == vars(error)
    by_code = {c.code: c.exit_code for c in classes}
    assert by_code == {
        "internal": 1,
        "config": 2,
        "connect": 3,
        "auth": 4,
        "topic": 5,
        "window": 6,
        "incomplete": 7,
        "decode": 8,
        "plugin": 9,
        "output": 10,
    }
    assert pickle.loads(pickle.dumps(_errors.from_code("interrupted", "m"))).exit_code == 130


def test_no_binary_anywhere(monkeypatch, tmp_path):
    monkeypatch.setattr(_binary, "_PACKAGE", str(tmp_path))
    with pytest.raises(tailframe.BinaryError) as caught:
        _binary.find_binary()
    assert str(caught.value) == (
        "the tailframe binary was not found; looked at TAILFRAME_BINARY (not set) and "
        f"{tmp_path}/_bin/tailframe (not there)\n"
        "hint: install tailframe from a wheel for this system: pip install --force-reinstall tailframe"
    )


def test_the_binary_in_the_package(monkeypatch, tmp_path):
    monkeypatch.setattr(_binary, "_PACKAGE", str(tmp_path))
    binary = tmp_path / "_bin" / "tailframe"
    binary.parent.mkdir()
    binary.write_text("#!/bin/sh\n")
    binary.chmod(0o644)  # as some installers leave it
    assert _binary.find_binary() == str(binary)
    assert os.access(binary, os.X_OK)
    monkeypatch.setenv("TAILFRAME_BINARY", "")
    assert _binary.find_binary() == str(binary)


def test_a_binary_that_was_named_but_is_not_there(monkeypatch, tmp_path):
    monkeypatch.setenv("TAILFRAME_BINARY", str(tmp_path))
    with pytest.raises(tailframe.BinaryError) as caught:
        tailframe.tail("t", bootstrap_servers="x:1")
    assert caught.value.message == (
        f"the tailframe binary was not found: {tmp_path} (from TAILFRAME_BINARY) is not a file"
    )


def test_a_binary_that_may_not_be_run(monkeypatch, fake):
    fake.shell("exit 0")
    monkeypatch.setattr(os, "access", lambda *_: False)  # as on a file system without programs
    with pytest.raises(tailframe.BinaryError) as caught:
        tailframe.tail("t")
    assert caught.value.message == f"the tailframe binary may not be run: {fake.path}"
    assert "noexec" in caught.value.hint


def test_without_certifi(monkeypatch):
    monkeypatch.setitem(sys.modules, "certifi", None)
    assert _binary.ca_fallback() == ""


def command(*arguments, **options):
    """Run the tailframe command."""
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    words = [sys.executable, "-m", "tailframe._cli", *arguments]
    return subprocess.run(words, env=environment, capture_output=True, text=True, check=False, **options)


def test_the_command_hands_everything_over(fake, monkeypatch):
    monkeypatch.setenv("TAILFRAME_CONFIG_SASL_PASSWORD", "p")
    fake.shell('cat; echo "$# $1 $2 $TAILFRAME_CONFIG_SASL_PASSWORD"; echo words >&2; exit 7')
    done = command("tail", "a b", input="data\n")
    assert (done.stdout, done.stderr, done.returncode) == ("data\n2 tail a b p\n", "words\n", 7)


def test_the_command_without_a_binary(monkeypatch, tmp_path):
    monkeypatch.setenv("TAILFRAME_BINARY", str(tmp_path / "none"))
    done = command("tail")
    assert done.stderr == (
        f"tailframe: the tailframe binary was not found: {tmp_path}/none (from TAILFRAME_BINARY) is not a file\n"
        "hint: unset TAILFRAME_BINARY to use the binary in the package\n"
    )
    assert (done.stdout, done.returncode) == ("", 1)


def test_the_command_with_a_broken_binary(fake):
    fake.path.write_bytes(b"\x7fELF and nothing more")
    fake.path.chmod(0o755)
    done = command("tail")
    assert done.stderr.startswith("tailframe: the tailframe binary cannot be started: [Errno 8]")
    assert done.returncode == 1


def test_the_way_of_windows(fake, monkeypatch):
    from tailframe import _cli

    fake.shell("exit 7")
    assert _cli._run([str(fake.path)]) == 7
