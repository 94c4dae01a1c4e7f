"""The Redis bench: what was answered is on disk, and nothing is left running."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from demo.parts.errors import PartStartError
from demo.parts.redis import RedisProcess


@pytest.fixture
def durable(tmp_path: Path, redis_server: RedisProcess) -> Iterator[RedisProcess]:
    """`redis_server` is asked for since it skips where this machine has no Redis."""
    with RedisProcess(tmp_path / "redis") as server:
        yield server


def test_what_was_answered_survives_a_kill(durable: RedisProcess) -> None:
    with redis.Redis.from_url(durable.url) as client:
        client.set("approved", "yes")
        url = durable.url
        durable.kill()
        durable.restart()
        assert durable.url == url
        assert client.get("approved") == b"yes"


def test_refuses_rather_than_forgets_when_memory_is_full(durable: RedisProcess) -> None:
    with redis.Redis.from_url(durable.url) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendfsync") == {"appendfsync": "always"}


@pytest.mark.parametrize("end", ["stop", "kill"])
def test_leaves_no_process_when_ended(durable: RedisProcess, end: str) -> None:
    pid = durable.pid
    assert Path(f"/proc/{pid}").exists()
    getattr(durable, end)()
    assert not Path(f"/proc/{pid}").exists()
    assert durable.pid is None


def test_a_taken_port_is_told(durable: RedisProcess, tmp_path: Path) -> None:
    with pytest.raises(PartStartError, match=r"(?i)address already in use"):
        RedisProcess(tmp_path / "second", port=durable.port)


@pytest.mark.parametrize("order", [1, 2])
def test_each_test_finds_it_empty(redis_url: str, order: int) -> None:
    with redis.Redis.from_url(redis_url) as client:
        assert client.dbsize() == 0
        client.set("left behind by", order)
