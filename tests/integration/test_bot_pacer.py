"""The pacer over a real Redis: replicas together stay within Slack's rates, and what matters keeps a reserve."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

import pytest
from redis import Redis

from bot.slack.pacer import POST, RATES, UPDATE, Pacer, Rate
from bot.slack.patience import Patience, Turn
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
