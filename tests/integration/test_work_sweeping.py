"""The sweeper helps everybody it can, whatever goes wrong with one of them."""

import threading
from typing import Any

import pytest

from demo.parts.images import Layer, image
from demo.parts.processes import wait_until
from demo.parts.remote import push
from tests.bench import Bench, config, gc_settings, settings
from tests.conftest import MakeRegistry
from workers import sweeper as sweeping
from workers.core.request import Action, State
from workers.ending import MOST_TROUBLES
from workers.gc.command import CommandRunner
from workers.planning import wait
from workers.store import keys
from workers.store.fences import Fence
from workers.store.locks import Lock, Locks
from workers.store.tasks import REPLIES, Job, next_job
from workers.sweeper import Sweeper


@pytest.fixture
def bench(make_registry: MakeRegistry, redis_url: str) -> Bench:
    running = {name: make_registry() for name in ("first", "second")}
    return Bench(config(*(settings(each, name, gc=gc_settings(each)) for name, each in running.items())), redis_url)


def fenced(bench: Bench, name: str) -> None:
    request_id = bench.ask(action=Action.COLLECT, registry=name)
    bench.store.fences.save(Fence(registry=name, request=request_id, since="2026-01-01T00:00:00+00:00"))


def lose_job(bench: Bench, request_id: str) -> None:
    """As when a worker died over it: no queue has it any more."""
    job = next_job(bench.request(request_id))
    assert job
    bench.store.redis.delete("rq:queue:lookup", "rq:queue:gc")


def test_a_fence_whose_commands_hang_keeps_nobody_else_from_help(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on = threading.Event()
    restart = CommandRunner.restart

    def hang_first(runner: CommandRunner) -> None:
        if not go_on.is_set():
            go_on.wait(30)
        restart(runner)

    monkeypatch.setattr(CommandRunner, "restart", hang_first)
    monkeypatch.setattr(sweeping, "_MENDED_WITHIN", 0.3)
    fenced(bench, "first")
    request_id = bench.ask("app:1", registry="second")
    lose_job(bench, request_id)
    it = Sweeper(bench.runtime)
    it.sweep()
    assert bench.request(request_id).attempt == 2
    lose_job(bench, request_id)
    it.sweep()
    assert bench.request(request_id).attempt == 3
    assert bench.store.fences.load("first") is not None
    go_on.set()
    monkeypatch.setattr(sweeping, "_MENDED_WITHIN", 30.0)
    it.sweep()
    assert bench.store.fences.load("first") is None


def test_a_command_that_breaks_in_an_unknown_way_keeps_nobody_else_from_help(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken: list[str] = []

    def explode(_: CommandRunner) -> None:
        broken.append("restart")
        raise OSError("no space left on device")

    monkeypatch.setattr(CommandRunner, "restart", explode)
    fenced(bench, "first")
    fenced(bench, "second")
    Sweeper(bench.runtime).sweep()
    assert broken == ["restart", "restart"]
    assert bench.store.fences.load("first")
    assert bench.store.fences.load("second")


def test_a_fence_that_its_owner_lifted_meanwhile_is_not_told_as_mended(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    fenced(bench, "first")
    fence = bench.store.fences.load("first")
    assert fence
    acquire = Locks.acquire

    def late(locks: Locks, *args: Any) -> Lock:
        bench.store.redis.delete(keys.fence("first"))
        return acquire(locks, *args)

    monkeypatch.setattr(Locks, "acquire", late)
    Sweeper(bench.runtime).sweep()
    assert "mended" not in bench.story(fence.request)


def test_who_was_put_off_between_two_looks_is_not_counted_as_crashed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    request_id = bench.ask("app:1", registry="second")
    lose_job(bench, request_id)
    lost = Sweeper._is_lost

    def late(it: Sweeper, job: Job) -> bool:
        wait(bench.runtime, request_id, "Waiting: somebody else is at work.")
        return lost(it, job)

    monkeypatch.setattr(Sweeper, "_is_lost", late)
    Sweeper(bench.runtime).sweep()
    request = bench.request(request_id)
    assert (request.attempt, request.troubles) == (1, 0)


def test_another_sweeper_takes_over_from_a_silent_one_soon(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "_HOLD", 300)
    first, second = Sweeper(bench.runtime), Sweeper(bench.runtime)
    assert first.round()
    assert not second.round()
    assert first.round()
    assert wait_until(second.round, seconds=5)
    assert not first.round()


def test_a_request_whose_worker_dies_again_and_again_fails_and_says_what_was_not_tried(bench: Bench) -> None:
    for number in range(3):
        push(bench.config.registry("first").url, "app", f"1.{number}", image(Layer(f"content {number}", 100)))
    request_id = bench.planned("app:1.0", "app:1.1", "app:1.2", registry="first")
    bench.approve(request_id)
    it = Sweeper(bench.runtime)
    for _ in range(MOST_TROUBLES):
        bench.store.redis.delete("rq:queue:clean")
        it.sweep()
        assert not bench.request(request_id).state.is_final
    bench.store.redis.delete("rq:queue:clean")
    it.sweep()
    failed = bench.request(request_id)
    assert failed.state is State.FAILED
    assert "died 8 times without getting any further" in failed.note
    assert failed.tally.failed == 3
    assert {why.partition(":")[0] for _, why in bench.results(request_id).values()} == {"not tried"}
    assert bench.story(request_id) == ["opened", "planned", "approved", "step", "step", "step", "failed"]


def test_a_card_that_is_behind_is_asked_for_again_and_not_while_a_job_for_it_waits(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workers.sweeper._SHOWN_AGAIN_AFTER", 0)
    first, second = bench.ask("app:1"), bench.ask("app:2")
    queue = bench.store.queues.queue(REPLIES)
    sweeper = Sweeper(bench.runtime)
    for _ in range(5):
        sweeper.sweep()
    assert len(queue.job_ids) == 2, "each waits since it was opened"
    (lost,) = [job for job in queue.job_ids if job.startswith(f"show-{first}-")]
    queue.remove(lost)
    for _ in range(5):
        sweeper.sweep()
    assert bench.store.queues.subjects("show") == {first, second}
    assert len(queue.job_ids) == 2
