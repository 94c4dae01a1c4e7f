"""Processes outlive a Redis that is away for longer than any of their calls has patience."""

import time
from pathlib import Path

import pytest

from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from tests.bench import Bench, config, document, settings
from tests.crew import Crew, eventually
from workers.core.request import State

AWAY = 55
"""Seconds; a worker's client gives up one call after about 45."""


@pytest.mark.long
def test_workers_and_sweeper_go_on_when_redis_comes_back(
    own_redis: RedisProcess, sample_registry: RegistryProcess, tmp_path: Path
) -> None:
    processes = (("worker", "lookup"), ("worker", "clean"), ("sweep",))
    with Crew(tmp_path / "crew", document(settings(sample_registry)), own_redis.url) as crew:
        members = [crew.start(*words, REGCLEAN_HEARTBEAT_FILE=str(tmp_path / words[-1])) for words in processes]
        eventually(lambda: all((tmp_path / words[-1]).exists() for words in processes), 30)
        own_redis.kill()
        time.sleep(AWAY)
        own_redis.restart()
        bench = Bench(config(settings(sample_registry)), own_redis.url)
        request_id = bench.ask("demo/nginx:1.26")
        eventually(lambda: bench.request(request_id).state is State.PENDING, 40)
        assert [member.name for member in members if not member.runs] == []
