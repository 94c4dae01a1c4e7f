"""The pacer over a real Redis: replicas together stay within Slack's rates, and what matters keeps a reserve."""

import asyncio
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from types import SimpleNamespace

import pytest
from redis import Redis
from slack_sdk.errors import SlackApiError

from bot.slack.pacer import HISTORY, LONGEST_CLOSED, POST, RATES, UPDATE, Pacer, Rate
from bot.slack.patience import Patience, Turn
from demo.workspace.methods import METHODS
from demo.workspace.settings import Rates
from workers.core.errors import Unavailable
from workers.store.connection import WORKER, connect


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with closing(connect(redis_url, WORKER)) as client:
        yield client


def test_no_minute_holds_more_edits_than_slack_takes() -> None:
    rate = RATES[UPDATE]
    assert rate.burst + rate.per_minute <= 45
    assert RATES[POST].burst + RATES[POST].per_minute <= 60


@pytest.mark.parametrize("method", [each for each in RATES if each in METHODS and METHODS[each].tier])
def test_no_minute_holds_more_calls_than_the_methods_tier(method: str) -> None:
    assert RATES[method].burst + RATES[method].per_minute <= Rates().per_minute[METHODS[method].tier]


def test_a_burst_and_then_one_at_a_time(redis: Redis) -> None:
    pacer = Pacer(redis, {UPDATE: Rate(burst=3, per_minute=600)})
    assert [pacer.take(UPDATE) for _ in range(3)] == [0, 0, 0]
    wait = pacer.take(UPDATE)
    assert 0 < wait <= 0.1
    time.sleep(wait)
    assert pacer.take(UPDATE) == 0


def test_who_may_not_wait_leaves_the_reserve_alone(redis: Redis) -> None:
    pacer = Pacer(redis, {UPDATE: Rate(burst=4, per_minute=1, reserve=2)})
    assert pacer.take(UPDATE, may_wait=False) == 0
    assert pacer.take(UPDATE, may_wait=False) == 0
    assert pacer.take(UPDATE, may_wait=False) > 0
    assert pacer.take(UPDATE) == 0
    assert pacer.take(UPDATE) == 0
    assert pacer.take(UPDATE) > 0


def test_each_channel_has_a_bucket_of_its_own(redis: Redis) -> None:
    pacer = Pacer(redis, {POST: Rate(burst=1, per_minute=1)})
    assert pacer.take(POST, "C1") == 0
    assert pacer.take(POST, "C2") == 0
    assert pacer.take(POST, "C1") > 0


def test_slacks_own_word_closes_a_bucket(redis: Redis) -> None:
    pacer = Pacer(redis, {UPDATE: Rate(burst=100, per_minute=100)})
    pacer.close(UPDATE, 0.2)
    wait = pacer.take(UPDATE)
    assert 0.1 < wait <= 0.2
    time.sleep(wait)
    assert pacer.take(UPDATE) == 0


def test_an_absurd_pause_ends_within_an_hour(redis: Redis) -> None:
    pacer = Pacer(redis)
    pacer.close(UPDATE, float("inf"))
    assert LONGEST_CLOSED - 5 < pacer.take(UPDATE) <= LONGEST_CLOSED


def test_replicas_share_the_buckets(redis_url: str) -> None:
    rates = {UPDATE: Rate(burst=10, per_minute=1)}

    def replica(_: int) -> int:
        with closing(connect(redis_url, WORKER)) as own:
            pacer = Pacer(own, rates)
            return sum(pacer.take(UPDATE) == 0 for _ in range(10))

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(replica, range(4))) == 10


def test_first_in_a_while(redis: Redis) -> None:
    pacer = Pacer(redis)
    assert [pacer.first_in(0.1, "card"), pacer.first_in(0.1, "card"), pacer.first_in(0.1, "thread")] == [
        True,
        False,
        True,
    ]
    time.sleep(0.15)
    assert pacer.first_in(0.1, "card")


async def test_a_process_that_stops_waits_for_nothing_more(redis: Redis) -> None:
    pacer = Pacer(redis, {UPDATE: Rate(burst=1, per_minute=1)})
    patience = Patience(pacer, longest=60, stopping=lambda: True)
    tries: list[int] = []

    async def fail() -> None:
        tries.append(1)
        raise TimeoutError

    started = time.monotonic()
    with pytest.raises(TimeoutError):
        await patience.call(fail)
    pacer.take(UPDATE)
    with pytest.raises(Unavailable, match="told to stop"):
        await patience.call(fail, Turn(method=UPDATE))
    assert tries == [1]
    assert time.monotonic() - started < 1


def limited(method: str, seconds: str) -> SlackApiError:
    response = SimpleNamespace(
        status_code=429,
        headers={"Retry-After": seconds},
        api_url=f"https://slack.com/api/{method}",
        get={"error": "ratelimited"}.get,
    )
    return SlackApiError("Too much.", response)  # type: ignore[no-untyped-call]  # the SDK leaves it untyped


async def test_a_429_closes_the_method_that_slack_refused_for_every_process(redis: Redis) -> None:
    """A post that looks first whether it stands already calls two methods."""
    pacer = Pacer(redis, dict.fromkeys((POST, HISTORY), Rate(burst=100, per_minute=6_000)))
    patience = Patience(pacer, longest=5)
    tries: list[float] = []

    async def look_and_post() -> None:
        await patience.wait(Turn(method=HISTORY))
        tries.append(time.monotonic())
        if len(tries) == 1:
            raise limited(HISTORY, "2")

    calling = asyncio.create_task(patience.call(look_and_post, Turn(method=POST, channel="C1")))
    await asyncio.sleep(0.3)
    assert pacer.take(HISTORY) > 1
    assert pacer.take(POST, "C1") == 0
    await calling
    assert tries[1] - tries[0] >= 2


async def test_a_pause_longer_than_a_call_may_take_holds_no_process(redis: Redis) -> None:
    patience = Patience(Pacer(redis), longest=5)
    tries: list[int] = []

    async def fail() -> None:
        tries.append(1)
        raise limited(HISTORY, "99999999")

    started = time.monotonic()
    with pytest.raises(SlackApiError, match="Too much"):
        await patience.call(fail, Turn(method=HISTORY))
    with pytest.raises(
        Unavailable, match=r"Slack takes no conversations\.history for 3,\d+ seconds; it is tried again"
    ):
        await patience.call(fail, Turn(method=HISTORY))
    assert tries == [1]
    assert time.monotonic() - started < 2
