"""Values and dtypes of frames, by the real binary from its own broker and from a real Kafka.

What is expected are the rows that were produced, not what another reader says.
"""

import datetime
import os
import random
import uuid

import pandas
import pyarrow
import pytest
from brokers import Sandbox, produce
from conftest import skip

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


class Broker:
    """A broker filled by the real binary; its topics have names of their own, as a real Kafka keeps them."""

    def __init__(self, binary, servers, folder, rows):
        self.servers = servers
        self.name = "tailframe-test-" + uuid.uuid4().hex[:12]
        seeds = {
            "table.csv": ("".join(",".join(map(written, row.values())) + "\n" for row in rows), 6, ["--key", "0"]),
            "drift.csv": ("".join(f"{n},{n}\n" for n in range(70_000)) + "70000,x7\n", 1, []),
            "lines.txt": ("one\n\ntwo, three\n", 1, []),
            "empty.txt": ("", 3, []),
        }
        for name, (text, partitions, flags) in seeds.items():
            file = folder / name
            file.write_bytes(text.encode())
            produce(binary, servers, self.topic(file.stem), file, partitions, *flags)

    def topic(self, name):
        """Return the topic's full name."""
        return f"{self.name}-{name}"


@pytest.fixture(scope="module")
def rows():
    """What is in the topic table."""
    return make_rows()


@pytest.fixture(scope="module", params=["sandbox", "kafka"])
def broker(request, real_binary, rows, tmp_path_factory):
    """A broker with a few topics; None if there is no such."""
    folder = tmp_path_factory.mktemp("seeds")
    if request.param == "kafka":
        servers = os.environ.get("TAILFRAME_KAFKA")
        yield Broker(real_binary, servers, folder, rows) if servers else None
        return
    sandbox = Sandbox(real_binary)
    try:
        yield Broker(real_binary, sandbox.servers, folder, rows)
    finally:
        sandbox.close()


@pytest.fixture
def live(broker, real_binary, monkeypatch):
    """The real binary in place, and the broker's address in the environment."""
    if broker is None:
        skip("no real Kafka: TAILFRAME_KAFKA not set")
    monkeypatch.setenv("TAILFRAME_BINARY", real_binary)
    monkeypatch.setenv("TAILFRAME_BOOTSTRAP_SERVERS", broker.servers)
    return broker


@pytest.mark.parametrize("order", ["time", None])
@pytest.mark.parametrize("dtypes", ["numpy", "nullable", "arrow"])
def test_values_and_dtypes(live, rows, order, dtypes):
    frame = tailframe.tail(live.topic("table"), last=ROWS, columns=COLUMNS, order=order, dtypes=dtypes)
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
    table = tailframe.arrow(live.topic("table"), last=ROWS, columns=list(COLUMNS))
    assert [str(f.type) for f in table.schema] == ["int64", "string", "double", "bool", "timestamp[us]", "int64"]
    assert table.sort_by("id").to_pylist() == rows


def test_meta(live, rows):
    frame = tailframe.tail(live.topic("table"), last=ROWS, columns=COLUMNS, meta=True)
    assert frame["_key"].tolist() == [str(number) for number in frame["id"]]
    assert sorted(frame["id"]) == [row["id"] for row in rows]
    assert frame["_timestamp"].is_monotonic_increasing
    assert str(frame["_timestamp"].dt.tz) == "UTC"
    for part in frame.attrs["tailframe"]["partitions"]:
        offsets = frame["_offset"][frame["_partition"] == part["partition"]]
        assert offsets.tolist() == list(range(part["start"], part["end"]))
    raw = tailframe.arrow(live.topic("table"), last=ROWS, columns=COLUMNS, meta=["_key"], key_format="raw")
    assert raw.column("_key").to_pylist() == [key.encode() for key in frame["_key"]]


def test_the_newest_rows_of_one_partition(live):
    table = tailframe.arrow(live.topic("drift"), last=100, columns={"n": "int64", "x": "string"})
    assert table.column("n").to_pylist() == list(range(69_901, 70_001))
    assert table.column("x")[-1].as_py() == "x7"


@pytest.mark.parametrize("dtypes", ["numpy", "nullable", "arrow"])
def test_an_empty_topic(live, dtypes):
    full = tailframe.tail(live.topic("table"), last=1, columns=COLUMNS, dtypes=dtypes)
    frame = tailframe.tail(live.topic("empty"), columns=COLUMNS, dtypes=dtypes)
    assert len(frame) == 0
    assert list(frame.columns) == list(COLUMNS)
    if dtypes != "numpy":  # there, a null in the one row makes another dtype
        assert frame.dtypes.equals(full.dtypes)
    assert frame["id"].dtype == full["id"].dtype


def test_text_and_raw(live):
    assert tailframe.tail(live.topic("lines"), format="text").iloc[:, 0].tolist() == ["one", "", "two, three"]
    table = tailframe.arrow(live.topic("lines"), format="raw")
    assert table.schema.field(0).type == pyarrow.binary()
    assert table.column(0).to_pylist() == [b"one", b"", b"two, three"]


def test_a_type_that_does_not_last(live):
    frame = tailframe.tail(live.topic("drift"), last=70_001, columns=["n", "x"])
    assert frame.attrs["tailframe"]["rereads"] >= 1
    assert frame["n"].tolist() == list(range(70_001))
    assert frame["x"].tolist() == [*map(str, range(70_000)), "x7"]


def test_a_record_that_does_not_fit(live):
    with pytest.raises(tailframe.DecodeError) as caught:
        tailframe.tail(live.topic("drift"), last=70_001, columns={"n": "int64", "x": "int64"})
    for part in ("drift", "partition 0", "offset 70000", "x", "int64", "x7"):
        assert part in caught.value.message
    assert caught.value.exit_code == 8
