"""The dtypes of docs/dtypes.md, for the pandas at hand."""

import copy
import datetime
import json
import math
import pickle
from pathlib import Path

import numpy
import pandas
import pyarrow
import pytest
from conftest import numbers

import tailframe

MAJOR = int(pandas.__version__.split(".")[0])
BIG = 2**53 + 1  # no float64 is equal to it
UTC = datetime.timezone.utc
TYPES = {
    "int32": (pyarrow.int32(), [1, -2, 3]),
    "int64": (pyarrow.int64(), [BIG, -(2**63), 2**63 - 1]),
    "float64": (pyarrow.float64(), [0.1, math.inf, -0.0]),
    "bool": (pyarrow.bool_(), [True, False, True]),
    "timestamp": (pyarrow.timestamp("us"), [datetime.datetime(2017, 7, 1, 0, 0, 1, 5)] * 3),
    "timestamp[UTC]": (pyarrow.timestamp("us", "UTC"), [datetime.datetime(2017, 7, 1, tzinfo=UTC)] * 3),
    "string": (pyarrow.string(), ["a", "", "ä"]),
    "binary": (pyarrow.binary(), [b"a", b"", b"\x00\xff"]),
}
UNIT = "us" if MAJOR >= 2 else "ns"
TEXT = "str" if MAJOR >= 3 else "object"
# column type: numpy without nulls, numpy with nulls, nullable, arrow
DTYPES = {
    "int32": ("int32", "Int32", "Int32", "int32[pyarrow]"),
    "int64": ("int64", "Int64", "Int64", "int64[pyarrow]"),
    "float64": ("float64", "float64", "Float64", "double[pyarrow]"),
    "bool": ("bool", "boolean", "boolean", "bool[pyarrow]"),
    "timestamp": (f"datetime64[{UNIT}]",) * 3 + ("timestamp[us][pyarrow]",),
    "timestamp[UTC]": (f"datetime64[{UNIT}, UTC]",) * 3 + ("timestamp[us, tz=UTC][pyarrow]",),
    "string": (TEXT, TEXT, "string", "string[pyarrow]"),
    "binary": ("object", "object", "object", "binary[pyarrow]"),
}


def table(nulls=0, rows=3):
    """Return a table of every column type, its last values null."""
    columns = {}
    for name, (kind, values) in TYPES.items():
        columns[name] = pyarrow.array((values[: 3 - nulls] + [None] * nulls)[:rows], kind)
    return pyarrow.table(columns)


def read(fake, source, **arguments):
    """Return the frame of a read of the table."""
    fake.gives(source)
    return tailframe.tail("t", **arguments)


@pytest.mark.parametrize(
    ("dtypes", "nulls", "column"),
    [("numpy", 0, 0), ("numpy", 1, 1), ("nullable", 0, 2), ("nullable", 1, 2), ("arrow", 0, 3), ("arrow", 1, 3)],
)
def test_dtypes(fake, dtypes, nulls, column):
    frame = read(fake, table(nulls), dtypes=dtypes)
    assert {n: str(d) for n, d in frame.dtypes.items()} == {n: d[column] for n, d in DTYPES.items()}
    assert isinstance(frame.index, pandas.RangeIndex)
    assert list(frame.columns) == list(TYPES)
    for name, (_, values) in TYPES.items():
        got = frame[name].tolist()
        assert got[: 3 - nulls] == values[: 3 - nulls]
        assert frame[name].isna().tolist() == [False] * (3 - nulls) + [True] * nulls


@pytest.mark.parametrize(("dtypes", "column"), [("numpy", 0), ("nullable", 2), ("arrow", 3)])
def test_dtypes_without_rows(fake, dtypes, column):
    frame = read(fake, table(rows=0), dtypes=dtypes)
    assert {n: str(d) for n, d in frame.dtypes.items()} == {n: d[column] for n, d in DTYPES.items()}
    assert len(frame) == 0


def test_columns_of_nulls_only(fake):
    frame = read(fake, table(3))
    assert {n: str(d) for n, d in frame.dtypes.items()} == {n: d[1] for n, d in DTYPES.items()}
    assert frame.isna().all(axis=None)


