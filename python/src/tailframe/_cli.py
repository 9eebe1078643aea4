"""The tailframe command: hands over to the binary in the package."""

from __future__ import annotations

import os
import sys

from ._binary import find_binary
from ._errors import BinaryError


def main() -> int:
    """Run the binary with this process's arguments and streams; return its exit status."""
    try:
        binary = find_binary()
        arguments = [binary, *sys.argv[1:]]
        if os.name == "nt":
            return _run(arguments)
        os.execv(binary, arguments)
    except (BinaryError, OSError) as error:
        if not isinstance(error, BinaryError):
            error = BinaryError(f"the tailframe binary cannot be started: {error}")
        if sys.stderr is not None:
            print(f"tailframe: {error}", file=sys.stderr)
        return error.exit_code


def _run(arguments: list[str]) -> int:
    # Windows has no exec that keeps the console and the exit status. Ctrl-C reaches the
    # binary by the console; this process only waits for it to end.
    import signal
    import subprocess

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return subprocess.call(arguments)


if __name__ == "__main__":
    sys.exit(main())
