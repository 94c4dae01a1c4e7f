"""STOPPED: processes that are stopped for longer than a lock lives, and wake up when somebody else has taken over."""

from typing import Final

from tests.chaos import deeds
from tests.chaos.fault import COLLECT, PLAN, SOON, Fault, Strike, killed

_WHO: Final = (("horse", False), ("worker", True))
_SECONDS: Final = {False: 27, True: 45}
"""Seconds for which the horse alone is stopped, or its worker, too, whose heartbeat has to run out first."""


def _removals() -> dict[str, Fault]:
    return {
        f"{who} stopped for longer than its lock: {point}": Fault(
            strikes=(Strike(point=point, deed="stop", parent=parent, nth=SOON, seconds=_SECONDS[parent]),),
            before=deeds.another_removal,
            workers=2,
        )
        for point in ("saved for undo, before delete", "between delete and record", "between record and reply")
        for who, parent in _WHO
    }


def _collections() -> dict[str, Fault]:
    horse = (
        "fenced", "collector noted, not begun", "during collect", "collected", "caches flushed", "restarted",
        "writable, fence still written down",
    )  # fmt: skip
    worker = ("fenced", "during collect")
    return {
        f"gc {who} stopped for longer than its lock: {point}": Fault(
            work=COLLECT,
            strikes=(Strike(point=point, of="worker gc", deed="stop", parent=parent, seconds=45 if parent else 35),),
            before=deeds.another_collection,
            workers=2,
            collector=("20",),
            within=60,
        )
        for (who, parent), points in zip(_WHO, (horse, worker), strict=True)
        for point in points
    }


def _others() -> dict[str, Fault]:
    planning = {
        f"planning {who} stopped: planned, not saved": Fault(
            work=PLAN,
            strikes=(
                Strike(
                    point="planned, not saved", of="worker lookup", deed="stop", parent=parent, seconds=_SECONDS[parent]
                ),
            ),
            workers=2,
            within=40,
        )
        for who, parent in _WHO
    }
    # It wakes up when somebody else has lifted that fence, and perhaps raised the next one.
    mending = Fault(
        work=COLLECT,
        strikes=(
            killed("during collect", of="worker gc"),
            Strike(point="sweeper mending a fence", of="sweep", deed="stop", seconds=35),
        ),
        sweepers=2,
        collector=("20",),
        within=60,
    )
    return planning | {"sweeper stopped for longer than its lock: mending a fence": mending}


STOPPED: Final[dict[str, Fault]] = {**_removals(), **_collections(), **_others()}
