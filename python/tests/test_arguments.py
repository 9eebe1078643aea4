"""The arguments: what becomes of them in the request, and what is refused."""

import inspect
import json
import os
import subprocess

import certifi
import numpy
import pandas
import pytest
from conftest import numbers

import tailframe


def request(fake, **arguments):
    """Return the request that a read with these arguments sends, without what is the same in each."""
    fake.gives(numbers(1))
    tailframe.tail("t", **arguments)
    seen = fake.seen["request"]
    for name in ("protocol", "command", "parent", "topic", "ca_fallback"):
        seen.pop(name, None)
    return seen


DEFAULTS = {
    "bootstrap_servers": "fake:9092",
    "config": {},
    "sources": {"bootstrap_servers": "environment TAILFRAME_BOOTSTRAP_SERVERS"},
    "format": "auto",
    "quoted_nulls": False,
    "header": False,
    "key_format": "text",
    "order": "time",
    "isolation": "read_committed",
}


def test_the_defaults(fake):
    assert request(fake) == DEFAULTS


def test_the_frame_of_the_request(fake):
    fake.gives(numbers(1))
    tailframe.tail("citibike")
    seen = fake.seen["request"]
    assert (seen["protocol"], seen["command"], seen["topic"]) == (1, "tail", "citibike")
    assert seen["parent"] == os.getpid()
    assert seen["ca_fallback"] == certifi.where()


@pytest.mark.parametrize(
    ("arguments", "fields"),
    [
        ({"last": 5}, {"last": 5}),
        ({"last": numpy.int64(5)}, {"last": 5}),
        ({"last": 2**63 - 1}, {"last": 2**63 - 1}),
        ({"columns": ["a", "b"]}, {"columns": [{"name": "a"}, {"name": "b"}]}),
        ({"columns": ("a",)}, {"columns": [{"name": "a"}]}),
        ({"columns": pandas.Index(["a"])}, {"columns": [{"name": "a"}]}),
        ({"columns": numpy.array(["a"])}, {"columns": [{"name": "a"}]}),
        (
            {"columns": {"a": "int64", "t": "timestamp[%Y]", "x": None}},
            {
                "columns": [
                    {"name": "a", "type": "int64"},
                    {"name": "t", "type": "timestamp[%Y]"},
                    {"name": "x"},
                ]
            },
        ),
        ({"nulls": ["-", ""]}, {"nulls": ["-", ""]}),
        ({"nulls": []}, {"nulls": []}),
        ({"quoted_nulls": True, "header": True}, {"quoted_nulls": True, "header": True}),
        ({"meta": True}, {"meta": ["_partition", "_offset", "_timestamp", "_key", "_headers"]}),
        ({"meta": ["_key"]}, {"meta": ["_key"]}),
        ({"key_format": "raw"}, {"key_format": "raw"}),
        ({"order": None}, {"order": "none"}),
        ({"isolation": "read_uncommitted"}, {"isolation": "read_uncommitted"}),
        ({"format": "text"}, {"format": "text"}),
        ({"timeout": 5}, {"timeout": 5.0}),
        ({"timeout": numpy.float32(0.5)}, {"timeout": 0.5}),
        ({"log_level": "debug"}, {"log_level": "debug"}),
        ({"bootstrap_servers": "a:1,b:2"}, {"bootstrap_servers": "a:1,b:2"}),
        ({"bootstrap_servers": ["a:1", "b:2"]}, {"bootstrap_servers": "a:1,b:2"}),
    ],
)
def test_arguments(fake, arguments, fields):
    sources = {**DEFAULTS["sources"], **dict.fromkeys(fields, "argument")}
    assert request(fake, **arguments) == {**DEFAULTS, **fields, "sources": sources}


def test_config(fake):
    config = {
        "ssl.ca.location": "/ca.pem",
        "socket.keepalive.enable": True,
        "socket.timeout.ms": 6000,
        "retry.backoff.ms": numpy.int64(100),
        "sasl.password": 'p"ä\n,=',
    }
    seen = request(fake, config=config)
    assert seen["config"] == {
        "ssl.ca.location": "/ca.pem",
        "socket.keepalive.enable": "true",
        "socket.timeout.ms": "6000",
        "retry.backoff.ms": "100",
        "sasl.password": 'p"ä\n,=',
    }
    assert seen["sources"]["socket.timeout.ms"] == "argument config"


def test_config_from_the_environment(fake, monkeypatch):
    monkeypatch.setenv("TAILFRAME_CONFIG_SASL_PASSWORD", "from the environment")
    monkeypatch.setenv("TAILFRAME_CONFIG_SASL_USERNAME", "nobody")
    monkeypatch.setenv("TAILFRAME_CONFIG_SSL_CA_LOCATION", "")
    seen = request(fake, config={"sasl.username": "kate"})
    assert seen["config"] == {"sasl.username": "kate", "sasl.password": "from the environment"}
    assert seen["sources"]["sasl.username"] == "argument config"
    assert seen["sources"]["sasl.password"] == "environment TAILFRAME_CONFIG_SASL_PASSWORD"


def test_servers_are_taken_from_the_argument_first(fake):
    assert request(fake, bootstrap_servers="x:1")["sources"]["bootstrap_servers"] == "argument"


