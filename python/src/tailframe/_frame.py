"""From the Arrow table to the pandas DataFrame, and the report that travels with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ._errors import ConfigError, OutputError

if TYPE_CHECKING:
    import pandas
    import pyarrow

DTYPES = ("numpy", "nullable", "arrow")


class Report(dict):  # type: ignore[type-arg]
    """A report: a dict that is copied by reference.

    pandas deep-copies ``df.attrs`` at every operation, ``df["column"]`` included, which for fifty
    partitions would cost a millisecond each time. The copies share one report, so compare equal at once.
    """

    def __deepcopy__(self, memo: object) -> Report:
        return self

    def __reduce__(self) -> tuple[type[dict], tuple[dict]]:  # type: ignore[type-arg]
        return dict, (dict(self),)  # a pickled frame can be read where tailframe is not installed


def check_dtypes(dtypes: object) -> None:
    """Refuse what is not one of DTYPES."""
    if dtypes not in DTYPES:
        raise ConfigError(f"dtypes must be one of {', '.join(map(repr, DTYPES))}, not {dtypes!r}")


def with_report(table: pyarrow.Table, report: dict[str, object]) -> pyarrow.Table:
    """Return the table with the report as JSON under the schema metadata key b"tailframe"."""
    import json

    return table.replace_schema_metadata({b"tailframe": json.dumps(report).encode()})


def to_pandas(table: pyarrow.Table, report: dict[str, object], dtypes: str) -> pandas.DataFrame:
    """Return the table as a DataFrame with the dtypes of docs/dtypes.md and the report in its attrs."""
    import pandas
    import pyarrow

    try:
        if dtypes == "arrow":
            frame = table.to_pandas(types_mapper=pandas.ArrowDtype)
        elif dtypes == "nullable":
            frame = table.to_pandas(types_mapper=_nullable().get)
        else:
            frame = table.replace_schema_metadata(_masked_where_null(table)).to_pandas()
    except pyarrow.ArrowInvalid as error:
        message = str(error)
    else:
        frame.attrs["tailframe"] = Report(report)
        return frame
    raise OutputError(
        f"the rows do not fit pandas {pandas.__version__}: {message}",
        'pass dtypes="arrow", call arrow() instead of tail(), or use pandas 2 or later, whose timestamps reach further',
    )


def _nullable() -> dict[pyarrow.DataType, object]:
    import pandas
    import pyarrow

    return {
        pyarrow.int32(): pandas.Int32Dtype(),
        pyarrow.int64(): pandas.Int64Dtype(),
        pyarrow.float64(): pandas.Float64Dtype(),
        pyarrow.bool_(): pandas.BooleanDtype(),
        pyarrow.string(): pandas.StringDtype(),
    }


def _masked_where_null(table: pyarrow.Table) -> dict[bytes, bytes]:
    # numpy's integers and booleans have no null: pyarrow would make floats (and change values past
    # 2**53) or objects of them. The pandas metadata of an Arrow schema names another dtype by column.
    import json

    import pandas
    import pyarrow

    masked = {pyarrow.int32(): "Int32", pyarrow.int64(): "Int64", pyarrow.bool_(): "boolean"}
    columns = [
        {
            "name": f.name,
            "field_name": f.name,
            "pandas_type": str(f.type),
            "numpy_type": masked[f.type],
            "metadata": None,
        }
        for f, column in zip(table.schema, table.columns)
        if f.type in masked and column.null_count
    ]
    pandas_metadata = {
        "index_columns": [],
        "column_indexes": [],
        "columns": columns,
        "pandas_version": pandas.__version__,
    }
    return {b"pandas": json.dumps(pandas_metadata).encode()}
