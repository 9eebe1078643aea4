"""The exceptions of tailframe."""

from __future__ import annotations


class TailframeError(Exception):
    """A read that did not give a whole frame.

    ::

        TailframeError
         |- ConfigError      2  an argument or a setting is wrong (codes usage, config)
         |- ConnectError     3  no broker could be reached, or it speaks TLS where we do not, or the reverse
         |- AuthError        4  the broker refused the user or the permission, or its certificate is not trusted
         |- TopicError       5  the topic or partition is not there
         |- WindowError      6  the window cannot be read
         |- IncompleteError  7  not every row of the window arrived
         |- DecodeError      8  a record does not fit its columns
         |- PluginError      9  a decoder plugin failed
         |- OutputError     10  the result could not be written or converted
         |- BinaryError      1  the binary is missing, could not be started, or broke off

    The number is ``exit_code``: the exit status the ``tailframe`` command gives for the same failure.

    Attributes:
        code: one short word, as in the first lines above; "internal" and "interrupted" are BinaryErrors.
        message: what happened, and where.
        hint: what to do about it; empty if there is nothing to say.
        exit_code: the exit status of the command line for this failure.
    """

    code = "internal"
    exit_code = 1

    def __init__(self, message: str, hint: str = "", code: str = "", exit_code: int | None = None) -> None:
        super().__init__(message, hint, code, exit_code)  # all of them, so that it can be pickled
        self.message = message
        self.hint = hint
        self.code = code or type(self).code
        self.exit_code = type(self).exit_code if exit_code is None else exit_code

    def __str__(self) -> str:
        return f"{self.message}\nhint: {self.hint}" if self.hint else self.message


class ConfigError(TailframeError):
    """An argument or a setting is wrong."""

    code, exit_code = "config", 2


class ConnectError(TailframeError):
    """No broker could be reached, or it speaks TLS where we do not, or the reverse."""

    code, exit_code = "connect", 3


class AuthError(TailframeError):
    """The broker refused the user, the password or the permission, or its certificate is not trusted."""

    code, exit_code = "auth", 4


class TopicError(TailframeError):
    """The topic or partition is not there."""

    code, exit_code = "topic", 5


class WindowError(TailframeError):
    """The window cannot be read."""

    code, exit_code = "window", 6


class IncompleteError(TailframeError):
    """Not every row of the window arrived."""

    code, exit_code = "incomplete", 7


class DecodeError(TailframeError):
    """A record does not fit its columns."""

    code, exit_code = "decode", 8


class PluginError(TailframeError):
    """A decoder plugin failed."""

    code, exit_code = "plugin", 9


class OutputError(TailframeError):
    """The result could not be written or converted."""

    code, exit_code = "output", 10


class BinaryError(TailframeError):
    """The binary is missing, could not be started, or broke off."""


_CLASSES: tuple[type[TailframeError], ...] = (
    ConfigError,
    ConnectError,
    AuthError,
    TopicError,
    WindowError,
    IncompleteError,
    DecodeError,
    PluginError,
    OutputError,
)
_BY_CODE = {c.code: c for c in _CLASSES}
_BY_CODE["usage"] = ConfigError


def from_code(code: str, message: str, hint: str = "") -> TailframeError:
    """Return the exception for an error code of the binary; a code not known here is a BinaryError."""
    exit_code = 130 if code == "interrupted" else None
    return _BY_CODE.get(code, BinaryError)(message, hint, code, exit_code)
