"""Patience: calls that wait for their turn and are tried again while Slack is away or says it is too much."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeVar
from urllib.parse import urlsplit

import aiohttp
import stamina
from slack_sdk.errors import SlackApiError

from bot.slack.counted import status_of
from bot.slack.pacer import LONGEST_CLOSED, POST, RESPOND, UPLOAD, UPLOADED, Pacer
from bot.slack.web import error_codes
from workers.core.errors import Unavailable
from workers.store.stopping import stopping

T = TypeVar("T")

_LONGEST: Final = 120.0
_NAP: Final = 1.0
_SECONDS: Final = re.compile(r"[0-9]+(\.[0-9]+)?")
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


def upload_turns(channel: str) -> Sequence[Turn]:
    """Those of a file: two methods of its own, and it is a message in the channel."""
    return Turn(method=POST, channel=channel), Turn(method=UPLOAD), Turn(method=UPLOADED)


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

    async def call(self, work: Callable[[], Awaitable[T]], *turns: Turn) -> T:
        """Carry out `work`, which must be safe to run twice, once it has each of its turns.

        A 429 closes the bucket of the method that Slack refused. Raises Unavailable where Slack asked for a pause
        that is longer than this call may take.
        """
        until = time.monotonic() + self.longest
        async for attempt in stamina.retry_context(
            on=partial(self._may_pass, until),
            attempts=None,
            timeout=self.longest,
            wait_initial=0.5,
            wait_max=10.0,
            wait_jitter=0.5,
        ):
            with attempt:
                return await self._once(work, turns, until)
        raise AssertionError(turns)

    async def wait(self, turn: Turn) -> None:
        """Wait for a turn that only some tries of a call need; raises as `call` does."""
        await self._wait(turn, time.monotonic() + self.longest)

    def _may_pass(self, until: float, error: Exception) -> bool:
        return is_passing(error) and not self.stopping() and time.monotonic() + retry_after(error) < until

    async def _once(self, work: Callable[[], Awaitable[T]], turns: Sequence[Turn], until: float) -> T:
        for turn in turns:
            await self._wait(turn, until)
        try:
            return await work()
        except (SlackApiError, aiohttp.ClientResponseError) as error:
            if seconds := retry_after(error):
                refused = _refused(error, turns)
                self.pacer.close(refused.method, seconds, refused.channel)
            raise

    async def _wait(self, turn: Turn, until: float) -> None:
        while seconds := self.pacer.take(turn.method, turn.channel, may_wait=turn.may_wait):
            if not turn.may_wait:
                raise NotNow
            if self.stopping():
                raise Unavailable("This process was told to stop; what is left is shown by the next one.")
            if time.monotonic() + seconds > until:
                raise Unavailable(f"Slack takes no {turn.method} for {seconds:,.0f} seconds; it is tried again later.")
            await asyncio.sleep(min(seconds, _NAP))


def retry_after(error: Exception) -> float:
    """Seconds that Slack asked for, with a 429; 0 for everything else.

    Slack gives a number of seconds; where it is anything else, one second is taken.
    """
    if not isinstance(error, SlackApiError | aiohttp.ClientResponseError) or status_of(error) != 429:
        return 0
    answer = error.response if isinstance(error, SlackApiError) else error
    headers = {name.lower(): value for name, value in (getattr(answer, "headers", None) or {}).items()}
    text = str(headers.get("retry-after", "")).strip()
    return min(float(text), LONGEST_CLOSED) if _SECONDS.fullmatch(text) else 1.0


def pause_asked(error: Exception) -> bool | float:
    """Whether the same call may be taken later, and where Slack said it, after how many seconds."""
    return is_passing(error) and (retry_after(error) or True)


def _refused(error: SlackApiError | aiohttp.ClientResponseError, turns: Sequence[Turn]) -> Turn:
    """The turn of the method that was refused: a call may be of several, and only some of them have turns."""
    if isinstance(error, aiohttp.ClientResponseError):
        method = RESPOND
    else:
        address = getattr(error.response, "api_url", None) or getattr(error.response, "url", "")
        method = urlsplit(str(address)).path.rpartition("/")[2]
    return next((turn for turn in turns if turn.method == method), Turn(method=method))
