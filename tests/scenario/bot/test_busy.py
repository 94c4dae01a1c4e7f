"""More than can be saved in time: everybody is answered within Slack's three seconds all the same."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from bot.listeners.gate import AT_ONCE
from demo.parts.redis import RedisProcess
from tests.office import Office, office

TYPED = AT_ONCE + 8
COMMAND = "/regclean rm prod/app:1"


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisProcess]:
    with RedisProcess(tmp_path / "redis", durable=False) as server:
        yield server


@pytest.fixture
def at(own_redis: RedisProcess) -> Iterator[Office]:
    with office(own_redis.url) as running:
        yield running


def test_while_redis_stands_still_everybody_is_told_in_time(at: Office, own_redis: RedisProcess) -> None:
    bob = at.workspace.bob
    assert own_redis.pid
    os.kill(own_redis.pid, signal.SIGSTOP)
    try:
        with ThreadPoolExecutor(TYPED) as crowd:
            answers = list(crowd.map(bob.types, [COMMAND] * TYPED))
    finally:
        os.kill(own_redis.pid, signal.SIGCONT)
    assert all(answer["ok"] for answer in answers), answers
    said = [each.plain for each in bob.sees() if each.is_ephemeral]
    busy = [each for each in said if each == "Not taken: busy with other commands; try again in a moment."]
    refused = [each for each in said if each.startswith("Not taken: Redis did not take it in time")]
    taken = [each for each in said if each.startswith("Taken as ")]
    assert len(busy) + len(refused) + len(taken) == TYPED
    assert busy
    assert refused
    assert bob.types(COMMAND)["ok"]
    assert len(at.requests()) > len(taken)
