"""Turnstile: one job at a time shows a request; one that finds another at work leaves it the work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

from redis import Redis
from redis.exceptions import LockError, LockNotOwnedError
from redis.lock import Lock

from workers.core.errors import Unavailable
from workers.store.connection import asking

_LIFE: Final = 30.0
"""Seconds; short, so that a killed process holds nobody up for long. It is renewed meanwhile."""


class Overtaken(Unavailable):
    """This process stood still for so long that another one took over; what is known of the work here is old."""


@dataclass(frozen=True, slots=True)
class Alone:
    """That this job is the only one at its work."""

    lock: Lock

    @asking()
    def check(self) -> None:
        """Raise Overtaken when it is so no longer: to be asked right before each post and each save."""
        if not self.lock.owned():
            raise Overtaken


@asynccontextmanager
async def alone(redis: Redis, what: str) -> AsyncIterator[Alone | None]:
    """The proof that this job is the only one at `what` while the block runs; None when another one is."""
    lock = redis.lock(f"rc:replying:{what}", timeout=_LIFE, thread_local=False)
    if not lock.acquire(blocking=False):
        yield None
        return
    renewing = asyncio.create_task(_renew(lock))
    try:
        yield Alone(lock)
    finally:
        renewing.cancel()
        with suppress(asyncio.CancelledError, LockError):
            await renewing
        with suppress(LockNotOwnedError):
            lock.release()


async def _renew(lock: Lock) -> None:
    while True:
        await asyncio.sleep(_LIFE / 3)
        await asyncio.to_thread(lock.reacquire)
