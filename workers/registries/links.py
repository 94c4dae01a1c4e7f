"""Link and Location: where a registry says the next request should go, kept within its own origin."""

import re
from collections.abc import Iterable
from typing import Final
from urllib.parse import urljoin, urlsplit

from workers.core.errors import BadInput
from workers.registries.endpoint import Origin

_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_PARAMETER: Final = rf'\s*;\s*([^\s=;,"]+)(?:\s*=\s*({_QUOTED}|[^\s;,"]+))?'
_LINK: Final = re.compile(rf"<([^>]*)>((?:{_PARAMETER})*)")
_PARAMETERS: Final = re.compile(_PARAMETER)


def next_link(headers: Iterable[str]) -> str | None:
    """The target of the first link whose relation is `next` (RFC 8288), as it was written; None without one."""
    for header in headers:
        for match in _LINK.finditer(header):
            if "next" in _relations(match[2]):
                return match[1]
    return None


def _relations(parameters: str) -> list[str]:
    for name, value in _PARAMETERS.findall(parameters):
        if name.lower() == "rel":
            return str(value).strip('"').lower().split()
    return []


def own_target(current: str, link: str) -> str | None:
    """Path and query of a link found at the URL `current`; None when it leads to another host or port.

    A registry behind a proxy that ends TLS often writes http:// about itself, so the scheme is not compared. That is
    safe because only path and query are used: the request goes to the configured address.
    """
    try:
        target = urljoin(current, link)
        here, there = Origin.of(current), Origin.of(target)
    except (BadInput, ValueError):
        return None
    if here.authority != there.authority:
        return None
    parts = urlsplit(target)
    return f"{parts.path or '/'}{'?' if parts.query else ''}{parts.query}"
