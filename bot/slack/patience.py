"""Patience: calls that wait for their turn and are tried again while Slack is away or says it is too much."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import aiohttp
import stamina
from slack_sdk.errors import SlackApiError

from bot.slack.counted import status_of
from bot.slack.pacer import Pacer
from bot.slack.web import error_codes
from workers.core.errors import Unavailable
from workers.store.stopping import stopping

T = TypeVar("T")

_LONGEST: Final = 120.0
_NAP: Final = 1.0
_AWAY: Final = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"})


def is_passing(error: Exception) -> bool:
    """Whether Slack may take the same call later."""
    if isinstance(error, SlackApiError):
        codes = error_codes(error)
        return status_of(error) == 429 or status_of(error) >= 500 or not codes or not _AWAY.isdisjoint(codes)
    if isinstance(error, aiohttp.ClientResponseError):
        return error.status == 429 or error.status >= 500
    return isinstance(error, aiohttp.ClientConnectionError | aiohttp.ClientPayloadError | TimeoutError)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """Which bucket a call takes from; `may_wait` False gives up at once instead of waiting."""

    method: str
    channel: str = ""
    may_wait: bool = True


class NotNow(Exception):  # noqa: N818 - it is not an error
    """It is not this call's turn, and it would not wait."""


@dataclass(frozen=True, slots=True)
class Patience:
    """`longest`: seconds for one call with all its tries; after that its last error is raised.

    A process that was told to stop waits for nothing more: the next one does what is left.
    """

    pacer: Pacer
    longest: float = _LONGEST
    stopping: Callable[[], bool] = stopping

    async def call(self, work: Callable[[], Awaitable[T]], turn: Turn | None = None) -> T:
        """Carry out `work` in its turn; it must be safe to run twice."""
        async for attempt in stamina.retry_context(
            on=self._may_pass, attempts=None, timeout=self.longest, wait_initial=0.5, wait_max=10.0, wait_jitter=0.5
        ):
            with attempt:
                return await self._once(work, turn)
        raise AssertionError(turn)

    def _may_pass(self, error: Exception) -> bool:
        return is_passing(error) and not self.stopping()

    async def _once(self, work: Callable[[], Awaitable[T]], turn: Turn | None) -> T:
        if turn:
            await self._wait(turn)
        try:
            return await work()
        except SlackApiError as error:
            if turn and (seconds := _retry_after(error)):
                self.pacer.close(turn.method, seconds, turn.channel)
            raise

    async def _wait(self, turn: Turn) -> None:
        while seconds := self.pacer.take(turn.method, turn.channel, may_wait=turn.may_wait):
            if not turn.may_wait:
                raise NotNow
            if self.stopping():
                raise Unavailable("This process was told to stop; what is left is shown by the next one.")
            await asyncio.sleep(min(seconds, _NAP))


def _retry_after(error: SlackApiError) -> float:
    """Seconds that Slack asked for, with a 429; 0 for everything else."""
    if status_of(error) != 429:
        return 0
    headers = {name.lower(): value for name, value in error.response.headers.items()}
    text = str(headers.get("retry-after", "1"))
    return float(text) if text.isascii() and text.isdigit() else 1.0