def test_no_servers(fake, monkeypatch):
    monkeypatch.delenv("TAILFRAME_BOOTSTRAP_SERVERS")
    fake.gives(numbers(1))
    with pytest.raises(tailframe.ConfigError) as caught:
        tailframe.tail("t")
    assert str(caught.value) == (
        "no broker was named\n"
        'hint: pass bootstrap_servers="host:9092", or set the environment variable TAILFRAME_BOOTSTRAP_SERVERS'
    )


def test_servers_in_config_are_for_the_binary_to_refuse(fake, monkeypatch):
    monkeypatch.delenv("TAILFRAME_BOOTSTRAP_SERVERS")
    seen = request(fake, config={"bootstrap.servers": "a:1"})
    assert "bootstrap_servers" not in seen
    assert seen["config"] == {"bootstrap.servers": "a:1"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"topic": None}, "no topic was named"),
        ({"topic": 7}, "topic must be text, not int"),
        ({"topic": b"t"}, "topic must be text, not bytes"),
        ({"last": "5"}, "last must be a whole number, not str"),
        ({"last": 5.0}, "last must be a whole number, not float"),
        ({"last": True}, "last must be a whole number, not bool"),
        ({"last": 2**63}, "last must be a whole number of at most 64 bits"),
        ({"format": None}, "format must be text, not NoneType"),
        ({"columns": "a,b"}, "columns must be a list of texts, not str"),
        ({"columns": 3}, "columns must be a list of texts, not int"),
        ({"columns": ["a", 1]}, "an entry of columns must be text, not int"),
        ({"columns": {1: "int64"}}, "a name in columns must be text, not int"),
        ({"columns": {"a": int}}, "the type of column 'a' must be text, not type"),
        ({"nulls": "NA"}, "nulls must be a list of texts, not str"),
        ({"nulls": [None]}, "an entry of nulls must be text, not NoneType"),
        ({"quoted_nulls": 1}, "quoted_nulls must be True or False, not int"),
        ({"header": None}, "header must be True or False, not NoneType"),
        ({"meta": "_key"}, "meta must be a list of texts, not str"),
        ({"meta": None}, "meta must be a list of texts, not NoneType"),
        ({"key_format": 1}, "key_format must be text, not int"),
        ({"order": 1}, "order must be text, not int"),
        ({"isolation": None}, "isolation must be text, not NoneType"),
        ({"timeout": "5"}, "timeout must be a number of seconds, not str"),
        ({"timeout": True}, "timeout must be a number of seconds, not bool"),
        ({"timeout": 0}, "timeout must be a number of seconds above 0, not 0.0"),
        ({"timeout": float("nan")}, "timeout must be a number of seconds above 0, not nan"),
        ({"log_level": 10}, "log_level must be text, not int"),
        ({"bootstrap_servers": 9092}, "bootstrap_servers must be text or a list of texts, not int"),
        ({"bootstrap_servers": [1]}, "an entry of bootstrap_servers must be text, not int"),
        ({"config": "a=b"}, "config must be a dict of librdkafka properties, not str"),
        ({"config": {1: "x"}}, "config must be a dict with property names as keys, not int"),
        ({"config": {"a": None}}, "config['a'] must be text, a number, True or False, not NoneType"),
        ({"config": {"a": b"x"}}, "config['a'] must be text, a number, True or False, not bytes"),
        ({"dtypes": "pandas"}, "dtypes must be one of 'numpy', 'nullable', 'arrow', not 'pandas'"),
        ({"dtypes": ["numpy"]}, "dtypes must be one of 'numpy', 'nullable', 'arrow', not ['numpy']"),
        ({"progress": 3}, "progress must be True, False, None or a function, not int"),
    ],
)
def test_refused_without_a_binary(arguments, message, monkeypatch, tmp_path):
    monkeypatch.setenv("TAILFRAME_BINARY", str(tmp_path / "none"))
    with pytest.raises(tailframe.ConfigError) as caught:
        tailframe.tail(**{"topic": "t", "bootstrap_servers": "x:1", **arguments})
    assert caught.value.message == message
    assert (caught.value.code, caught.value.exit_code) == ("config", 2)


def test_misspelt_and_positional_arguments():
    with pytest.raises(TypeError, match="lst"):
        tailframe.tail("t", lst=5)
    with pytest.raises(TypeError, match="positional"):
        tailframe.tail("t", 5)


def test_tail_and_arrow_take_the_same():
    tail, arrow = (dict(inspect.signature(f).parameters) for f in (tailframe.tail, tailframe.arrow))
    tail.pop("dtypes")
    assert list(tail.values()) == list(arrow.values())
    for name, parameter in tail.items():
        assert name == "topic" or parameter.kind is inspect.Parameter.KEYWORD_ONLY
        assert f"\n    {name}: " in inspect.getdoc(tailframe.tail)
    assert "\n    dtypes: " in inspect.getdoc(tailframe.tail)


def test_the_binary_knows_the_same_options(real_binary):
    output = subprocess.run([real_binary, "options"], stdout=subprocess.PIPE, check=True).stdout
    binary = {option["name"] for option in json.loads(output)["options"]}
    python = set(inspect.signature(tailframe.tail).parameters)
    # ca_fallback is found by the package; the others are of Python only.
    assert binary - {"ca_fallback"} == python - {"dtypes", "progress"}
