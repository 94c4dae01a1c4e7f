"""WWW-Authenticate: what a registry asks for (RFC 9110, section 11.6.1)."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

_WORD: Final = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_QUOTED: Final = r'"(?:[^"\\]|\\.)*"'
_ELEMENT: Final = re.compile(r'(?:[^,"]|"(?:[^"\\]|\\.)*(?:"|\\?$))+')
_PARTS: Final = re.compile(
    rf"\s*(?:(?P<scheme>{_WORD})(?:\s+(?!=)|\s*$))?(?:(?P<key>{_WORD})\s*=\s*(?P<value>{_QUOTED}|{_WORD})\s*$)?"
)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One scheme, lower-case, with its parameters; their names are lower-case, their values unquoted."""

    scheme: str
    parameters: Mapping[str, str] = field(default_factory=dict)


def challenges(headers: Iterable[str]) -> tuple[Challenge, ...]:
    """Every challenge of all WWW-Authenticate headers, in order; what cannot be read is left out."""
    return tuple(challenge for header in headers for challenge in _challenges(header))


def _challenges(header: str) -> list[Challenge]:
    found: list[tuple[str, dict[str, str]]] = []
    for element in _ELEMENT.findall(header):
        match = _PARTS.match(element)
        if match and match["scheme"]:
            found.append((match["scheme"].lower(), {}))
        if match and match["key"] and found:
            found[-1][1].setdefault(match["key"].lower(), _unquoted(match["value"]))
    return [Challenge(scheme, parameters) for scheme, parameters in found]


def _unquoted(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
