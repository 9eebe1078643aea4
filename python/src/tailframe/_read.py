"""tail and arrow: what users call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import _request
from ._errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any, Literal, Union

    import pandas
    import pyarrow

    Columns = Union[Iterable[str], Mapping[str, Union[str, None]]]
    Progress = Union[bool, Callable[[dict[str, Any]], object], None]


def tail(
    topic: str | None = None,
    *,
    last: int | None = None,
    format: str = "auto",
    columns: Columns | None = None,
    nulls: Iterable[str] | None = None,
    quoted_nulls: bool = False,
    header: bool = False,
    meta: bool | Iterable[str] = False,
    key_format: str = "text",
    order: Literal["time"] | None = "time",
    bootstrap_servers: str | Iterable[str] | None = None,
    config: Mapping[str, str | int | float | bool] | None = None,
    isolation: str = "read_committed",
    dtypes: Literal["numpy", "nullable", "arrow"] = "numpy",
    timeout: float | None = None,
    progress: Progress = None,
    log_level: str | None = None,
) -> pandas.DataFrame:
    """Read the last records of a Kafka topic into a pandas DataFrame.

    The frame is whole or an exception is raised: never a part of the window. Nothing is changed on
    the cluster: no group is joined, nothing is committed, no topic is created.

    Args:
        topic: the topic's name.
        last: how many records, over all partitions; 1000 if not given. Fewer come only where the
            topic holds fewer.
        format: how a record's value is read: "auto", "csv", "text" (one column of text) or "raw"
            (one column of bytes).
        columns: the names of the columns, their types being found in the records, or a dict of
            names and types: int64, float64, bool, string, timestamp, timestamp[UTC], or a layout such as
            timestamp[%Y-%m-%d %H:%M:%S.%f]. Declared columns keep their types even with no rows.
        nulls: the words that mean null where they are not quoted; empty, NULL, NA and \\N if not given.
        quoted_nulls: whether those words mean null in quotes, too.
        header: whether records equal to the column names are skipped.
        meta: True adds the columns _partition, _offset, _timestamp (UTC), _key and _headers (JSON text);
            a list picks some of them.
        key_format: "text", or "raw" for bytes, in the column _key.
        order: "time" merges the partitions by time, each kept in its own order; None is the fastest.
        bootstrap_servers: "host:port", several separated by commas or in a list; the environment variable
            TAILFRAME_BOOTSTRAP_SERVERS if not given.
        config: librdkafka properties such as {"security.protocol": "SASL_SSL"}. A property may also
            come from the environment, sasl.password from TAILFRAME_CONFIG_SASL_PASSWORD; config wins.
        isolation: "read_committed" or "read_uncommitted".
        dtypes: "numpy" (Int64 and boolean only where there are nulls), "nullable" (pandas' nullable dtypes) or
            "arrow" (pandas.ArrowDtype). The last two never vary with the data; docs/dtypes.md has the table.
        timeout: seconds for the whole read; None: no limit, but 30 seconds without progress end it.
        progress: a function called with a dict of "records" and "rows" so far, or True for a line on stderr.
        log_level: "error", "info" or "debug": what goes to the logger "tailframe".

    Returns:
        A DataFrame with a RangeIndex. ``df.attrs["tailframe"]`` is the report, a dict of plain JSON values:
        topic, window, partitions with their offsets, records, rows, schema, seconds, versions and more.
        pandas keeps it through most operations; ``pandas.concat`` only if all frames have the same one.

    Raises:
        TailframeError: one of its subclasses, see there.
    """
    config = _request.Settings(config)  # from here on no traceback shows the values
    from ._frame import check_dtypes, to_pandas

    check_dtypes(dtypes)
    request = _request.build(
        topic=topic, last=last, format=format, columns=columns, nulls=nulls, quoted_nulls=quoted_nulls,
        header=header, meta=meta, key_format=key_format, order=order, bootstrap_servers=bootstrap_servers,
        config=config, isolation=isolation, timeout=timeout, log_level=log_level,
    )  # fmt: skip
    table, report = _run(request, progress, ("pyarrow", "pandas"))
    return to_pandas(table, report, dtypes)


def arrow(
    topic: str | None = None,
    *,
    last: int | None = None,
    format: str = "auto",
    columns: Columns | None = None,
    nulls: Iterable[str] | None = None,
    quoted_nulls: bool = False,
    header: bool = False,
    meta: bool | Iterable[str] = False,
    key_format: str = "text",
    order: Literal["time"] | None = "time",
    bootstrap_servers: str | Iterable[str] | None = None,
    config: Mapping[str, str | int | float | bool] | None = None,
    isolation: str = "read_committed",
    timeout: float | None = None,
    progress: Progress = None,
    log_level: str | None = None,
) -> pyarrow.Table:
    """Read the last records of a Kafka topic into a pyarrow.Table.

    The arguments and errors are those of ``tail``. pandas is not needed.

    Returns:
        A Table of int32, int64, double, bool, timestamp[us], timestamp[us, UTC], string and binary columns, all of
        them nullable. The report is JSON text in ``table.schema.metadata[b"tailframe"]``.
    """
    config = _request.Settings(config)
    from ._frame import with_report

    request = _request.build(
        topic=topic, last=last, format=format, columns=columns, nulls=nulls, quoted_nulls=quoted_nulls,
        header=header, meta=meta, key_format=key_format, order=order, bootstrap_servers=bootstrap_servers,
        config=config, isolation=isolation, timeout=timeout, log_level=log_level,
    )  # fmt: skip
    return with_report(*_run(request, progress, ("pyarrow",)))


def _run(request: dict[str, Any], progress: object, modules: tuple[str, ...]) -> tuple[pyarrow.Table, dict[str, Any]]:
    from ._process import Run

    tell = _progress_line if progress is True else None if progress is False else progress
    if tell is not None and not callable(tell):
        raise ConfigError(f"progress must be True, False, None or a function, not {type(progress).__name__}")
    run = Run(request, tell, modules)
    try:
        run.start()
        (schema, batches), report = run.result()
    finally:
        run.end()
        if progress is True:
            _progress_end()
    import pyarrow

    return pyarrow.Table.from_batches(batches, schema), report


def _progress_line(progress: dict[str, Any]) -> None:
    import sys

    if sys.stderr is not None:  # None in programs without a console
        sys.stderr.write(f"\rtailframe: {progress.get('records')} records, {progress.get('rows')} rows")
        sys.stderr.flush()


def _progress_end() -> None:
    import sys

    if sys.stderr is not None:
        sys.stderr.write("\n")
