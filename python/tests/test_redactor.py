"""What counts as a secret, and how it is kept out of texts and of the binary's environment."""

import re
from pathlib import Path

import pytest
from conftest import numbers

import tailframe
from tailframe._request import Settings, _is_secret

TABLE = Path(__file__).parents[2] / "internal" / "broker" / "properties_table.go"
KEY = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkqhkiG\nAoIBAQC7VJTUt9Us8cKj\n-----END PRIVATE KEY-----\n"


def redact(text, *secrets):
    """Return the text without the secrets."""
    names = ("sasl.password", "ssl.key.password", "ssl.keystore.password")
    return Settings(dict(zip(names, secrets))).redact(text)


def test_secret_names_are_those_of_the_binary():
    expected = {}
    for line in TABLE.read_text().splitlines():
        if line.startswith("\t") and (name := re.search(r'\("([a-z._]+)"', line)):
            expected[name[1]] = bool(re.search(r"\b(secret|hidden)\(", line))
    assert len(expected) > 150
    assert sum(expected.values()) >= 8
    assert {name: _is_secret(name) for name in expected} == expected


@pytest.mark.parametrize(
    ("name", "secret"),
    [
        ("SASL_PASSWORD", True),
        ("my.api.key", True),
        ("sasl.jaas.config", True),
        ("client.credential", True),
        ("ssl.key.location", False),
        ("topic.key", False),
    ],
)
def test_secret_names_that_librdkafka_does_not_have(name, secret):
    assert _is_secret(name) is secret


@pytest.mark.parametrize(
    ("text", "secrets", "expected"),
    [
        ("cannot reach a broker: a, at (a) a=a", ["a"], "cannot reach [redacted] broker: [redacted], "
         "at ([redacted]) [redacted]=[redacted]"),
        ("pa_1 pa", ["pa"], "pa_1 [redacted]"),
        ("Zürich ü", ["ü"], "Zürich [redacted]"),
        ("Zürichü", ["üü"], "Zürichü"),
        ("xabcx", ["abc"], "x[redacted]x"),
        ("aaaaa", ["aaa"], "[redacted]"),
        ("xabcdefx", ["abcd", "cdef"], "x[redacted]x"),
        ("hunter22 and hunter2", ["hunter2", "hunter22"], "[redacted] and [redacted]"),
        ("secretsecret", ["secret"], "[redacted][redacted]"),
        ("a.c abc", ["a.c"], "[redacted] abc"),
        ("https://u:p%40ss%2Fw@host", ["p@ss/w"], "https://u:[redacted]@host"),
        (r'"p\"w\\d" p"w\d', ['p"w\\d'], '"[redacted]" [redacted]'),
        ("nothing", [""], "nothing"),
        ("MIIEvQIBADANBgkqhkiG", [KEY], "[redacted]"),
        ("-----BEGIN PRIVATE KEY-----", [KEY], "-----BEGIN PRIVATE KEY-----"),
    ],
)  # fmt: skip
def test_texts(text, secrets, expected):
    assert redact(text, *secrets) == expected


def test_a_short_password_leaves_messages_readable(fake):
    message = "the broker at a.example:9092 says that password a is wrong"
    fake.runs(("request", 0), ("event", {"event": "error", "code": "auth", "message": message}))
    with pytest.raises(tailframe.AuthError) as caught:
        tailframe.tail("t", config={"sasl.username": "kate", "sasl.password": "a"})
    assert caught.value.message == ("the broker at [redacted].example:9092 says that password [redacted] is wrong")


def test_values_that_are_no_secrets_are_not_taken_out(fake):
    message = "cannot open /etc/keys/client.key"
    fake.runs(("request", 0), ("event", {"event": "error", "code": "config", "message": message}))
    with pytest.raises(tailframe.ConfigError) as caught:
        tailframe.tail("t", config={"ssl.key.location": "/etc/keys/client.key"})
    assert caught.value.message == message


@pytest.mark.parametrize(
    ("password", "value", "kept"),
    [
        ("canary-1", "canary-1", False),
        ("canary-1", "kafka://kate:canary-1@host", False),
        ("canary/1?", "kafka://kate:canary%2F1%3F@host", False),
        ('can"ary-1', r'{"password": "can\"ary-1"}', False),
        ("canary1", "canary1", False),
        ("canary1", "the canary1 bar", True),  # too short to tell from a word
        ("a", "a", False),
        ("a", "a b", True),
        (KEY, f"PEM={KEY}", False),
        ("canary-1", "canary-", True),
    ],
)
def test_environment_of_the_binary(fake, monkeypatch, password, value, kept):
    monkeypatch.setenv("SOME_VARIABLE", value)
    fake.gives(numbers(1))
    tailframe.tail("t", config={"sasl.password": password})
    assert fake.seen["environment"].get("SOME_VARIABLE") == (value if kept else None)
    assert fake.seen["environment"]["PATH"]