def test_nan_is_no_null_where_both_can_be(fake):
    source = pyarrow.table({"f": pyarrow.array([math.nan, None, 1.0])})
    frame = read(fake, source)
    assert frame["f"].dtype == "float64"
    assert frame["f"].isna().tolist() == [True, True, False]
    table = tailframe.arrow("t")
    assert [v if v is None else math.isnan(v) for v in table["f"].to_pylist()] == [True, None, False]


def test_a_null_far_down(fake):
    values = [*range(100_000), None]
    frame = read(fake, pyarrow.table({"n": pyarrow.array(values, pyarrow.int64()), "m": numpy.arange(100_001)}))
    assert [str(d) for d in frame.dtypes] == ["Int64", "int64"]
    assert frame["n"][99_999] == 99_999
    assert frame["n"][100_000] is pandas.NA


def test_many_columns_with_nulls(fake, recwarn):
    frame = read(fake, pyarrow.table({f"c{n}": pyarrow.array([n, None], pyarrow.int64()) for n in range(300)}))
    assert set(map(str, frame.dtypes)) == {"Int64"}
    assert not [w for w in recwarn if issubclass(w.category, pandas.errors.PerformanceWarning)]


def test_odd_names(fake):
    names = ["", " ", "ü", "index", "__index_level_0__", "name", "0"]
    frame = read(fake, pyarrow.table({n: pyarrow.array([1, None], pyarrow.int64()) for n in names}))
    assert list(frame.columns) == names
    assert set(map(str, frame.dtypes)) == {"Int64"}


def test_timestamps_out_of_reach(fake):
    source = pyarrow.table({"t": pyarrow.array([253_402_300_799_999_999], pyarrow.timestamp("us"))})
    if MAJOR >= 2:
        assert str(read(fake, source)["t"][0]) == "9999-12-31 23:59:59.999999"
        return
    with pytest.raises(tailframe.OutputError) as caught:
        read(fake, source)
    assert caught.value.message.startswith(f"the rows do not fit pandas {pandas.__version__}: Casting from timestamp")
    assert "pandas 2" in caught.value.hint


def test_frames_can_be_written_to(fake):
    frame = read(fake, table(1))
    frame["int64"] = frame["int64"] + 1
    frame.loc[0, "string"] = "b"
    frame.loc[0, "float64"] = 7.5
    assert frame.loc[0, ["int64", "string", "float64"]].tolist() == [BIG + 1, "b", 7.5]


def test_the_report_in_attrs(fake):
    fake.gives(numbers(3), partitions=[{"partition": 0, "start": 5, "end": 8}], why=None)
    frame, other = tailframe.tail("t"), tailframe.tail("t")
    report = frame.attrs["tailframe"]
    assert report["partitions"] == [{"partition": 0, "start": 5, "end": 8}]
    assert json.loads(json.dumps(report)) == report
    assert isinstance(report, dict)
    for kept in (frame["n"], frame.head(1), frame[frame["n"] > 0], frame.copy(), copy.deepcopy(frame)):
        assert kept.attrs["tailframe"] is report  # not a copy at each operation
    assert pandas.concat([frame, frame]).attrs["tailframe"] == report
    other.attrs["tailframe"]["cluster_id"] = "another"
    assert "tailframe" not in pandas.concat([frame, other]).attrs


def test_the_report_is_pickled_as_a_plain_dict(fake):
    frame = read(fake, numbers(3))
    kept = pickle.loads(pickle.dumps(frame)).attrs["tailframe"]
    assert type(kept) is dict
    assert kept == frame.attrs["tailframe"]


def test_frames_go_to_parquet(fake, tmp_path):
    frame = read(fake, table(1))
    frame.to_parquet(tmp_path / "t.parquet")
    assert pandas.read_parquet(tmp_path / "t.parquet")["int64"].isna().tolist() == [False, False, True]


def test_the_page_has_these_dtypes():
    page = Path(__file__).parents[2].joinpath("docs", "dtypes.md").read_text()
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in page.splitlines() if line[:1] == "|"]
    head = next(row for row in rows if f"pandas {MAJOR}" in row)
    column = head.index(f"pandas {MAJOR}")
    told = {}
    for row in rows[rows.index(head) + 2 :]:
        told[row[0], row[1]] = row[column]
    for name, (plain, with_nulls, nullable, arrow) in DTYPES.items():
        assert told[name, "numpy, no nulls"] == plain
        assert told[name, "numpy, nulls"] == with_nulls
        assert told[name, "nullable"] == nullable
        assert told[name, "arrow"] == arrow
