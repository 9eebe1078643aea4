"""The sums of a frame that fill also computes from the records it wrote.

They do not depend on the order of rows, nor on the dtypes a contender chose; texts
of numbers and times are accepted, since some contenders leave them so.
"""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
import pandas as pd

MIXER = np.uint64(0x9E3779B97F4A7C15)


def numbers(series: pd.Series, kind: str) -> Any:
    """The values as uint64, 0 for nulls, as sums.go's number() gives them."""
    nulls = series.isna().to_numpy()
    if kind == "string":
        codes, uniques = pd.factorize(series)
        crcs = np.array([zlib.crc32(str(u).encode()) for u in uniques] + [0], dtype=np.uint64)
        return crcs[codes]
    if kind == "timestamp":
        times = pd.to_datetime(series).to_numpy(dtype="datetime64[s]").astype(np.int64)
        return np.where(nulls, 0, times).astype(np.uint64)
    if kind == "float64":
        floats = pd.to_numeric(series).to_numpy(dtype=np.float64, na_value=0.0)
        return np.rint(floats * 1e8).astype(np.int64).astype(np.uint64)
    filled = pd.to_numeric(series).fillna(0)
    return filled.to_numpy(dtype=np.int64).astype(np.uint64)


def fingerprint(df: pd.DataFrame, types: dict[str, str]) -> dict[str, Any]:
    """Sums per column and over whole rows, in the form fill prints."""
    if list(df.columns) != list(types):
        raise SystemExit(f"the columns are {list(df.columns)}")
    columns = []
    row = np.zeros(len(df), dtype=np.uint64)
    for name, kind in types.items():
        values = numbers(df[name], kind)
        nulls = int(df[name].isna().sum())
        columns.append({"name": name, "type": kind, "nulls": nulls, "sum": int(values.sum(dtype=np.uint64))})
        row = (row + values) * MIXER
        row ^= row >> np.uint64(32)
    return {"records": len(df), "columns": columns, "rows": int(row.sum(dtype=np.uint64))}
