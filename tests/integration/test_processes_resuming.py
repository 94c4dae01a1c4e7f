"""Real worker processes against a real registry and Redis: whatever dies in the middle, the work goes on and ends."""

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from demo.parts.storage import Shape, fill
from tests.bench import Bench, config, document, settings
from tests.chaos.launcher import ELSEWHERE, PROGRAM, Strike
from tests.conftest import MakeRegistry
from tests.crew import Crew, eventually, is_gone
from workers.core.request import State
from workers.store.key_marks import KeyMarks

pytestmark = pytest.mark.timeout(200)
RESUMED_WITHIN = 30
SEEN_AT_ONCE = 10
"""A worker sees its own horse die; what is left is the sweeper's next round."""
WORKER_SEEN = 15
"""On the same machine: less than its lock and its heartbeat live."""


@dataclass(slots=True)
class Room:
    """A registry with images to remove and one that stays, a Redis of its own, and whoever works on it."""

    registry: RegistryProcess
    redis: RedisProcess
    bench: Bench
    crew: Crew
    images: list[str]
    stays: str

    def approved(self) -> str:
        request_id = self.bench.planned(*self.images)
        self.bench.approve(request_id)
        return request_id

    def steps_done(self, request_id: str) -> int:
        return len(self.bench.store.journal.outcomes(request_id))

    def until_steps(self, request_id: str, count: int) -> None:
        eventually(lambda: self.steps_done(request_id) >= count, 40)

    def until_ended(self, request_id: str, seconds: float = 90) -> None:
        eventually(lambda: self.bench.request(request_id).state.is_final, seconds)

    def check(self, request_id: str) -> None:
        """Done, each step once and in one story, the chain whole, and nothing else touched."""
        request = self.bench.request(request_id)
        assert request.state is State.DONE, request.note
        assert request.tally.done == len(self.images)
        told = [entry.details["step"] for entry in self.bench.told(request_id) if entry.action.value == "step"]
        assert sorted(told) == list(range(len(self.images)))
        story = [name for name in self.bench.story(request_id) if name != "step"]
        assert story[:4] == ["opened", "planned", "approved", "started"]
        assert story[-1] == "done"
        assert self.bench.store.ledger.chain.verify() > len(self.images)
        with Remote(self.registry.url) as remote:
            repository, tag = self.stays.split(":")
            assert remote.tags(repository) == [tag]
            remote.pull(repository, tag)


@pytest.fixture
def count() -> int:
    return 200


@pytest.fixture
def room(make_registry: MakeRegistry, own_redis: RedisProcess, tmp_path: Path, count: int) -> Iterator[Room]:
    folder = tmp_path / "registry"
    stored = fill(folder / "storage", Shape(repositories=1, tags=count + 1))
    registry = make_registry(version="2.8.2", folder=folder)
    images = [f"{each.repository}:{each.tag}" for each in stored]
    content = document(settings(registry), limits={"images_per_request": 10_000})
    with Crew(tmp_path / "crew", content, own_redis.url) as crew:
        bench = Bench(config(settings(registry)), own_redis.url)
        yield Room(registry, own_redis, bench, crew, images[:-1], images[-1])


def test_a_job_runs(room: Room) -> None:
    room.crew.start("worker", "clean")
    request_id = room.approved()
    room.until_ended(request_id)
    room.check(request_id)
    assert "resumed" not in room.bench.story(request_id)


def test_a_killed_horse_is_followed_by_another(room: Room) -> None:
    worker = room.crew.start("worker", "clean")
    room.crew.start("sweep")
    request_id = room.approved()
    room.until_steps(request_id, 10)
    os.kill(worker.horse(), signal.SIGKILL)
    done = room.steps_done(request_id)
    assert done < len(room.images)
    eventually(lambda: room.steps_done(request_id) > done + 8, SEEN_AT_ONCE)
    room.until_ended(request_id)
    room.check(request_id)
    assert "waiting" not in room.bench.story(request_id)


@pytest.mark.parametrize(
    ("where", "within"), [({}, WORKER_SEEN), ({ELSEWHERE: "1"}, RESUMED_WITHIN)], ids=["one machine", "several"]
)
def test_a_killed_workers_horse_dies_with_it_and_another_worker_goes_on(
    room: Room, where: dict[str, str], within: float
) -> None:
    worker = room.crew.start("worker", "clean", program=PROGRAM, **where)
    room.crew.start("sweep", program=PROGRAM, **where)
    request_id = room.approved()
    room.until_steps(request_id, 10)
    horse = worker.horse()
    worker.kill()
    eventually(lambda: is_gone(horse), 2)
    done = room.steps_done(request_id)
    assert done < len(room.images)
    room.crew.start("worker", "clean", program=PROGRAM, **where)
    eventually(lambda: room.steps_done(request_id) > done, within)
    room.until_ended(request_id)
    room.check(request_id)


def test_a_killed_redis_comes_back_with_everything_and_the_work_goes_on(room: Room) -> None:
    room.crew.start("worker", "clean")
    room.crew.start("sweep")
    request_id = room.approved()
    room.until_steps(request_id, 10)
    room.redis.kill()
    room.redis.restart()
    done = room.steps_done(request_id)
    eventually(lambda: room.steps_done(request_id) > done or room.bench.request(request_id).state.is_final, 30)
    room.until_ended(request_id)
    room.check(request_id)


@pytest.mark.parametrize("words", ["worker clean", "worker lookup", "sweep"])
def test_told_to_stop_while_redis_is_away_it_goes_all_the_same(room: Room, words: str) -> None:
    member = room.crew.start(*words.split())
    marks = KeyMarks(room.bench.store.redis)
    eventually(lambda: bool(marks.told(words.replace(" ", "-"))), 20)
    room.redis.kill()
    member.send(signal.SIGTERM)
    assert member.ends() < 10
    room.redis.restart()


@pytest.mark.parametrize("count", [500])
def test_told_to_stop_in_the_middle_of_500_deletes_a_worker_goes_and_another_ends_the_work(room: Room) -> None:
    worker = room.crew.start("worker", "clean")
    request_id = room.approved()
    room.until_steps(request_id, 20)
    worker.send(signal.SIGTERM)
    assert worker.ends() < 10
    done = room.steps_done(request_id)
    assert done < len(room.images)
    assert room.bench.request(request_id).state is State.RUNNING
    room.crew.start("worker", "clean")
    eventually(lambda: room.steps_done(request_id) > done + 8, 10)
    room.until_ended(request_id)
    room.check(request_id)
    assert room.bench.story(request_id).count("resumed") == 1


@pytest.mark.parametrize("count", [20])
def test_a_worker_killed_just_after_dequeue_loses_nothing(room: Room, tmp_path: Path) -> None:
    strike = Strike(point="just after dequeue", fuse=str(tmp_path / "fuse"))
    worker = room.crew.start("worker", "clean", program=PROGRAM, CHAOS=json.dumps([strike.as_json()]))
    room.crew.start("sweep")
    request_id = room.approved()
    worker.ends()
    assert room.bench.request(request_id).state is State.APPROVED
    room.crew.start("worker", "clean")
    room.until_ended(request_id, RESUMED_WITHIN)
    room.check(request_id)
