"""The package and the real binary, against the broker that the binary brings along.

What is expected are the rows that were produced, not what another reader says.
"""

import csv
import datetime
import json
import logging
import math
import random
import socket
import subprocess
import threading

import pandas
import pyarrow
import pytest

import tailframe

ROWS = 2000
COLUMNS = {
    "id": "int64",
    "name": "string",
    "price": "float64",
    "open": "bool",
    "born": "timestamp",
    "count": "int64",
}
PASSWORD = "canary-77f0a9"


def make_rows():
    """Return rows of every type, with commas, quotes, line ends and nulls."""
    rng = random.Random(7)
    rows = []
    for number in range(ROWS):
        name = rng.choice(["plain", "with, comma", 'a "quoted" word', "two\nlines", "", "Zürich", "007", "NULL"])
        born = datetime.datetime(2017, 7, 1) + datetime.timedelta(microseconds=rng.randrange(10**14))
        rows.append(
            {
                "id": number + 2**60,
                "name": name,
                "price": None if number % 7 == 0 else rng.uniform(-1e6, 1e6),
                "open": rng.random() < 0.5,
                "born": None if number % 11 == 0 else born,
                "count": None if number % 5 == 0 else rng.randrange(-(2**62), 2**62),
            }
        )
    return rows


def written(value):
    """Return a value as a field of CSV: texts quoted, null as nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        return '"' + value.replace('"', '""') + '"'
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


class Sandbox:
    """A broker process."""

    def __init__(self, binary, *flags, environment=None):
        self.process = subprocess.Popen(
            [binary, "sandbox", "--port", "0", "--lease", *flags],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=environment,
        )
        words = []
        self.thread = threading.Thread(target=lambda: words.extend(self.process.stderr))
        self.thread.start()
        line = self.process.stdout.readline()
        if not line:
            self.thread.join()
            pytest.fail("the sandbox did not start: " + "".join(words))
        self.servers = line.strip().split("=", 1)[1]

    def close(self):
        """Stop it."""
        self.process.stdin.close()
        self.process.wait(30)
        self.thread.join()
        self.process.stdout.close()
        self.process.stderr.close()


@pytest.fixture(scope="module")
def rows():
    """What is in the topic table."""
    return make_rows()


@pytest.fixture(scope="module")
def sandbox(real_binary, rows, tmp_path_factory):
    """A broker with a few topics."""
    folder = tmp_path_factory.mktemp("seeds")
    table, drift, lines = folder / "table.csv", folder / "drift.csv", folder / "lines.txt"
    table.write_text("".join(",".join(map(written, row.values())) + "\n" for row in rows))
    drift.write_text("".join(f"{n},{n}\n" for n in range(70_000)) + "70000,x7\n")
    lines.write_text("one\n\ntwo, three\n")
    made = Sandbox(
        real_binary,
        *("--trips", "10000"),
        *("--topic", "empty:3", "--topic", "table:6", "--topic", "drift:1", "--topic", "lines:1"),
        *("--seed-file", f"table={table}", "--seed-file", f"drift={drift}", "--seed-file", f"lines={lines}"),
    )
    yield made
    made.close()


@pytest.fixture
def live(sandbox, real_binary, monkeypatch):
    """The real binary in place, and the broker's address in the environment."""
    monkeypatch.setenv("TAILFRAME_BINARY", real_binary)
    monkeypatch.setenv("TAILFRAME_BOOTSTRAP_SERVERS", sandbox.servers)
    return sandbox


@pytest.mark.parametrize("order", ["time", None])
@pytest.mark.parametrize("dtypes", ["numpy", "nullable", "arrow"])
def test_values_and_dtypes(live, rows, order, dtypes):
    frame = tailframe.tail("table", last=ROWS, columns=COLUMNS, order=order, dtypes=dtypes)
    frame = frame.sort_values("id", ignore_index=True)
    if dtypes == "numpy":
        major = int(pandas.__version__.split(".")[0])
        assert {n: str(d) for n, d in frame.dtypes.items()} == {
            "id": "int64",
            "name": "str" if major >= 3 else "object",
            "price": "float64",
            "open": "bool",
            "born": "datetime64[us]" if major >= 2 else "datetime64[ns]",
            "count": "Int64",
        }
    for name in COLUMNS:
        got = [None if missing else value for value, missing in zip(frame[name].tolist(), frame[name].isna())]
        assert got == [row[name] for row in rows], name


def test_inferred_types(live, rows):
    table = tailframe.arrow("table", last=ROWS, columns=list(COLUMNS))
    assert [str(f.type) for f in table.schema] == ["int64", "string", "double", "bool", "timestamp[us]", "int64"]
    assert table.sort_by("id").to_pylist() == rows


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


@pytest.mark.parametrize("dtypes", ["numpy", "nullable", "arrow"])
def test_an_empty_topic(live, dtypes):
    full = tailframe.tail("table", last=1, columns=COLUMNS, dtypes=dtypes)
    frame = tailframe.tail("empty", columns=COLUMNS, dtypes=dtypes)
    assert len(frame) == 0
    assert list(frame.columns) == list(COLUMNS)
    if dtypes != "numpy":  # there, a null in the one row makes another dtype
        assert frame.dtypes.equals(full.dtypes)
    assert frame["id"].dtype == full["id"].dtype


def test_text_and_raw(live):
    assert tailframe.tail("lines", format="text").iloc[:, 0].tolist() == ["one", "", "two, three"]
    table = tailframe.arrow("lines", format="raw")
    assert table.schema.field(0).type == pyarrow.binary()
    assert table.column(0).to_pylist() == [b"one", b"", b"two, three"]


