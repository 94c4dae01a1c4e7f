"""Interruption: reading that takes minutes ends when its worker is told to stop, and another worker begins anew."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from workers.core.errors import Unavailable
from workers.store.stopping import stopping

T = TypeVar("T")

_LOOK_EVERY: Final = 0.5
"""Seconds; a signal sets a flag and wakes no event loop."""


class Interrupted(Unavailable):
    """This worker was told to stop; another one begins anew."""


async def unless_stopped(work: Coroutine[Any, Any, T]) -> T:
    """What the work gives; raises Interrupted, and the work is cancelled, once this process is told to stop."""
    task = asyncio.create_task(work)
    while not task.done():
        await asyncio.wait({task}, timeout=_LOOK_EVERY)
        if stopping() and not task.done():
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            raise Interrupted
    return task.result()
