"""Bearer tokens: what is asked of a token server, and what it answers (distribution's token specification)."""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, Self

_DEFAULT_LIFE: Final = 60.0
_LONGEST_LIFE: Final = 10**9
_EARLY: Final = 10.0
_USABLE: Final = re.compile(r"[\x21-\x7e]+")


@dataclass(frozen=True, slots=True)
class Audience:
    """What a token is for: the server that gives it, the service it is shown to, and the merged scopes it opens."""

    realm: str
    service: str
    scopes: frozenset[str]


@dataclass(frozen=True, slots=True)
class Grant:
    """A token, and the moment on the monotonic clock from which it must not be used any more."""

    token: str = field(repr=False)
    until: float

    @property
    def authorization(self) -> str:
        """The header under which the token is sent."""
        return f"Bearer {self.token}"

    @classmethod
    def parse(cls, body: bytes, now: float) -> Self | None:
        """Read a token server's answer; None when it holds no token that can be sent.

        A token without `expires_in` lives 60 seconds; it is given up ten seconds, or a fifth of its life, early.
        """
        try:
            document = json.loads(body)
        except (ValueError, RecursionError):
            return None
        if not isinstance(document, dict):
            return None
        token = document.get("token") or document.get("access_token")
        if not isinstance(token, str) or not _USABLE.fullmatch(token):
            return None
        life = _life(document)
        return cls(token, now + life - min(_EARLY, life / 5))


def _life(document: dict[str, Any]) -> float:
    life = document.get("expires_in")
    if isinstance(life, bool) or not isinstance(life, int | float) or not 0 < life <= _LONGEST_LIFE:
        return _DEFAULT_LIFE
    return float(life)


def merged(scopes: Iterable[str]) -> tuple[str, ...]:
    """Scopes with the actions of one resource joined: `repository:a:pull` and `repository:a:delete` become one."""
    actions: dict[str, set[str]] = {}
    for scope in scopes:
        resource, _, wanted = scope.rpartition(":")
        actions.setdefault(resource, set()).update(filter(None, wanted.split(",")))
    return tuple(f"{resource}:{','.join(sorted(wanted))}" for resource, wanted in sorted(actions.items()))


def refresh_form(audience: Audience, refresh_token: str) -> dict[str, str]:
    """The form that exchanges an identity token (OAuth 2, RFC 6749, section 6)."""
    return {
        "grant_type": "refresh_token",
        "client_id": "regclean",
        "refresh_token": refresh_token,
        "service": audience.service,
        "scope": " ".join(sorted(audience.scopes)),
    }


def query(audience: Audience) -> list[tuple[str, str]]:
    """The query parameters of a GET."""
    service = [("service", audience.service)] if audience.service else []
    return [*service, *(("scope", scope) for scope in sorted(audience.scopes))]
