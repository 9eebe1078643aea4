"""What a read is asked: the arguments checked, and the one JSON line that carries them to the binary."""

from __future__ import annotations

import math
import operator
import os
from collections.abc import Iterable, Iterator, Mapping
from numbers import Real
from typing import TYPE_CHECKING

from ._binary import ca_fallback
from ._errors import ConfigError

if TYPE_CHECKING:
    from typing import NoReturn

META = ("_partition", "_offset", "_timestamp", "_key", "_headers")
_SERVERS_VARIABLE = "TAILFRAME_BOOTSTRAP_SERVERS"
_CONFIG_VARIABLES = "TAILFRAME_CONFIG_"
# As in the binary: these, and names that look like a secret's but for a few.
_SECRET_NAMES = ("ssl.key.pem", "ssl.key", "sasl.oauthbearer.config")
_SECRET_WORDS = (
    "password", "passwd", "passphrase", "secret", "token", "jaas", "credential", "private.key", "api.key", "apikey",
    "user.info",
)  # fmt: skip
_NO_SECRETS = (
    "oauthbearer.token.refresh.cb", "sasl.oauthbearer.token.endpoint.url",
    "sasl.oauthbearer.assertion.private.key.file", "sasl.oauthbearer.client.credentials.client.id",
)  # fmt: skip
_SHORT = 3  # bytes; secrets of fewer are taken out only where they stand alone: they would shred every text
_LONG = 8  # characters; a variable that holds a secret of as many in its midst holds it for a reason
_LONG_LINE = 12  # characters; a line of a key that may turn up by itself


class Settings(Mapping[str, "str | int | float | bool"]):
    """librdkafka properties whose values no repr shows, so that no traceback with local variables does."""

    __slots__ = ("_given", "_items", "_spellings")

    def __init__(self, given: object) -> None:
        self._given = given
        self._spellings: list[tuple[str, bool]] | None = None  # made when first asked for
        self._items: dict[str, str | int | float | bool] = dict(given) if isinstance(given, Mapping) else {}

    def __repr__(self) -> str:
        return f"<settings: {', '.join(map(str, self._items)) or 'none'}>"

    def __getitem__(self, name: str) -> str | int | float | bool:
        return self._items[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)

    def checked(self) -> Settings:
        """Return the properties as text, as librdkafka takes them."""
        if not (self._given is None or isinstance(self._given, Mapping)):
            _refuse("config", "a dict of librdkafka properties", type(self._given))
        for name in self._items:
            if not isinstance(name, str):
                _refuse("config", "a dict with property names as keys", type(name))
            if not isinstance(self._items[name], (str, Real)):
                _refuse(f"config[{name!r}]", "text, a number, True or False", type(self._items[name]))
        return Settings({n: _text(self._items[n]) for n in self._items})

    def with_environment(self) -> tuple[Settings, dict[str, str]]:
        """Add the TAILFRAME_CONFIG_ variables, and return where each property came from. Arguments win."""
        sources = dict.fromkeys(self._items, "argument config")
        items = dict(self._items)
        for variable in os.environ:
            name = variable[len(_CONFIG_VARIABLES) :].lower().replace("_", ".")
            # An empty variable counts as not set, as on the command line.
            if variable.startswith(_CONFIG_VARIABLES) and name and os.environ[variable] and name not in items:
                items[name] = os.environ[variable]
                sources[name] = f"environment {variable}"
        return Settings(items), sources

    def reveal(self) -> dict[str, str | int | float | bool]:
        """Return the properties with their values."""
        return self._items

    def redact(self, text: str) -> str:
        """Return text without the values of passwords, keys and tokens."""
        import re

        spans = []
        for spelling, alone in self._secrets():
            pattern = re.escape(spelling)
            # The lookahead finds those that overlap, too.
            pattern = rf"(?<!\w){pattern}(?!\w)" if alone else f"(?={pattern})"
            spans += [(m.start(), m.start() + len(spelling)) for m in re.finditer(pattern, text)]
        parts, done = [], 0
        for start, end in sorted(spans):
            if start >= done:
                parts += [text[done:start], "[redacted]"]
            done = max(done, end)
        return "".join([*parts, text[done:]])

    def holds(self, value: str) -> bool:
        """Tell whether value is the value of a password, key or token, or has a long one in it."""
        return any(value == secret or (len(secret) >= _LONG and secret in value) for secret, _ in self._secrets())

    def _secrets(self) -> list[tuple[str, bool]]:
        """Return the secrets as they may turn up, and whether each counts only where it stands alone."""
        if self._spellings is None:
            self._spellings = [
                (spelling, len(value.encode("utf-8", "surrogatepass")) < _SHORT)
                for value in {str(v) for name, v in self._items.items() if _is_secret(name)}
                for spelling in _spellings(value)
            ]
        return self._spellings


