"""Real lookup workers that are told to stop or killed while they read a large registry: every question is answered."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.parts.redis import RedisProcess
from demo.parts.storage import Shape, fill
from tests.bench import Bench, config, document, settings
from tests.chaos.line import Line, Weather
from tests.conftest import MakeRegistry
from tests.crew import Crew, Member, eventually
from workers.core.errors import BadRecord
from workers.core.listing import Query
from workers.core.request import Origin, State
from workers.store.lookups import Lookup
from workers.store.tasks import LOOKUP

pytestmark = pytest.mark.timeout(120)
TAGS = 300


@dataclass(slots=True)
class Room:
    """A registry behind a line that can be slow, and whoever reads it."""

    line: Line
    bench: Bench
    crew: Crew

    @contextmanager
    def slowly(self) -> Iterator[None]:
        """While the line is so slow that reading takes minutes."""
        self.line.becomes(Weather.SLOW)
        yield
        self.line.becomes(Weather.CLEAR)

    def until_reading(self) -> None:
        eventually(lambda: self.bench.store.queues.backlog(LOOKUP).working > 0, 20)
        time.sleep(1)

    def asks(self) -> str:
        lookup = Lookup(
            id="l-1",
            asker="U0RITA0001",
            origin=Origin(channel="C0CLEAN001"),
            query=Query(registries=("sample",)),
        )
        assert self.bench.store.lookups.open(lookup, "trigger")
        return lookup.id

    def is_answered(self, lookup_id: str) -> bool:
        try:
            return len(self.bench.store.lookups.listing(lookup_id).shelves[0].rows) == TAGS
        except BadRecord:
            return False

    def worker(self) -> Member:
        return self.crew.start("worker", "lookup")


@pytest.fixture
def room(make_registry: MakeRegistry, own_redis: RedisProcess, tmp_path: Path) -> Iterator[Room]:
    folder = tmp_path / "registry"
    fill(folder / "storage", Shape(repositories=1, tags=TAGS))
    registry = make_registry(folder=folder)
    with Line("127.0.0.1", registry.port) as line:
        own = settings(registry, url=f"http://{line.host}", timeout=60)
        with Crew(tmp_path / "crew", document(own), own_redis.url) as crew:
            yield Room(line, Bench(config(own), own_redis.url), crew)


def test_told_to_stop_while_it_plans_a_worker_goes_and_another_plans(room: Room) -> None:
    worker = room.worker()
    with room.slowly():
        request_id = room.bench.ask(*(f"load/r00000:1.0.{number}" for number in range(TAGS)))
        room.bench.enqueue(request_id)
        room.until_reading()
        worker.send(signal.SIGTERM)
        assert worker.ends() < 10
    assert room.bench.request(request_id).state is State.PLANNING
    room.worker()
    eventually(lambda: room.bench.request(request_id).state is State.PENDING, 20)
    assert room.bench.request(request_id).troubles == 0
    assert room.bench.story(request_id) == ["opened", "planned"]


def test_told_to_stop_while_it_lists_a_worker_goes_and_another_answers(room: Room) -> None:
    worker = room.worker()
    with room.slowly():
        lookup_id = room.asks()
        room.until_reading()
        worker.send(signal.SIGTERM)
        assert worker.ends() < 10
    assert not room.is_answered(lookup_id)
    room.worker()
    eventually(lambda: room.is_answered(lookup_id), 20)


def test_a_worker_killed_while_it_lists_is_followed_by_another(room: Room) -> None:
    worker = room.worker()
    with room.slowly():
        lookup_id = room.asks()
        room.until_reading()
        worker.kill()
    room.worker()
    eventually(lambda: room.is_answered(lookup_id), 40)
