"""What every contender in Python shares: its arguments, the columns, and how it ends.

Only the standard library is imported here: what a contender needs is part of its time.
"""

from __future__ import annotations

import json
import resource
import sys
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

TYPES = {
    "tripduration": "int64",
    "starttime": "timestamp",
    "stoptime": "timestamp",
    "start station id": "int64",
    "start station name": "string",
    "start station latitude": "float64",
    "start station longitude": "float64",
    "end station id": "int64",
    "end station name": "string",
    "end station latitude": "float64",
    "end station longitude": "float64",
    "bikeid": "int64",
    "usertype": "string",
    "birth year": "int64",
    "gender": "int64",
}


def arguments() -> tuple[str, str, int]:
    """Bootstrap servers, topic, and the number of records it holds."""
    return sys.argv[1], sys.argv[2], int(sys.argv[3])


def usage() -> dict[str, float]:
    """Peak memory and processor time so far, of this process and of those it has waited for."""
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return {"peak_kb": sum(u.ru_maxrss for u in both), "cpu": sum(u.ru_utime + u.ru_stime for u in both)}


def finish(df: pd.DataFrame) -> None:
    """Stop the clock, note the cost, then check what was read and print one JSON line."""
    done = time.clock_gettime(time.CLOCK_MONOTONIC)
    cost = usage()
    from fingerprint import fingerprint

    found = fingerprint(df, TYPES)
    dtypes = {str(name): str(dtype) for name, dtype in df.dtypes.items()}
    print(json.dumps({"done": done, **cost, "found": found, "dtypes": dtypes}))