def build(
    *,
    topic: object,
    last: object,
    format: object,
    columns: object,
    nulls: object,
    quoted_nulls: object,
    header: object,
    meta: object,
    key_format: object,
    order: object,
    bootstrap_servers: object,
    config: Settings,
    isolation: object,
    timeout: object,
    log_level: object,
) -> dict[str, object]:
    """Check the arguments of a read and return the request. What only the binary knows, it checks."""
    if topic is None:
        raise ConfigError("no topic was named", 'name it first: tail("citibike", last=1000)')
    settings, sources = config.checked().with_environment()
    servers = None if bootstrap_servers is None else ",".join(_texts("bootstrap_servers", bootstrap_servers, True))
    if servers is not None:
        sources["bootstrap_servers"] = "argument"
    elif os.environ.get(_SERVERS_VARIABLE):
        servers, sources["bootstrap_servers"] = os.environ[_SERVERS_VARIABLE], f"environment {_SERVERS_VARIABLE}"
    elif "bootstrap.servers" not in settings:  # there, the binary names the keyword to use
        raise ConfigError(
            "no broker was named",
            f'pass bootstrap_servers="host:9092", or set the environment variable {_SERVERS_VARIABLE}',
        )
    given = {
        "last": None if last is None else _whole("last", last),
        "format": _word("format", format),
        "columns": None if columns is None else _columns(columns),
        "nulls": None if nulls is None else _texts("nulls", nulls),
        "quoted_nulls": _flag("quoted_nulls", quoted_nulls),
        "header": _flag("header", header),
        "meta": list(META) if meta is True else None if meta is False else _texts("meta", meta),
        "key_format": _word("key_format", key_format),
        "order": "none" if order is None else _word("order", order),
        "isolation": _word("isolation", isolation),
        "timeout": None if timeout is None else _seconds("timeout", timeout),
        "log_level": None if log_level is None else _word("log_level", log_level),
    }
    for name, value in given.items():
        if value is not None and value is not False and value != DEFAULTS.get(name):
            sources[name] = "argument"
    request: dict[str, object] = {
        "protocol": 1,
        "command": "tail",
        "parent": os.getpid(),
        "topic": _word("topic", topic),
        "bootstrap_servers": servers,
        "config": settings,
        "ca_fallback": ca_fallback(),
        "sources": sources,
        **given,
    }
    return {name: value for name, value in request.items() if value is not None}


DEFAULTS = {"format": "auto", "key_format": "text", "order": "time", "isolation": "read_committed"}


def encode(request: dict[str, object]) -> bytes:
    """Return the request as one line of JSON, its settings in plain text."""
    import json

    return json.dumps(request, allow_nan=False, default=Settings.reveal).encode() + b"\n"


def _refuse(name: str, wanted: str, got: type) -> NoReturn:
    raise ConfigError(f"{name} must be {wanted}, not {got.__name__}")


def _is_secret(name: str) -> bool:
    name = name.lower().replace("_", ".")
    return name in _SECRET_NAMES or (name not in _NO_SECRETS and any(word in name for word in _SECRET_WORDS))


def _spellings(secret: str) -> set[str]:
    """Return a secret as it is, as URLs, JSON and Python's repr write it, and its long lines."""
    import json
    from urllib.parse import quote, quote_plus

    plain = {secret, secret.strip()}
    plain.update(
        line for line in map(str.strip, secret.splitlines()) if len(line) >= _LONG_LINE and line[:5] != "-----"
    )
    escaped = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1], repr(secret)[1:-1]}
    urls = {write(secret, safe="", errors="replace") for write in (quote, quote_plus)}
    return (plain | escaped | urls) - {""}


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _word(name: str, value: object) -> str:
    return value if isinstance(value, str) else _refuse(name, "text", type(value))


def _flag(name: str, value: object) -> bool:
    return value if isinstance(value, bool) else _refuse(name, "True or False", type(value))


def _whole(name: str, value: object) -> int:
    if isinstance(value, bool):
        _refuse(name, "a whole number", bool)
    try:
        number = operator.index(value)  # type: ignore[arg-type]  # numpy's whole numbers are welcome
    except TypeError:
        number = None
    if number is None:
        _refuse(name, "a whole number", type(value))
    if not -(2**63) <= number < 2**63:
        raise ConfigError(f"{name} must be a whole number of at most 64 bits")
    return number


def _seconds(name: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, Real):
        _refuse(name, "a number of seconds", type(value))
    seconds = float(value)
    if not math.isfinite(seconds) or seconds <= 0:
        raise ConfigError(f"{name} must be a number of seconds above 0, not {seconds}", "None means no limit")
    return seconds


def _texts(name: str, value: object, one: bool = False) -> list[str]:
    if one and isinstance(value, str):
        return [value]
    if isinstance(value, (str, bytes, Mapping)) or not isinstance(value, Iterable):
        _refuse(name, "text or a list of texts" if one else "a list of texts", type(value))
    texts = list(value)
    for text in texts:
        if not isinstance(text, str):
            _refuse(f"an entry of {name}", "text", type(text))
    return texts


def _columns(value: object) -> list[dict[str, str]]:
    if not isinstance(value, Mapping):
        return [{"name": name} for name in _texts("columns", value)]
    columns = []
    for name, type_name in value.items():
        column = {"name": _word("a name in columns", name)}
        if type_name is not None:
            column["type"] = _word(f"the type of column {name!r}", type_name)
        columns.append(column)
    return columns