def test_meta_of_keys(live):
    frame = tailframe.tail("citibike", last=5, meta=["_key"], dtypes="arrow")
    raw = tailframe.tail("citibike", last=5, meta=["_key"], key_format="raw", dtypes="arrow")
    assert [key.encode() for key in frame["_key"]] == raw["_key"].tolist()


def test_a_type_that_does_not_last(live):
    frame = tailframe.tail("drift", last=70_001, columns=["n", "x"])
    assert frame.attrs["tailframe"]["rereads"] >= 1
    assert frame["n"].tolist() == list(range(70_001))
    assert frame["x"].tolist() == [*map(str, range(70_000)), "x7"]


def test_a_record_that_does_not_fit(live):
    with pytest.raises(tailframe.DecodeError) as caught:
        tailframe.tail("drift", last=70_001, columns={"n": "int64", "x": "int64"})
    for part in ("drift", "partition 0", "offset 70000", "x", "int64", "x7"):
        assert part in caught.value.message
    assert caught.value.exit_code == 8


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
        topic, last = (("citibike", 10_000), ("table", ROWS))[number % 2]
        results[number] = (topic, len(tailframe.tail(topic, last=last)))

    threads = [threading.Thread(target=read, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert results == {n: (("citibike", 10_000), ("table", ROWS))[n % 2] for n in range(8)}


def test_killed_at_any_moment(live, monkeypatch):
    whole = tailframe.arrow("citibike", last=10_000)
    whole = whole.replace_schema_metadata()
    start = subprocess.Popen
    delay = 0.0
    timers = []

    def popen(*arguments, **options):
        child = start(*arguments, **options)
        timers.append(threading.Timer(delay, child.kill))
        timers[-1].start()
        return child

    monkeypatch.setattr(subprocess, "Popen", popen)
    frames = errors = 0
    moments = 200
    longest = 0.0005  # found by doubling: the delay after which most reads are through
    while frames == 0:
        longest, delay = longest * 2, longest
        try:
            tailframe.arrow("citibike", last=10_000)
            frames += 1
        except tailframe.BinaryError:
            errors += 1
    for moment in range(moments):
        delay = longest * moment / moments
        try:
            table = tailframe.arrow("citibike", last=10_000)
        except tailframe.BinaryError as error:
            assert "SIGKILL" in error.message
            errors += 1
        else:
            assert table.replace_schema_metadata().equals(whole)
            frames += 1
    for timer in timers:
        timer.cancel()
        timer.join()
    assert frames
    assert errors


def test_killed_when_the_rows_are_through(live, monkeypatch):
    # The moment before the acknowledgement: all rows are there, and the report.
    from tailframe import _process

    check = _process.Run._check

    def kill(run, *arguments):
        check(run, *arguments)
        run._process.kill()
        run._process.wait()

    monkeypatch.setattr(_process.Run, "_check", kill)
    with pytest.raises(tailframe.BinaryError, match=r"failed after its report \(killed by signal 9, SIGKILL\)"):
        tailframe.tail("citibike", last=10)


def test_progress(live):
    told = []
    tailframe.tail("citibike", last=10_000, progress=told.append)
    assert all(p["records"] >= p["rows"] >= 0 for p in told)


def test_passwords_and_certificates(real_binary, monkeypatch, tmp_path, caplog):
    monkeypatch.setenv("TAILFRAME_BINARY", real_binary)
    monkeypatch.setenv("TAILFRAME_SANDBOX_PASSWORD", PASSWORD)
    authority = tmp_path / "ca.pem"
    sandbox = Sandbox(real_binary, "--trips", "50", "--sasl-user", "kate", "--tls-ca", str(authority))
    config = {
        "security.protocol": "SASL_SSL",
        "sasl.mechanism": "SCRAM-SHA-256",
        "sasl.username": "kate",
        "ssl.ca.location": str(authority),
    }

    def read(**more):
        return tailframe.tail("citibike", bootstrap_servers=sandbox.servers, log_level="debug", **more)

    try:
        with caplog.at_level(logging.DEBUG, logger="tailframe"):
            for mechanism in ("PLAIN", "SCRAM-SHA-256"):
                config["sasl.mechanism"] = mechanism
                frame = read(config={**config, "sasl.password": PASSWORD})
                assert len(frame) == 50
                assert PASSWORD not in json.dumps(frame.attrs)
            monkeypatch.setenv("TAILFRAME_CONFIG_SASL_PASSWORD", PASSWORD)
            assert len(read(config=config)) == 50
            monkeypatch.delenv("TAILFRAME_CONFIG_SASL_PASSWORD")
            with pytest.raises(tailframe.AuthError) as caught:
                read(config={**config, "sasl.password": PASSWORD + "-wrong"})
            assert PASSWORD not in str(caught.value)
            del config["ssl.ca.location"]
            with pytest.raises(tailframe.AuthError, match="certificate") as caught:
                read(config={**config, "sasl.password": PASSWORD})
            assert PASSWORD not in str(caught.value)
            assert "ssl.ca.location" in str(caught.value)
        assert caplog.records
        assert PASSWORD not in caplog.text
    finally:
        sandbox.close()


def test_the_command_gives_the_same_rows(live, real_binary):
    flags = ["--bootstrap-servers", live.servers, "--last", "100", "-o", "csv", "--quiet"]
    text = subprocess.run(
        [real_binary, "tail", "citibike", *flags], stdout=subprocess.PIPE, text=True, check=True
    ).stdout
    lines = list(csv.DictReader(text.splitlines()))
    frame = tailframe.tail("citibike", last=100)
    assert [int(line["c0"]) for line in lines] == frame["c0"].tolist()
    assert all(math.isclose(float(line["c5"]), value) for line, value in zip(lines, frame["c5"]))
