"""The package and the real binary, against the broker that the binary brings along.

What is expected are the rows that were produced, not what another reader says.
"""

import csv
import json
import math
import socket
import subprocess
import threading

import pytest
from brokers import Sandbox

import tailframe

PLENTY = 2000


@pytest.fixture(scope="module")
def sandbox(real_binary, tmp_path_factory):
    """A broker with generated trips, and a topic of numbers."""
    numbers = tmp_path_factory.mktemp("seeds") / "numbers.csv"
    numbers.write_text("".join(f"{n}\n" for n in range(PLENTY)))
    made = Sandbox(real_binary, "--trips", "10000", "--topic", "numbers:6", "--seed-file", f"numbers={numbers}")
    yield made
    made.close()


@pytest.fixture
def live(sandbox, real_binary, monkeypatch):
    """The real binary in place, and the broker's address in the environment."""
    monkeypatch.setenv("TAILFRAME_BINARY", real_binary)
    monkeypatch.setenv("TAILFRAME_BOOTSTRAP_SERVERS", sandbox.servers)
    return sandbox


def test_the_last_rows_of_the_trips(live):
    frame = tailframe.tail("citibike", meta=True)
    report = frame.attrs["tailframe"]
    assert len(frame) == report["rows"] == report["records"] == 1000
    assert report["complete"] is True
    assert report["window"]["last"] == 1000
    assert frame["_timestamp"].is_monotonic_increasing
    assert str(frame["_timestamp"].dt.tz) == "UTC"
    everything = tailframe.tail("citibike", last=10_000, meta=["_timestamp", "_partition", "_offset"])
    newest = everything.sort_values(["_timestamp", "_partition", "_offset"]).tail(1000)
    for name in ("_partition", "_offset", "c0", "c1"):
        assert frame[name].tolist() == newest[name].tolist()
    for part in report["partitions"]:
        assert (frame["_partition"] == part["partition"]).sum() == part["records"]
    assert sum(part["records"] for part in report["partitions"]) == 1000
    json.dumps(report)


def test_more_than_the_topic_holds(live):
    frame = tailframe.tail("citibike", last=50_000)
    assert len(frame) == 10_000
    assert frame.attrs["tailframe"]["why"]


def test_meta_of_keys(live):
    frame = tailframe.tail("citibike", last=5, meta=["_key"], dtypes="arrow")
    raw = tailframe.tail("citibike", last=5, meta=["_key"], key_format="raw", dtypes="arrow")
    assert [key.encode() for key in frame["_key"]] == raw["_key"].tolist()


def test_the_settings_in_the_report(live, monkeypatch):
    monkeypatch.setenv("TAILFRAME_CONFIG_CLIENT_ID", "tests")
    settings = tailframe.tail("citibike", last=1, config={"socket.keepalive.enable": True}).attrs["tailframe"][
        "settings"
    ]
    assert settings["last"] == "argument"
    assert settings["bootstrap_servers"] == "environment TAILFRAME_BOOTSTRAP_SERVERS"
    assert settings["client.id"] == "environment TAILFRAME_CONFIG_CLIENT_ID"
    assert settings["socket.keepalive.enable"] == "argument config"


@pytest.mark.parametrize(
    ("arguments", "kind", "parts"),
    [
        ({"topic": "nowhere"}, tailframe.TopicError, ["nowhere"]),
        ({"config": {"bootstrap.servers": "x:1"}}, tailframe.ConfigError, ["bootstrap"]),
        ({"config": {"group.id": "x"}}, tailframe.ConfigError, ["group.id"]),
        ({"config": {"plugin.library.paths": "x"}}, tailframe.ConfigError, ["plugin.library.paths"]),
        ({"config": {"no.such": "x"}}, tailframe.ConfigError, ["no.such"]),
        ({"format": "avro!"}, tailframe.ConfigError, ["avro!"]),
        ({"order": "size"}, tailframe.ConfigError, ["order", "size"]),
        ({"last": -1}, tailframe.ConfigError, ["last", "-1"]),
        ({"columns": {"a": "int65"}}, tailframe.ConfigError, ["int65"]),
        ({"meta": ["_size"]}, tailframe.ConfigError, ["_size"]),
        ({"isolation": "x"}, tailframe.ConfigError, ["isolation"]),
        ({"timeout": 1e-9}, tailframe.IncompleteError, []),
    ],
)
def test_errors(live, arguments, kind, parts):
    with pytest.raises(tailframe.TailframeError) as caught:
        tailframe.tail(**{"topic": "citibike", **arguments})
    assert type(caught.value) is kind
    for part in parts:
        assert part in str(caught.value)


def test_no_broker(live):
    with socket.create_server(("127.0.0.1", 0)) as server:
        free = server.getsockname()[1]
    with pytest.raises(tailframe.ConnectError) as caught:
        tailframe.tail("citibike", bootstrap_servers=f"127.0.0.1:{free}")
    assert str(free) in caught.value.message
    assert caught.value.hint


def test_two_topics_at_once(live):
    results = {}

    def read(number):
        topic, last = (("citibike", 10_000), ("numbers", PLENTY))[number % 2]
        results[number] = (topic, len(tailframe.tail(topic, last=last)))

    threads = [threading.Thread(target=read, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {n: (("citibike", 10_000), ("numbers", PLENTY))[n % 2] for n in range(8)}


def test_progress(live):
    told = []
    tailframe.tail("citibike", last=10_000, progress=told.append)
    assert all(p["records"] >= p["rows"] >= 0 for p in told)


def test_the_command_gives_the_same_rows(live, real_binary):
    flags = ["--bootstrap-servers", live.servers, "--last", "100", "-o", "csv", "--quiet"]
    text = subprocess.run(
        [real_binary, "tail", "citibike", *flags], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    lines = list(csv.DictReader(text.splitlines()))
    frame = tailframe.tail("citibike", last=100)
    assert [int(line["c0"]) for line in lines] == frame["c0"].tolist()
    assert all(math.isclose(float(line["c5"]), value) for line, value in zip(lines, frame["c5"]))
