"""Deeds: what is done to a stage from outside, each from its beginning to its end."""

import os
import resource
import signal
import threading
import time
from collections.abc import Callable
from typing import Final

from demo.parts.images import Layer, image
from demo.parts.processes import wait_until
from demo.parts.remote import Remote
from tests.bench import APPROVER
from tests.chaos.front import Rule, comes_late
from tests.chaos.line import Line, Weather
from tests.chaos.stage import REGISTRY, Stage
from workers.core.request import Action
from workers.store import keys
from workers.store.ledger import Change
from workers.store.tasks import next_job

Deed = Callable[[Stage], None]
_LONGER_THAN_A_LOCK: Final = 25.0
_STRUCK_WITHIN: Final = 60.0


# Redis


def redis_killed(stage: Stage) -> None:
    stage.redis.kill()
    stage.redis.restart()


def redis_away(stage: Stage) -> None:
    stage.redis.kill()
    time.sleep(12)
    stage.redis.restart()


def redis_stopped(stage: Stage) -> None:
    assert stage.redis.pid
    os.kill(stage.redis.pid, signal.SIGSTOP)
    time.sleep(_LONGER_THAN_A_LOCK)
    os.kill(stage.redis.pid, signal.SIGCONT)


def redis_cannot_write(stage: Stage) -> None:
    """Not a byte more on its disk for a while, as when that is full; then there is room, and it is started again."""
    assert stage.redis.pid
    largest = max(path.stat().st_size for path in stage.redis.folder.rglob("*") if path.is_file())
    resource.prlimit(stage.redis.pid, resource.RLIMIT_FSIZE, (largest, largest))
    time.sleep(6)
    stage.redis.kill()
    stage.redis.restart()


def weather(line: Callable[[Stage], Line], what: Weather, seconds: float) -> Deed:
    """Bad weather on a line for some time."""

    def act(stage: Stage) -> None:
        line(stage).becomes(what)
        time.sleep(seconds)
        line(stage).becomes(Weather.CLEAR)

    return act


def resets(line: Callable[[Stage], Line]) -> Deed:
    """Every connection cut, eight times within two seconds."""

    def act(stage: Stage) -> None:
        for _ in range(8):
            line(stage).reset()
            time.sleep(0.25)

    return act


def at_the_strike(deed: Deed) -> Deed:
    """Do it as soon as the fault's first strike was struck, beside the work."""

    def wait_and_act(stage: Stage) -> None:
        if wait_until((stage.folder / "fuse-0").exists, seconds=_STRUCK_WITHIN, pause=0.02):
            deed(stage)

    def act(stage: Stage) -> None:
        trouble = threading.Thread(target=wait_and_act, args=(stage,), daemon=True, name="trouble")
        stage.troubles.append(trouble)
        trouble.start()

    return act


def to_redis(stage: Stage) -> Line:
    return stage.redis_line


def to_registry(stage: Stage) -> Line:
    return stage.line


# The registry


def registry_killed(stage: Stage) -> None:
    stage.registry.crash()


def lies(*rules: Callable[[], Rule]) -> Deed:
    """Order lies; each rule is made anew, since it counts."""

    def act(stage: Stage) -> None:
        stage.front.rules += [rule() for rule in rules]

    return act


def lies_for(seconds: float, *rules: Callable[[], Rule]) -> Deed:
    """Lies for some time."""

    def act(stage: Stage) -> None:
        stage.front.rules += [rule() for rule in rules]
        time.sleep(seconds)
        stage.front.rules.clear()

    return act


def holds_a_put(seconds: float) -> Deed:
    """The first manifest that is put arrives so much later; the trouble is not over before that."""

    def act(stage: Stage) -> None:
        stage.front.rules.append(Rule(method="PUT", part="/manifests/", lie=comes_late(seconds)))
        at_the_strike(lambda _: time.sleep(seconds))(stage)

    return act


# Processes


def sends(name: str, number: signal.Signals) -> Deed:
    return lambda stage: stage.member(name).send(number)


def anything_at_random(stage: Stage) -> None:
    """SIGKILL to a worker, its horse, the sweeper or Redis, five times within ten seconds."""
    for _ in range(5):
        victim = stage.random.choice(["worker", "horse", "sweep", "redis"])
        if victim == "redis":
            redis_killed(stage)
        elif victim == "horse":
            for horse in stage.member("worker").children():
                os.kill(horse, signal.SIGKILL)
        else:
            stage.member(victim).send(signal.SIGKILL)
        time.sleep(stage.random.uniform(0.5, 3))


def clock_jumps(seconds: int) -> Deed:
    """The clock of all of regclean's processes goes forward by so much, or back."""

    def act(stage: Stage) -> None:
        stage.clock.write_text(f"{seconds:+}")

    return act


def lock_vanishes(stage: Stage) -> None:
    """The lock is gone long before its end, and somebody else takes it at once."""
    stage.unlocked = time.time()
    stage.bench.store.redis.delete(keys.lock(REGISTRY))
    with stage.bench.store.locks.acquire(REGISTRY, "r-somebody"):
        time.sleep(3)


# People


def cancels(stage: Stage) -> None:
    stage.bench.store.ledger.change(stage.request_id, lambda each: Change(request=each.cancel_soon(APPROVER)))


def somebody_pushes(stage: Stage) -> None:
    """Two planned tags are moved to new images, and a new tag is put on a planned digest, while work is under way."""
    done = stage.bench.store.journal.outcomes(stage.request_id)
    left = [step for number, step in enumerate(stage.plan.steps) if number not in done and step.tags]
    with Remote(stage.registry.url) as remote:
        for step in left[-3:-1]:
            name, tag = str(step.repository), str(step.tags[0])
            newer = remote.push(name, tag, image(Layer(f"newer {tag}", 300)))
            stage.pushed[name, tag] = newer.digest


def asked_twice(stage: Stage) -> None:
    """The same job once more in its queue, as a lost answer to an enqueue would make it."""
    job = next_job(stage.request)
    assert job
    stage.bench.store.redis.rpush("rq:queue:clean", job.id)


def another_removal(stage: Stage) -> None:
    """A second removal on the same registry, approved a moment before."""
    other = stage.bench.planned("team/app0:stable", "team/app2:stays")
    stage.bench.approve(other)
    stage.others.append(other)


def another_collection(stage: Stage) -> None:
    """A second collection of the same registry, approved a moment before."""
    other = stage.bench.planned(action=Action.COLLECT)
    stage.bench.approve(other)
    stage.others.append(other)
