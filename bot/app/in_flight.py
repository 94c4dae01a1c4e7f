"""In flight: how many listeners are at work, so that a process that is told to stop lets them finish."""

import asyncio
from collections.abc import Callable
from typing import Any

from slack_bolt.async_app import AsyncApp


class InFlight:
    """Counts listeners between their start and their end."""

    def __init__(self, app: AsyncApp) -> None:
        self._count = 0
        self._idle = asyncio.Event()
        self._idle.set()
        runner = app.listener_runner
        runner.listener_start_handler = _Handler(lambda: self._add(1))  # type: ignore[assignment]  # the same shape
        runner.listener_completion_handler = _Handler(lambda: self._add(-1))  # type: ignore[assignment]

    def _add(self, number: int) -> None:
        self._count += number
        if self._count:
            self._idle.clear()
        else:
            self._idle.set()

    async def wait(self, seconds: float) -> bool:
        """Whether all were done within so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                await self._idle.wait()
        except TimeoutError:
            return False
        return True


class _Handler:
    """What bolt calls before and after every listener."""

    def __init__(self, work: Callable[[], None]) -> None:
        self._work = work

    async def handle(self, request: Any, response: Any) -> None:
        del request, response
        self._work()
