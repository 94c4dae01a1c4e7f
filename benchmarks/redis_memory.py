"""What a request of N images costs Redis: memory while it is open, after its end and for good, and bytes on disk.

`python -m benchmarks.redis_memory [--images 1 20 500] [--requests N]` takes requests through their whole life in a
Redis of its own that writes to disk before it answers, as the bot and the workers save it, and prints a table.
Manifests that are kept for an undo are not in it: they have a cap of their own.
"""

import argparse
import sys
import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

from redis import Redis

from demo.parts.redis import RedisProcess
from tests.builders import digest
from tests.samples import KEYS
from workers.core.approval import Approval
from workers.core.audit import Event, Happened
from workers.core.names import RepositoryName, Tag
from workers.core.outcome import Outcome, Result
from workers.core.plan import Plan, Step, Verb
from workers.core.request import Action, Origin, Request, State
from workers.recorder import told
from workers.store import keys
from workers.store.cards import CardRecord
from workers.store.connection import WORKER, connect
from workers.store.ledger import Change
from workers.store.store import Store, utc_now
from workers.store.tasks import next_job

_DAY: Final = timedelta(days=1)
_RITA: Final = "U0RITA0001"
_ADA: Final = "U0ADA00001"
_URL: Final = "https://hooks.slack.com/commands/T0000000000/0000000000000/" + "x" * 24
_LINK: Final = "https://example.slack.com/archives/C0CLEAN001/p1700000000000000"
_TOGETHER: Final = 4
"""Outcomes that are saved at a time, as lanes that end together do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """Bytes for one request: in memory while it is open, once it ended, and after 30 days; and on disk in all."""

    images: int
    open: float
    ended: float
    for_good: float
    disk: float


def plan(images: int) -> Plan:
    steps = tuple(
        Step(
            verb=Verb.DELETE,
            repository=RepositoryName(f"team-{number % 7}/service-{number % 23}"),
            digest=digest(f"image {number}"),
            tags=(Tag(f"2026.03.{number:04}-build"),),
            size=123_456_789,
        )
        for number in range(images)
    )
    return Plan(registry="prod", steps=steps, frees=123_456_789 * images, exact=True)


class Life:
    """One request from its command to its end, saved as the rooms save it."""

    def __init__(self, store: Store, number: int, planned: Plan) -> None:
        self._store = store
        self._plan = planned
        self.id = f"r-{number:08}"

    def until_running(self) -> None:
        now = utc_now()
        targets = tuple(f"{step.repository}:{step.tags[0]}" for step in self._plan.steps)
        asked = Request(
            id=self.id, action=Action.REMOVE, registry="prod", targets=targets, requester=_RITA, created_at=now,
            reason="older than a year, and nobody pulls them", origin=Origin(channel="C0CLEAN001", response_url=_URL),
        )  # fmt: skip
        opened = Event.of(Happened.OPENED, _RITA, action="rm", registry="prod", targets=list(targets))
        self._store.ledger.open([self._with_job(asked, opened)], self.id)
        found = {"steps": len(targets), "frees": self._plan.frees, "exact": True}
        said = Event.of(Happened.PLANNED, fingerprint=self._plan.fingerprint, **found)
        self._change(lambda it: Change(request=it.planned(self._plan, now + _DAY), plan=self._plan, events=[said]))
        self._store.cards.save(
            self.id, CardRecord(channel="C0CLEAN001", ts="1700000000.000000", permalink=_LINK, drawn=2, told=2)
        )
        self._change(self._approved)
        self._change(lambda it: Change(request=it.started(), events=[Event.of(Happened.STARTED, attempt=1)]))

    def _approved(self, request: Request) -> Change:
        now = utc_now()
        approval = Approval(
            request=self.id, registry="prod", fingerprint=self._plan.fingerprint, approvers=(_ADA,), decided_at=now,
            expires_at=now + _DAY, signature="5" * 64,
        )  # fmt: skip
        said = Event.of(Happened.APPROVED, _ADA, fingerprint=self._plan.fingerprint)
        return self._with_job(request.approved(approval), said)

    def until_ended(self) -> None:
        outcomes = [Outcome(step=number, result=Result.DONE, why="") for number in range(len(self._plan.steps))]
        for start in range(0, len(outcomes), _TOGETHER):
            some = outcomes[start : start + _TOGETHER]
            self._store.journal.record(self.id, some, [told(each, self._plan.steps[each.step]) for each in some])
        ended = Event.of(Happened.DONE, done=len(outcomes), freed=None)
        tally = self._store.journal.tally(self.id)
        self._change(lambda it: Change(request=it.progressed(tally).ended(State.DONE, utc_now()), events=[ended]))
        self._store.cards.caught_up(self.id, sys.maxsize)

    def _with_job(self, request: Request, event: Event) -> Change:
        job = next_job(request)
        return Change(request=request, events=[event], jobs=[job] if job else [])

    def _change(self, decide: Any) -> None:
        self._store.ledger.change(self.id, decide)


def cost(images: int, requests: int) -> Cost:
    with tempfile.TemporaryDirectory() as folder, RedisProcess(Path(folder)) as server:
        redis = connect(server.url, WORKER)
        store = Store.open(redis, KEYS)
        planned = plan(images)
        first, *lives = [Life(store, number, planned) for number in range(requests + 1)]
        first.until_running()  # with what Redis and its connections take once and for all
        first.until_ended()
        start, written = settled(redis), int(redis.info("persistence")["aof_current_size"])
        for life in lives:
            life.until_running()
        running = settled(redis)
        for life in lives:
            life.until_ended()
        disk = int(redis.info("persistence")["aof_current_size"]) - written
        ended = settled(redis)
        for key in (name(life.id) for life in lives for name in (keys.plan, keys.outcomes, keys.placeholders)):
            redis.delete(key)
        for_good = settled(redis)
    each = [(now - start) / requests for now in (running, ended, for_good)]
    return Cost(images=images, open=each[0], ended=each[1], for_good=each[2], disk=disk / requests)


def settled(redis: Redis) -> int:
    """Bytes of data once everything that goes by itself within minutes is gone: jobs, marks of transactions."""
    for pattern in ("rq:*", "rc:saved:*", "rc:seen:*", "rc:showing:*"):
        for key in redis.scan_iter(pattern, count=1000):
            redis.delete(key)
    return int(redis.memory_stats()["dataset.bytes"])


def entry(images: int) -> str:
    """What the audit entry of a step takes, in the stream and in its request's list."""
    with tempfile.TemporaryDirectory() as folder, RedisProcess(Path(folder)) as server:
        redis = connect(server.url, WORKER)
        life = Life(Store.open(redis, KEYS), 1, plan(images))
        life.until_running()
        places = (keys.AUDIT, keys.events(life.id))
        before = [int(redis.memory_usage(place, samples=0) or 0) for place in places]
        life.until_ended()
        after = [int(redis.memory_usage(place, samples=0) or 0) for place in places]
    stream, listed = ((now - then) / images for then, now in zip(before, after, strict=True))
    return f"The audit entry of one step takes {stream:,.0f} bytes, and {listed:,.1f} in its request's list."


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--images", type=int, nargs="+", default=[1, 20, 500])
    parser.add_argument("--requests", type=int, default=100)
    given = parser.parse_args(arguments)
    print("| images | while it is open | after its end | after 30 days, for good | written to disk |")
    print("|---|---|---|---|---|")
    for images in given.images:
        found = cost(images, given.requests)
        cells = (f"{value / 1024:,.1f} KiB" for value in (found.open, found.ended, found.for_good, found.disk))
        print(f"| {images:,} | {' | '.join(cells)} |", flush=True)
    print(f"\n{entry(max(given.images))}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
