"""FAULTS: every kind of trouble, by name; what is done from outside is in `deeds`."""

import signal
from collections.abc import Callable
from typing import Final

from tests.chaos import deeds
from tests.chaos.fault import COLLECT, PLAN, SOON, Fault, Strike, killed
from tests.chaos.front import (
    Lie,
    Rule,
    cuts_short,
    drips,
    forgets_to_say,
    hangs_up_after,
    never_ends,
    refuses,
    says_wrong,
)
from tests.chaos.line import Weather
from tests.chaos.stopped import STOPPED
from workers.core.request import State

_OLD, _NEW = ("2.8.2",), ("3.1.1",)
_OFTEN: Final = 10**9
_MAY_FAIL: Final = frozenset({State.DONE, State.FAILED})


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


def _redis() -> dict[str, Fault]:
    here = {
        "Redis killed": deeds.redis_killed,
        "Redis away for 12 s": deeds.redis_away,
        "Redis stopped for 25 s": deeds.redis_stopped,
        "Redis cannot write to its disk": deeds.redis_cannot_write,
        "line to Redis reset": deeds.resets(deeds.to_redis),
        "line to Redis stalled for 12 s": deeds.weather(deeds.to_redis, Weather.STALLED, 12),
        "line to Redis silent for 12 s": deeds.weather(deeds.to_redis, Weather.SILENT, 12),
        "line to Redis refusing for 8 s": deeds.weather(deeds.to_redis, Weather.REFUSING, 8),
        "line to Redis slow for 10 s": deeds.weather(deeds.to_redis, Weather.SLOW, 10),
    }
    removing = {name: Fault(act=act, within=40) for name, act in here.items()}
    collecting = {
        f"gc: {name}": Fault(work=COLLECT, act=here[name], within=60, collector=("6",))
        for name in ("Redis killed", "Redis stopped for 25 s", "line to Redis silent for 12 s")
    }
    return removing | collecting


def _registry() -> dict[str, Fault]:
    line = deeds.to_registry
    return {
        "registry killed": Fault(act=deeds.registry_killed),
        "line to the registry reset": Fault(act=deeds.resets(line)),
        "line to the registry stalled for 15 s": Fault(act=deeds.weather(line, Weather.STALLED, 15)),
        "line to the registry silent for 15 s": Fault(act=deeds.weather(line, Weather.SILENT, 15)),
        "line to the registry refusing for 15 s": Fault(act=deeds.weather(line, Weather.REFUSING, 15)),
        "line to the registry slow for 10 s": Fault(act=deeds.weather(line, Weather.SLOW, 10)),
        "gc: registry killed": Fault(work=COLLECT, act=deeds.registry_killed, within=60),
    }


def _lies() -> dict[str, Fault]:
    """A registry that does not do what it says, or does not say what it did."""
    manifests, tags = "/manifests/sha256", "/tags/list"

    def told(method: str, part: str, lie: Lie, times: int) -> Callable[[], Rule]:
        return lambda: Rule(method=method, part=part, lie=lie, times=times, skip=2)

    lies = {
        "500 after having deleted": told("DELETE", manifests, forgets_to_say, 4),
        "hangs up after having deleted": told("DELETE", manifests, hangs_up_after, 4),
        "429 with Retry-After": told("DELETE", manifests, refuses(429, Retry_After="2"), 4),
        "429 without Retry-After": told("GET", "/v2/", refuses(429), 12),
        "403 with Retry-After": told("GET", manifests, refuses(403, Retry_After="1"), 4),
        "503 to a row of reads": told("GET", "/v2/", refuses(503), 30),
        "truncated manifests": told("GET", manifests, cuts_short, 5),
        "slow bytes": told("GET", manifests, drips, 2),
    }
    may_fail = {
        "wrong manifests": told("GET", manifests, says_wrong(b'{"schemaVersion":2}'), 3),
        "wrong lists of tags": told("GET", tags, says_wrong(b'{"name":"x","tags":["stays"]}'), 3),
        "lists of tags that are no JSON": told("GET", tags, says_wrong(b"<html>"), 3),
        "endless pages": told("GET", tags, never_ends, _OFTEN),
    }
    return {
        **{f"registry: {name}": Fault(before=deeds.lies(rule)) for name, rule in lies.items()},
        **{f"registry: {name}": Fault(before=deeds.lies(rule), ends=_MAY_FAIL) for name, rule in may_fail.items()},
        "registry: 500 to every delete for 15 s": Fault(
            act=deeds.lies_for(15, told("DELETE", manifests, refuses(500), _OFTEN))
        ),
    }


