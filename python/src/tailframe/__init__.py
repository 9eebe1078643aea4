"""tailframe: the tail of a Kafka topic as a pandas DataFrame.

    import tailframe
    df = tailframe.tail("citibike", last=1000, bootstrap_servers="localhost:9092")

``tail`` gives a pandas DataFrame and ``arrow`` a pyarrow.Table. What they raise is a
``TailframeError`` with ``code``, ``message`` and ``hint``; the tree stands in ``help(TailframeError)``.
Importing this package is quick: pandas and pyarrow are imported by the first read,
while its binary is already connecting.
"""

from __future__ import annotations

from ._errors import (
    AuthError,
    BinaryError,
    ConfigError,
    ConnectError,
    DecodeError,
    IncompleteError,
    OutputError,
    PluginError,
    TailframeError,
    TopicError,
    WindowError,
)
from ._read import arrow, tail

__all__ = [
    "AuthError",
    "BinaryError",
    "ConfigError",
    "ConnectError",
    "DecodeError",
    "IncompleteError",
    "OutputError",
    "PluginError",
    "TailframeError",
    "TopicError",
    "WindowError",
    "__version__",
    "arrow",
    "tail",
]

__version__: str


def __getattr__(name: str) -> str:
    # The version is looked up when asked for: importlib.metadata costs more than this whole package.
    if name == "__version__":
        from importlib.metadata import PackageNotFoundError, version

        try:
            return version("tailframe")
        except PackageNotFoundError:  # run from a source folder
            return "unknown"
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
