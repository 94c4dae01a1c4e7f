"""Logins: the credentials of one registry, looked up when a call needs them and again when they are rejected."""

import asyncio
from collections.abc import Callable

from workers.credentials import Anonymous, Credentials

GetLogin = Callable[[], Credentials]
"""May block, since it reads files and runs credential helpers; raises BadInput or Unavailable."""


class Logins:
    """Keeps the login in memory between calls, for a helper may take seconds."""

    def __init__(self, get: GetLogin) -> None:
        self.are_there = False
        self._get = get
        self._known: Credentials | None = None
        self._looking = asyncio.Lock()

    async def current(self) -> Credentials:
        """The login; raises what looking it up raises."""
        async with self._looking:
            if self._known is None:
                self._known = await asyncio.to_thread(self._get)
                self.are_there = not isinstance(self._known, Anonymous)
            return self._known

    def doubt(self, login: Credentials) -> None:
        """It was rejected, and may have been rotated: look it up again when it is needed next."""
        if self._known is login:
            self._known = None
