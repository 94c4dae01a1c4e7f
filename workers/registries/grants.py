"""The tokens one registry's calls share: found, replaced and thrown away; one request at a time for each audience."""

import asyncio
from collections.abc import Callable
from typing import Final
from weakref import WeakValueDictionary

from workers.registries.tokens import Audience, Grant

_MOST: Final = 1000


class Grants:
    """Tokens by audience; bounded, so that a registry of many repositories does not fill the memory."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._grants: dict[Audience, Grant] = {}
        self._locks: WeakValueDictionary[Audience, asyncio.Lock] = WeakValueDictionary()

    def lock(self, audience: Audience) -> asyncio.Lock:
        """What to hold while asking for a token, so that many calls in need of the same one ask once."""
        return self._locks.setdefault(audience, asyncio.Lock())

    def find(self, audience: Audience) -> Grant | None:
        """A token that can still be used."""
        grant = self._grants.get(audience)
        return grant if grant is not None and self._clock() < grant.until else None

    def keep(self, audience: Audience, body: bytes) -> Grant | None:
        """Read a token server's answer and remember its token; None when there is none in it."""
        grant = Grant.parse(body, self._clock())
        if grant is not None:
            self._make_room()
            self._grants[audience] = grant
        return grant

    def forget(self, authorization: str) -> None:
        """Drop the token that was rejected under this Authorization header; a newer one of its audience stays."""
        self._grants = {kept: grant for kept, grant in self._grants.items() if grant.authorization != authorization}

    def _make_room(self) -> None:
        if len(self._grants) >= _MOST:
            now = self._clock()
            self._grants = {kept: grant for kept, grant in self._grants.items() if now < grant.until}
        if len(self._grants) >= _MOST:
            self._grants.clear()
