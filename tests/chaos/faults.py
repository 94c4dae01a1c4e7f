"""FAULTS: every kind of trouble, by name."""

import os
import signal
import time
from collections.abc import Callable
from typing import Final

from demo.parts.images import Layer, image
from demo.parts.remote import Remote
from tests.bench import APPROVER
from tests.chaos.fault import COLLECT, SOON, Fault, Strike
from tests.chaos.front import (
    Rule,
)
from tests.chaos.line import Weather
from tests.chaos.stage import Stage
from workers.core.request import State
from workers.store.ledger import Change
from workers.store.tasks import next_job

_LONGER_THAN_A_LOCK: Final = 25.0
_OLD, _NEW = ("2.8.2",), ("3.1.1",)
_MAY_FAIL: Final = frozenset({State.DONE, State.FAILED})


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


def redis_line(weather: Weather, seconds: float) -> Callable[[Stage], None]:
    def act(stage: Stage) -> None:
        stage.redis_line.becomes(weather)
        time.sleep(seconds)
        stage.redis_line.becomes(Weather.CLEAR)

    return act


def redis_resets(stage: Stage) -> None:
    for _ in range(5):
        stage.redis_line.reset()
        time.sleep(0.3)


# The registry


def registry_killed(stage: Stage) -> None:
    stage.registry.crash()


def registry_line(weather: Weather, seconds: float) -> Callable[[Stage], None]:
    def act(stage: Stage) -> None:
        stage.line.becomes(weather)
        time.sleep(seconds)
        stage.line.becomes(Weather.CLEAR)

    return act


def registry_resets(stage: Stage) -> None:
    for _ in range(8):
        stage.line.reset()
        time.sleep(0.15)


def lies(*rules: Callable[[], Rule]) -> Callable[[Stage], None]:
    """Order the lies, and wait until half of them were told at least."""

    def act(stage: Stage) -> None:
        stage.front.rules += [rule() for rule in rules]

    return act


# Processes from outside


def sends(name: str, number: signal.Signals) -> Callable[[Stage], None]:
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


# People


def cancels(stage: Stage) -> None:
    stage.bench.store.ledger.change(stage.request_id, lambda each: Change(request=each.cancel_soon(APPROVER)))


def somebody_pushes(stage: Stage) -> None:
    """Tags put on what is about to go, and planned tags moved elsewhere, while the work is under way."""
    done = stage.bench.store.journal.outcomes(stage.request_id)
    left = [step for number, step in enumerate(stage.plan.steps) if number not in done and step.tags]
    with Remote(stage.registry.url) as remote:
        for step in left[-4:-2]:
            name, tag = str(step.repository), str(step.tags[0])
            remote.push(name, tag, image(Layer(f"newer {tag}", 300)))


def asked_twice(stage: Stage) -> None:
    """The same job again, as a lost answer to an enqueue would make it."""
    store = stage.bench.store
    job = next_job(stage.request)
    assert job
    store.redis.rpush("rq:queue:clean", job.id)


def another_request(stage: Stage) -> None:
    """A second removal for the same registry, approved at the same time."""
    other = stage.bench.planned("team/app0:stable")
    stage.bench.approve(other)
    stage.others.append(other)


def killed(point: str, *, parent: bool = False, nth: int = 1, of: str = "worker clean") -> Strike:
    return Strike(point=point, parent=parent, nth=nth, of=of)


def _removals() -> dict[str, Fault]:
    """Killed at each named point of a removal, the horse alone or with its worker."""
    once = (
        "just after fork", "locked", "started", "all steps done, before the end",
        "ended, before the lock is released", "after the job, before the queue knows",
    )  # fmt: skip
    often = ("saved for undo, before delete", "between delete and record", "between record and reply")
    transactions = ("in the middle of a transaction", "transaction carried out, answer not used")
    placeholder = ("placeholder announced, before PUT", "between PUT of the placeholder and its DELETE")
    faults = {"worker killed just after dequeue": Fault(strikes=(killed("just after dequeue"),), within=40)}
    for point in once:
        faults[f"horse killed: {point}"] = Fault(strikes=(killed(point),))
    for point in often:
        for who, parent in (("horse", False), ("worker", True)):
            faults[f"{who} killed: {point}"] = Fault(strikes=(killed(point, parent=parent, nth=SOON),))
    for point in transactions:
        for who, parent in (("horse", False), ("worker", True)):
            faults[f"{who} killed: {point}"] = Fault(strikes=(killed(point, parent=parent, nth=8 * SOON),))
    for point in placeholder:
        for who, parent in (("horse", False), ("worker", True)):
            faults[f"{who} killed: {point}"] = Fault(strikes=(killed(point, parent=parent),), versions=_OLD)
    faults["horse killed: tag deleted, not recorded"] = Fault(
        strikes=(killed("tag deleted, not recorded"),), versions=_NEW
    )
    return faults


def _collections() -> dict[str, Fault]:
    """Killed at each named point of a collection, the horse alone or with its worker."""
    points = (
        "fence written down", "read-only, not proved", "fenced", "dry run inside the fence done",
        "collector noted, not begun", "during collect", "collected", "before unfence", "caches flushed", "restarted",
        "writable, fence still written down", "unfenced", "verified, before the end",
    )  # fmt: skip
    return {
        f"gc {who} killed: {point}": Fault(
            work=COLLECT, strikes=(killed(point, parent=parent, of="worker gc"),), within=60
        )
        for point in points
        for who, parent in (("horse", False), ("worker", True))
    }


FAULTS: Final[dict[str, Fault]] = {
    "nothing": Fault(),
    "nothing, collecting": Fault(work=COLLECT),
    **_removals(),
    **_collections(),
}
