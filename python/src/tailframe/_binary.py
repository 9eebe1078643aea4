"""Finds the tailframe binary, and the CA bundle it may fall back on."""

from __future__ import annotations

import os
from contextlib import suppress

from ._errors import BinaryError

_NAME = "tailframe.exe" if os.name == "nt" else "tailframe"
_PACKAGE = os.path.dirname(os.path.abspath(__file__))
_RUN_BITS = 0o111


def find_binary() -> str:
    """Return the path of the binary: TAILFRAME_BINARY if set (for development), else the one in this package."""
    override = os.environ.get("TAILFRAME_BINARY")
    packaged = os.path.join(_PACKAGE, "_bin", _NAME)
    if override:
        if not os.path.isfile(override):
            raise BinaryError(
                f"the tailframe binary was not found: {override} (from TAILFRAME_BINARY) is not a file",
                "unset TAILFRAME_BINARY to use the binary in the package",
            )
        return _runnable(os.path.abspath(override))
    if not os.path.isfile(packaged):
        raise BinaryError(
            f"the tailframe binary was not found; looked at TAILFRAME_BINARY (not set) and {packaged} (not there)",
            "install tailframe from a wheel for this system: pip install --force-reinstall tailframe",
        )
    return _runnable(packaged)


def _runnable(path: str) -> str:
    # Some installers and copies lose the run bit; a file of our own can be mended.
    if os.access(path, os.X_OK):
        return path
    with suppress(OSError):
        os.chmod(path, os.stat(path).st_mode | _RUN_BITS)
    if os.access(path, os.X_OK):
        return path
    raise BinaryError(
        f"the tailframe binary may not be run: {path}",
        f"run chmod +x {path}; if that changes nothing, the folder's file system forbids programs"
        " (noexec): install tailframe in another folder",
    )


def ca_fallback() -> str:
    """Return certifi's CA bundle, for a system that has none of its own, or "" without certifi."""
    # certifi.where() would import importlib.resources, which takes longer than all of this package.
    from importlib.util import find_spec

    try:
        spec = find_spec("certifi")
    except (ImportError, ValueError):
        return ""
    if spec is None or not spec.origin:
        return ""
    bundle = os.path.join(os.path.dirname(spec.origin), "cacert.pem")
    return bundle if os.path.isfile(bundle) else ""
