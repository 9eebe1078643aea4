"""A password that is given is nowhere but in the request."""

import json
import traceback

import pytest
from conftest import everything_about, numbers, report, stream

import tailframe

CANARY = "canary-5b1f0c"
CONFIG = {"sasl.username": "kate", "sasl.password": CANARY, "ssl.key.pem": CANARY + "-key"}


def test_arguments_and_environment_of_the_binary(fake, monkeypatch):
    monkeypatch.setenv("TAILFRAME_CONFIG_SSL_KEY_PASSWORD", CANARY + "-environment")
    monkeypatch.setenv("KAFKA_PASSWORD", CANARY)  # where a script took it from
    monkeypatch.setenv("SSL_CERT_DIR", "/certificates")
    fake.gives(numbers(1))
    frame = tailframe.tail("t", config=CONFIG, log_level="debug")
    seen = fake.seen
    assert seen["request"]["config"]["sasl.password"] == CANARY
    assert seen["request"]["config"]["ssl.key.password"] == CANARY + "-environment"
    assert seen["arguments"] == ["request"]
    assert CANARY not in json.dumps(seen["environment"])
    assert not [name for name in seen["environment"] if name.startswith("TAILFRAME_")]
    assert seen["environment"]["SSL_CERT_DIR"] == "/certificates"
    assert CANARY not in json.dumps(frame.attrs)


@pytest.mark.parametrize(
    "steps",
    [
        [("exit", 3)],
        [("request", 0), ("kill", 9)],
        [("request", 0), ("stderr", f"panic: {CANARY}\nconf: sasl.password={CANARY}\n"), ("exit", 2)],
        [("request", 0), ("event", {"event": "error", "code": "auth", "message": CANARY, "hint": CANARY})],
        [("request", 0), ("event", {"event": "log", "level": "debug", "message": CANARY}), ("exit", 2)],
        [("request", 0), ("stdout", b"garbage"), ("exit", 1)],
        [("request", 0), ("stdout", stream(numbers(1))), ("event", report(2)), ("ack", 0)],
    ],
)
def test_errors_of_a_run(fake, steps, caplog):
    fake.runs(*steps)
    with caplog.at_level(0, logger="tailframe"), pytest.raises(tailframe.TailframeError) as caught:
        tailframe.tail("t", config=CONFIG, log_level="debug")
    assert CANARY not in everything_about(caught.value)
    assert CANARY not in caplog.text


@pytest.mark.parametrize(
    "wrong",
    [
        {"config": f"sasl.password={CANARY}"},
        {"config": {"sasl.password": [CANARY]}},
        {"config": {"sasl.password": CANARY, 5: "x"}},
        {"config": CONFIG, "last": "x"},
        {"config": CONFIG, "dtypes": "x"},
        {"config": CONFIG, "progress": "x"},
        {"config": CONFIG, "timeout": -1},
        {"config": CONFIG, "columns": 5},
    ],
)
def test_refusals(fake, wrong):
    fake.gives(numbers(1))
    with pytest.raises(tailframe.ConfigError) as caught:
        tailframe.tail("t", **wrong)
    assert CANARY not in everything_about(caught.value)


@pytest.mark.parametrize("text", ["not a program", ""])
def test_a_binary_that_cannot_be_started(fake, text):
    fake.path.write_text(text and "#!/nowhere/interpreter\n")
    fake.path.chmod(0o755)
    with pytest.raises(tailframe.BinaryError) as caught:
        tailframe.tail("t", config=CONFIG)
    assert caught.value.message.startswith("the tailframe binary cannot be started: [Errno ")
    assert CANARY not in everything_about(caught.value)


def test_interrupted(fake):
    fake.runs(("request", 0), ("event", {"event": "progress", "records": 1, "rows": 1}), ("sleep", 600))

    def interrupt(_):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt) as caught:
        tailframe.tail("t", config=CONFIG, progress=interrupt)
    assert CANARY not in everything_about(caught.value)


def test_objects_in_the_frames(fake):
    # Tools such as rich walk into lists, dicts and dataclasses; any other object they show by its repr.
    fake.shell("exit 3")
    with pytest.raises(tailframe.BinaryError) as caught:
        tailframe.tail("t", config=CONFIG)
    frames = [frame for frame, _ in traceback.walk_tb(caught.tb) if "tests" not in frame.f_code.co_filename]
    values = [value for frame in frames for value in frame.f_locals.values()]
    assert [value for value in values if "sasl.password" in repr(value)]
    assert not [value for value in values if CANARY in repr(value)]
