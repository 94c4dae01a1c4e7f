"""The user that docs/redis.md makes: its rights suffice for every process, and end at regclean's own keys."""

import asyncio
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import NoPermissionError
from structlog.testing import capture_logs

from bot import replies
from bot.replies.anchoring import look
from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from tests.bench import Bench, config, document, gc_settings, settings
from tests.crew import Crew, eventually
from tests.office import office
from tests.samples import PLAN
from workers.core.request import Action, State
from workers.store.connection import WORKER, connect
from workers.store.starting import check

DOCUMENT = Path(__file__).parents[2] / "docs" / "redis.md"
PASSWORD = "planted"


@pytest.fixture
def url(own_redis: RedisProcess) -> Iterator[str]:
    """The address of a Redis as the document's user reaches it; nobody else gets in."""
    (line,) = re.findall(r"^ACL SETUSER regclean .*$", DOCUMENT.read_text(), re.MULTILINE)
    with closing(Redis.from_url(own_redis.url)) as operator:
        operator.execute_command(*line.replace("PASSWORD", PASSWORD).split())
        yield own_redis.url.replace("redis://", f"redis://regclean:{PASSWORD}@")


def test_workers_remove_and_collect_with_it(url: str, sample_registry: RegistryProcess, tmp_path: Path) -> None:
    registry = settings(sample_registry, gc=gc_settings(sample_registry))
    processes = (("worker", "lookup"), ("worker", "clean"), ("worker", "gc"), ("sweep",))
    with Crew(tmp_path / "crew", document(registry), url) as crew:
        members = [crew.start(*words) for words in processes]
        bench = Bench(config(registry), url)
        for action, targets in ((Action.REMOVE, ("demo/nginx:1.26", "demo/nginx:latest")), (Action.COLLECT, ())):
            request_id = bench.ask(*targets, action=action)
            eventually(lambda: bench.request(request_id).state is State.PENDING, 30)  # noqa: B023 - called at once
            bench.approve(request_id)
            eventually(lambda: bench.request(request_id).state is State.DONE, 60)  # noqa: B023
        assert [member.said for member in members if "NOPERM" in member.said or not member.runs] == []
    with Remote(sample_registry.url) as remote:
        assert remote.tags("demo/nginx") == []


def test_the_bot_and_its_replies_work_with_it(url: str) -> None:
    with office(url) as at:
        request = at.approved(PLAN)
        at.starts(request)
        at.ends(request, State.DONE)
        at.settle()
        assert "Done" in at.card(request).plain
        at.workspace.rita.types("/regclean status")
        assert not asyncio.run(look(replies.room()))


def test_nothing_is_hidden_from_a_start_and_replicas_may_be_waited_for(url: str) -> None:
    with closing(connect(url, WORKER)) as redis, capture_logs() as logged:
        check(redis, allow_volatile=False)
        assert redis.wait(0, 1) == 0
    assert logged == []


@pytest.mark.parametrize(
    "command",
    ["GET other", "SET other 1", "PUBLISH other 1", "CONFIG SET dir /tmp", "FLUSHALL", "ACL LIST", "SHUTDOWN"],
)
def test_it_may_do_nothing_else(url: str, command: str) -> None:
    with closing(Redis.from_url(url)) as redis, pytest.raises(NoPermissionError):
        redis.execute_command(*command.split())
