"""Survival: one collection with a worker killed in it, and what must hold afterwards, looked at from outside.

Each check gives a sentence for everything that is not as it must be.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import httpx

from bot.cards.request import card
from bot.service.service import Service
from demo.parts.engine import EngineProcess
from demo.parts.errors import RemoteError
from demo.parts.processes import wait_until
from demo.parts.remote import Remote
from tests.integration.docker_kills import Kill, Victim
from tests.integration.docker_room import GONE, Room, pulled, room, used
from tests.integration.docker_watch import Watch
from workers.core.errors import RegcleanError
from workers.core.request import State
from workers.core.sizes import human
from workers.store.locks import LIFE

_HEALED_WITHIN: Final = 60.0
_PAUSE: Final = 0.2


@dataclass(frozen=True, slots=True, kw_only=True)
class Survived:
    """`violations` is empty when all is as it must be; `still` and `seconds` are told of each run."""

    violations: tuple[str, ...]
    still: float
    seconds: float
    story: str


def survive(kill: Kill, engine: EngineProcess, folder: Path) -> Survived:
    """One collection from request to end, with that worker killed at that point."""
    began = time.monotonic()
    with room(kill, engine, folder) as it:
        it.ask()
        with Watch(it.registry) as watch:
            it.work()
            wait_until(it.is_healed, seconds=_HEALED_WITHIN, pause=_PAUSE)
        violations = [*_killed(it), *_watched(watch), *_ended(it), *_whole(it), *_left(it)]
        story = " ".join(it.bench.story(it.request_id))
    return Survived(violations=tuple(violations), still=watch.still, seconds=time.monotonic() - began, story=story)


def _killed(it: Room) -> Iterator[str]:
    """The kill happened, and to whom it was meant for: a worker outlives its child."""
    if not it.fuse.exists():
        yield f"nothing was killed {it.kill.point}"
    if it.deaths != (it.kill.victim is not Victim.HORSE):
        yield f"the worker died {it.deaths} times"


def _watched(watch: Watch) -> Iterator[str]:
    yield from dict.fromkeys(watch.seen)
    if not watch.collectors:
        yield "no collector was ever seen"
    if watch.still > _HEALED_WITHIN:
        yield f"for {watch.still:.0f} s the registry took no writes, and no collector ran"


def _ended(it: Room) -> Iterator[str]:
    """Done, with what left the disk; the card says both, and the chain verifies."""
    request, freed = it.request, it.used - used(it.registry)
    if request.state is not State.DONE:
        yield f"it ended as {request.state.value}: {request.note}"
    if request.freed != freed:
        yield f"{freed} bytes left the disk, and {request.freed} are told"
    drawn = card(Service(it.bench.store, it.bench.config).shown(it.request_id)).text
    for said in ("✅ *Done*", f"Freed {human(freed)}, measured on the storage, as planned."):
        if said not in drawn:
            yield f"the card does not say “{said}”: {drawn}"
    try:
        it.bench.store.ledger.chain.verify()
    except RegcleanError as error:
        yield f"the audit chain does not verify: {error.sentence}"


def _whole(it: Room) -> Iterator[str]:
    """What stayed is what it was, what was to go is gone, and it can be pushed again."""
    approved = it.bench.store.ledger.plan(it.request_id).collection
    blobs = it.registry.storage_root / "docker/registry/v2/blobs/sha256"
    if approved is None or not approved.eligible:
        yield "nothing was planned to go"
    for each in approved.eligible if approved else ():
        if (blobs / each.hex[:2] / each.hex).exists():
            yield f"{each} was to go and is there"
    try:
        if pulled(it.registry.url) != it.images:
            yield "the images that stayed are not what they were"
        with Remote(it.registry.url) as remote:
            if "old" in remote.catalog():
                yield "the emptied repository is still in the catalog"
            remote.push("old", "again", GONE)
            remote.pull("old", "again")
    except (RemoteError, httpx.TransportError) as error:
        yield str(error)


def _left(it: Room) -> Iterator[str]:
    """The registry's container runs; no fence, no lock and no container of an errand is left."""
    store = it.bench.store
    if not it.registry.state["Running"]:
        yield "the registry does not run"
    if fence := store.fences.load("sample"):
        yield f"a fence is left: {fence}"
    if not wait_until(lambda: store.locks.holder("sample") is None, seconds=LIFE + 1, pause=_PAUSE):
        yield f"{store.locks.holder('sample')} still holds the lock"
    yield from (f"the container {name} is left" for name in it.ours())
