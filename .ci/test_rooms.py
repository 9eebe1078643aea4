"""The check of the rooms finds each kind of breach, and nothing in a clean tree."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOMS = Path(__file__).with_name("rooms")
MODULE = "github.com/tailframe/tailframe/"


def check(root):
    done = subprocess.run([sys.executable, str(ROOMS), str(root)], stdout=subprocess.PIPE, text=True, check=False)
    return done.returncode, done.stdout


def write(root, name, text):
    path = root / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


CLEAN = {
    "cmd/tailframe/main.go": f'package main\n\nimport (\n\t"os"\n\n\t"{MODULE}internal/tail"\n)\n\n'
    "func main() { os.Exit(tail.Run()) }\n",
    "internal/tail/run.go": f'package tail\n\nimport "{MODULE}internal/window"\n\nfunc Run() int {{ return window.N }}\n',
    "internal/tail/run_test.go": f'package tail\n\nimport _ "{MODULE}internal/kafkatest"\n',
    "internal/window/window.go": 'package window\n\n// import "C" in a comment is none.\nconst N = 0\n',
    "internal/broker/client.go": 'package broker\n\nimport "github.com/confluentinc/confluent-kafka-go/v2/kafka"\n',
    "internal/broker/batch/batch.go": 'package batch\n\n/*\nimport "x"\n*/\nimport "C"\nimport "unsafe"\n',
    "arrowipc/writer.go": 'package arrowipc\n\nimport "github.com/apache/arrow/go/v17/arrow"\n',
    "benchmarks/fill/main.go": 'package main\n\nimport "unsafe"\n',
}


@pytest.fixture
def tree(tmp_path):
    for name, text in CLEAN.items():
        write(tmp_path, name, text)
    return tmp_path


def test_a_clean_tree_has_no_breach(tree):
    assert check(tree) == (0, "")


@pytest.mark.parametrize(
    ("name", "text", "line", "words"),
    [
        ("internal/window/c.go", 'package window\n\nimport "C"\n', 3, 'imports "C"'),
        ("internal/window/u.go", 'package window\n\nimport (\n\t"unsafe"\n)\n', 4, 'imports "unsafe"'),
        ("internal/window/u_test.go", 'package window\n\nimport "unsafe"\n', 3, 'imports "unsafe"'),
        (
            "internal/tail/k.go",
            'package tail\n\nimport k "github.com/confluentinc/confluent-kafka-go/v2/kafka"\n',
            3,
            "only internal/broker",
        ),
        (
            "internal/decode/a.go",
            'package decode\n\nimport "github.com/apache/arrow/go/v17/arrow"\n',
            3,
            "only arrowipc",
        ),
        ("internal/window/up.go", f'package window\n\nimport "{MODULE}internal/tail"\n', 3, "not below"),
        ("internal/tail/test.go", f'package tail\n\nimport "{MODULE}internal/kafkatest"\n', 3, "not below"),
        ("internal/window/up_test.go", f'package window\n\nimport "{MODULE}internal/tail"\n', 3, "not below"),
        ("internal/attic/a.go", "package attic\n", 1, "no known room"),
        ("internal/tail/long.go", "package tail\n" + "//\n" * 400, 401, "401 lines"),
        ("cmd/tailframe/main.go", "package main\n" + "//\n" * 40, 41, "doorway"),
        ("internal/tail/exit.go", 'package tail\n\nimport "os"\n\nfunc f() { os.Exit(1) }\n', 5, "ends the process"),
        ("internal/tail/fatal.go", 'package tail\n\nimport "log"\n\nfunc f() { log.Fatal() }\n', 5, "ends the process"),
        ("internal/tail/skip_test.go", "package tail\n\nfunc f(t T) { t.Skipf() }\n", 3, "uncounted"),
        ("python/src/tailframe/x.py", "# " + "TO" + "DO\n", 1, "not done"),
    ],
)
def test_each_breach_is_told_with_its_place(tree, name, text, line, words):
    write(tree, name, text)
    status, told = check(tree)
    assert status == 1
    assert len(told.splitlines()) == 1
    assert told.startswith(f"{name}:{line}: ") and words in told


def test_a_long_test_file_is_none(tree):
    write(tree, "internal/tail/long_test.go", "package tail\n" + "//\n" * 900)
    assert check(tree) == (0, "")
