"""Traces of real workers: they hold together whatever dies, and a receiver that is away delays and loses no work."""

import json
import os
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from cli.tracing import traced
from demo.parts.redis import RedisProcess
from demo.parts.storage import Shape, fill
from tests.bench import Bench, config, document, settings
from tests.conftest import MakeRegistry
from tests.crew import Crew, eventually
from tests.otlp import Received, Receiver
from workers.core.request import State
from workers.core.traceparent import Traceparent
from workers.store import keys, tracing
from workers.store.queues import ListedJob
from workers.store.tasks import next_job
from workers.store.tracing import Opening
from workers.store.trails import Trail
from workers.sweeper import Sweeper

pytestmark = pytest.mark.timeout(200)
FORGED = Traceparent(trace=1, span=1, sampled=True)


@dataclass(slots=True)
class Room:
    """A registry with images, workers beside it, and this process in place of the bot, which tells its spans, too."""

    bench: Bench
    crew: Crew
    receiver: Receiver
    images: list[str]

    def approved(self, *images: str, opening: str = "click approve") -> str:
        """Asked for in one trace and approved in another."""
        with tracing.span(Opening(name="command", root=True)):
            request_id = self.bench.planned(*images)
        with tracing.span(Opening(name=opening, root=True)):
            self.bench.approve(request_id)
        return request_id

    def until_ended(self, *requests: str) -> None:
        eventually(lambda: all(self.bench.request(each).state.is_final for each in requests), 60)
        assert {self.bench.request(each).state for each in requests} == {State.DONE}

    def told(self, wanted: Callable[[Received], bool], count: int = 1) -> list[Received]:
        """The spans that are like that, once there are so many."""
        eventually(lambda: len([span for span in self.receiver.spans if wanted(span)]) >= count, 30)
        return [span for span in self.receiver.spans if wanted(span)]


@pytest.fixture
def room(
    make_registry: MakeRegistry, own_redis: RedisProcess, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Room]:
    stored = fill(tmp_path / "registry" / "storage", Shape(repositories=1, tags=150))
    registry = make_registry(version="2.8.2", folder=tmp_path / "registry")
    content = document(settings(registry), limits={"images_per_request": 10_000})
    with Receiver() as receiver, Crew(tmp_path / "crew", content, own_redis.url) as crew:
        for variable, value in receiver.environment.items():
            monkeypatch.setenv(variable, value)
        with traced("bot", os.environ):
            bench = Bench(config(settings(registry)), own_redis.url)
            yield Room(bench, crew, receiver, [f"{each.repository}:{each.tag}" for each in stored])


def test_a_worker_told_to_stop_hands_over_within_the_trace(room: Room) -> None:
    worker = room.crew.start("worker", "clean", **room.receiver.environment)
    request_id = room.approved(*room.images)
    eventually(lambda: len(room.bench.store.journal.outcomes(request_id)) > 5, 40)
    worker.send(signal.SIGTERM)
    assert worker.ends() < 10
    room.crew.start("worker", "clean", **room.receiver.environment)
    room.until_ended(request_id)
    first, second = room.told(lambda span: span.name == "job execute", 2)
    assert first.trace == second.trace
    assert second.parent == first.id
    assert {first.facts["messaging.message.id"], second.facts["messaging.message.id"]} == {
        f"execute-{request_id}-1",
        f"execute-{request_id}-2",
    }


