"""Stores over a real Redis: one that all tests share, and one that a test may kill."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from demo.parts.redis import RedisProcess
from tests.samples import KEYS
from workers.store.connection import WORKER, connect
from workers.store.store import Store


@pytest.fixture
def store(redis_url: str) -> Iterator[Store]:
    """A store over an empty Redis."""
    with closing(connect(redis_url, WORKER)) as redis:
        yield Store.open(redis, KEYS)


@pytest.fixture
def own_redis(tmp_path: Path, redis_server: RedisProcess) -> Iterator[RedisProcess]:
    """A Redis of this test's own, which writes each command down before it answers."""
    with RedisProcess(tmp_path / "redis") as server:
        yield server
