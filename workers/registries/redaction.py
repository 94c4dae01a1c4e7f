"""URLs as they may be shown: no user, no password, and only query parameters known to be harmless."""

from typing import Final
from urllib.parse import parse_qsl, quote, urlsplit, urlunsplit

_SHOWN: Final = frozenset({"n", "last", "scope", "service", "digest", "mount", "from"})
_HIDDEN: Final = "REDACTED"
_UNREADABLE: Final = "an address that cannot be read"


def redacted(url: str) -> str:
    """The URL without userinfo and fragment; values of unknown query parameters (signatures, states) are hidden."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return _UNREADABLE
    authority = (f"[{host}]" if ":" in host else host) + port
    return urlunsplit((parts.scheme, authority, parts.path, _query(parts.query), ""))


def _query(query: str) -> str:
    pairs = parse_qsl(query, keep_blank_values=True)
    return "&".join(f"{_quoted(key)}={_quoted(value) if key in _SHOWN else _HIDDEN}" for key, value in pairs)


def _quoted(text: str) -> str:
    """What UTF-8 cannot spell, half a surrogate pair, is shown as a question mark."""
    return quote(text, errors="replace")