def test_what_the_sweeper_starts_again_goes_on_in_the_trace_of_what_died(room: Room) -> None:
    worker = room.crew.start("worker", "clean", **room.receiver.environment)
    room.crew.start("sweep", **room.receiver.environment)
    request_id = room.approved(*room.images)
    eventually(lambda: len(room.bench.store.journal.outcomes(request_id)) > 5, 40)
    os.kill(worker.horse(), signal.SIGKILL)
    room.until_ended(request_id)
    (click,) = room.told(lambda span: span.name == "click approve")
    # On a busy machine the first attempt may come before the lock of what died is free, and has to wait.
    restarts = room.told(lambda span: span.name == "sweep restart" and span.trace == click.trace)
    attempts = room.told(lambda span: span.name == "job execute")
    assert {(each.trace, each.process) for each in restarts} == {(click.trace, "sweep")}
    assert click.id in {each.parent for each in restarts}
    assert {each.trace for each in attempts} == {click.trace}
    assert {each.parent for each in attempts} <= {each.id for each in restarts}
    (command,) = room.told(lambda span: span.name == "command")
    assert command.trace != click.trace
    assert all(each.links == {command.trace} for each in (click, *restarts, *attempts))


def seconds_for(room: Room, images: list[str]) -> float:
    """How long it takes until a request for each image has ended, one after the other."""
    planned = [room.bench.planned(image) for image in images]
    began = time.monotonic()
    for each in planned:
        room.bench.approve(each)
    room.until_ended(*planned)
    return time.monotonic() - began


@pytest.mark.parametrize("trouble", ["hangs", "refuses", "away"])
def test_a_receiver_in_trouble_delays_no_work_and_is_told_of_once(room: Room, trouble: str) -> None:
    tracing.use(None)
    worker = room.crew.start("worker", "clean", **room.receiver.environment)
    seconds_for(room, room.images[:1])
    usual = seconds_for(room, room.images[1:7])
    if trouble == "hangs":
        room.receiver.hangs.set()
    elif trouble == "refuses":
        room.receiver.status = 503
    else:
        room.receiver.leave()
    seconds_for(room, room.images[7:8])
    assert seconds_for(room, room.images[8:14]) < usual + 6  # waiting for the receiver takes two seconds each
    worker.send(signal.SIGTERM)
    assert worker.ends() < 10
    assert worker.said.count("traces.unsent") == 1
    assert "opentelemetry" not in worker.said


def test_nobody_who_writes_to_redis_leads_more_than_a_trace_astray(room: Room) -> None:
    request_id = room.approved(room.images[0])
    job = next_job(room.bench.request(request_id))
    assert job
    redis = room.bench.store.redis
    unsigned = json.dumps({"traceparent": str(FORGED)}).encode()
    redis.hset(ListedJob.key_for(job.id), "meta", b"0" * 64 + b"." + unsigned)
    redis.hset(keys.trail(request_id), mapping={"first": b"\xff\xfe", "last": b"00-1-1-1\r\n"})
    assert Trail.of(redis, request_id) == Trail(first=None, last=None)
    room.crew.start("worker", "clean", **room.receiver.environment)
    room.until_ended(request_id)
    (execute,) = room.told(lambda span: span.name == "job execute")
    assert execute.parent == ""
    assert int(execute.trace, 16) != FORGED.trace


def test_while_tracing_is_off_nothing_of_it_is_stored(room: Room) -> None:
    tracing.use(None)
    request_id = room.approved(room.images[0])
    redis = room.bench.store.redis
    job = next_job(room.bench.request(request_id))
    assert job
    assert redis.exists(ListedJob.key_for(job.id))
    assert redis.hget(ListedJob.key_for(job.id), "meta") is None
    assert list(redis.scan_iter("rc:trail:*")) == []


def test_a_lost_plan_is_asked_for_again_in_the_trace_of_its_command(room: Room) -> None:
    with tracing.span(Opening(name="command", root=True)):
        here = tracing.current()
        request_id = room.bench.ask(room.images[0])
    assert here
    Sweeper(room.bench.runtime).sweep()
    job = next_job(room.bench.request(request_id))
    assert job
    stored = ListedJob.fetch(job.id, connection=room.bench.store.redis, serializer=room.bench.store.queues.serializer)
    assert isinstance(stored, ListedJob)
    assert stored.traceparent
    assert stored.traceparent.trace == here.trace
    assert stored.traceparent.span != here.span
