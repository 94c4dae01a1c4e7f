"""Turnstile: one job at a time shows a request; one that finds another at work leaves it the work."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from redis import Redis
from redis.exceptions import LockError, LockNotOwnedError
from redis.lock import Lock

_LIFE: Final = 30.0
"""Seconds; short, so that a killed process holds nobody up for long. It is renewed meanwhile."""


@asynccontextmanager
async def alone(redis: Redis, what: str) -> AsyncIterator[bool]:
    """Whether this job is the only one at `what`; if so, it stays so while the block runs."""
    lock = redis.lock(f"rc:replying:{what}", timeout=_LIFE, thread_local=False)
    if not lock.acquire(blocking=False):
        yield False
        return
    renewing = asyncio.create_task(_renew(lock))
    try:
        yield True
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