def _others() -> dict[str, Fault]:
    lookup = "worker lookup"
    return {
        "planner killed: planned, not saved": Fault(work=PLAN, strikes=(killed("planned, not saved", of=lookup),)),
        "planner killed: plan saved": Fault(work=PLAN, strikes=(killed("plan saved", of=lookup),)),
        "horse and then sweeper killed: about to start again": Fault(
            strikes=(killed("between delete and record"), killed("sweeper about to start again", of="sweep"))
        ),
        "horse and then sweeper killed: started again": Fault(
            strikes=(killed("between delete and record"), killed("sweeper started again", of="sweep"))
        ),
        "gc horse and then sweeper killed: mending a fence": Fault(
            work=COLLECT,
            strikes=(
                killed("during collect", of="worker gc"),
                killed("sweeper mending a fence", of="sweep"),
            ),
            within=60,
        ),
        "gc worker killed: beside a collector that heeds no SIGTERM": Fault(
            work=COLLECT,
            strikes=(killed("during collect", parent=True, of="worker gc"),),
            collector=("40", "stubborn"),
            within=90,
        ),
        "worker told to stop": Fault(act=deeds.sends("worker", signal.SIGTERM)),
        "gc worker told to stop": Fault(work=COLLECT, act=deeds.sends("worker", signal.SIGTERM)),
        "sweeper killed": Fault(act=deeds.sends("sweep", signal.SIGKILL)),
        "anything killed at random": Fault(act=deeds.anything_at_random, within=40),
        "gc: anything killed at random": Fault(work=COLLECT, act=deeds.anything_at_random, within=60),
        # What the processes write down is dated by that clock, so how long it took cannot be told.
        "clock jumps by an hour": Fault(act=deeds.clock_jumps(3_600), fake_clock=True, within=5_000),
        "clock jumps back by an hour": Fault(act=deeds.clock_jumps(-3_600), fake_clock=True),
        "gc: clock jumps by an hour": Fault(
            work=COLLECT, act=deeds.clock_jumps(3_600), fake_clock=True, within=5_000, collector=("6",)
        ),
        "gc: clock jumps back by an hour": Fault(
            work=COLLECT, act=deeds.clock_jumps(-3_600), fake_clock=True, collector=("6",)
        ),
        "horse killed: PUT of the placeholder arrives after the next attempt began": Fault(
            before=deeds.holds_a_put(8),
            strikes=(killed("PUT of the placeholder on its way"),),
            versions=_OLD,
            within=40,
        ),
        # Stopped for a moment so that its PUT meets the bad weather, which outlives it.
        "horse killed: PUT of the placeholder arrives 8 s late": Fault(
            before=deeds.at_the_strike(deeds.weather(deeds.to_registry, Weather.STALLED, 8)),
            strikes=(
                Strike(point="about to PUT the placeholder", deed="stop", seconds=0.5),
                killed("PUT of the placeholder on its way"),
            ),
            versions=_OLD,
            within=40,
        ),
        "lock runs out early, as by Redis' clock": Fault(act=deeds.lock_vanishes, pause=0.3),
        "cancelled": Fault(act=deeds.cancels, pause=0.6, ends=frozenset({State.CANCELLED})),
        "approval runs out": Fault(pause=0.8, lasts=6, ends=frozenset({State.EXPIRED})),
        "tags moved meanwhile": Fault(act=deeds.somebody_pushes, pause=0.3),
        "job twice in its queue": Fault(act=deeds.asked_twice, workers=2),
        "another removal at the same time": Fault(before=deeds.another_removal, workers=2),
        "gc: another collection at the same time": Fault(work=COLLECT, before=deeds.another_collection, workers=2),
    }


FAULTS: Final[dict[str, Fault]] = {
    "nothing": Fault(),
    "nothing, collecting": Fault(work=COLLECT),
    **_removals(),
    **_collections(),
    **STOPPED,
    **_redis(),
    **_registry(),
    **_lies(),
    **_others(),
}
