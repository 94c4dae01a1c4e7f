"""Gate: how much is looked up and saved at a time; who would have to wait too long for that is told so instead."""

import asyncio
from collections.abc import Callable
from typing import Final, ParamSpec, TypeVar

from workers.core.errors import Unavailable

P = ParamSpec("P")
T = TypeVar("T")

AT_ONCE: Final = 24
PATIENCE: Final = 0.4
"""Seconds for a place; with the 1.5 s of a save that leaves time of the three that Slack waits for an answer."""


class Busy(Unavailable):
    """Busy with other commands; try again in a moment."""


class Gate:
    """Places are given in the order in which they were asked for."""

    def __init__(self, at_once: int = AT_ONCE, patience: float = PATIENCE) -> None:
        self._places = asyncio.Semaphore(at_once)
        self._patience = patience

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run blocking `work` in a thread; raises Busy when there is no place for it soon, and what `work` raises."""
        try:
            async with asyncio.timeout(self._patience):
                await self._places.acquire()
        except TimeoutError:
            raise Busy from None
        try:
            return await asyncio.to_thread(work, *args, **kwargs)
        finally:
            self._places.release()
