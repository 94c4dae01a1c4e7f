"""Crossing: what may be done at once in a repository, and what only alone.

distribution 2.8 writes a tag in place. A delete in the same repository reads all tags, and one that meets a tag half
written is answered with an error after its manifest is gone, and leaves the manifest's own tags behind.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class Crossing:
    """Many cross together, or one alone; who waits to be alone is not overtaken for ever, since others end."""

    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _together: int = 0
    _alone: bool = False

    @asynccontextmanager
    async def together(self) -> AsyncIterator[None]:
        async with self._changed:
            await self._changed.wait_for(lambda: not self._alone)
            self._together += 1
        try:
            yield
        finally:
            async with self._changed:
                self._together -= 1
                self._changed.notify_all()

    @asynccontextmanager
    async def alone(self) -> AsyncIterator[None]:
        async with self._changed:
            await self._changed.wait_for(lambda: not self._alone and not self._together)
            self._alone = True
        try:
            yield
        finally:
            async with self._changed:
                self._alone = False
                self._changed.notify_all()
