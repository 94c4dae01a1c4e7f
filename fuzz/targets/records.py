"""Records as they stand in Redis, where somebody may have written anything."""

import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeAlias

from fuzz import checks
from fuzz.target import Target, chosen, seed
from tests import samples
from workers.core.approval import Approval
from workers.core.audit import Entry, Event, Happened, Head, append
from workers.core.errors import BadRecord, NewerRecord, NotAuthentic
from workers.core.listing import Listing, Query, Row, Shelf
from workers.core.outcome import Outcome, Result, Tally
from workers.core.plan import Plan
from workers.core.request import Origin, Request, State
from workers.core.sealing import sealed
from workers.store import records
from workers.store.cards import CardRecord
from workers.store.fences import Fence
from workers.store.lookups import Lookup, unpacked
from workers.store.queues import SignedJson
from workers.store.standing import Standing

Build: TypeAlias = Callable[[Mapping[str, Any]], Any]

_MOST: Final = 10_000
_QUEUE: Final = SignedJson(samples.KEYS)
_APPROVED: Final = samples.pending(
    state=State.RUNNING, approval=samples.APPROVAL, tally=Tally(done=1), retry_at=samples.NOW, group=("R-1", "R-2")
)
_ROW: Final = Row(
    repository="app", tag="1", digest="sha256:0", size=1, created=samples.NOW, shares=("2",), trouble="odd"
)
LISTING: Final = Listing(shelves=(Shelf(registry="prod", rows=(_ROW,), emptied=("old",)),))
_ENTRY: Final = sealed(
    append(Head(), "R-1", Event.of(Happened.OPENED, samples.ANN, targets=["app:1"], reason="old"), samples.NOW),
    samples.KEYS,
)
PLAN: Final = Plan(registry="prod", steps=samples.PLAN.steps, collection=samples.COLLECTION, kept=samples.PLAN.kept)

_RECORDS: Final[tuple[tuple[Build, Any], ...]] = (
    (Request.from_json, _APPROVED),
    (Plan.from_json, PLAN),
    (Entry.from_json, _ENTRY),
    (Outcome.from_json, Outcome(step=1, result=Result.SKIPPED, why="it moved")),
    (CardRecord.from_json, CardRecord(channel="C1", ts="1.2", permalink="https://a/b", drawn=3, told=2)),
    (
        Lookup.from_json,
        Lookup(id="l-1", asker="U1", origin=Origin(channel="C1"), query=Query(registries=("prod",), pattern="1*")),
    ),
    (Fence.from_json, Fence(registry="prod", request="R-1", since=samples.NOW.isoformat(), collector="pid 1")),
    (Listing.from_json, LISTING),
    (Approval.from_json, samples.APPROVAL),
    (Standing.from_json, Standing("prod", "U1")),
)


def _record(build: Build, stored: bytes) -> None:
    try:
        found = records.read(stored, build, "record")
    except (BadRecord, NewerRecord) as error:
        checks.said(error)
        return
    again = records.write(found.as_json())
    assert records.write(records.read(again, build, "record").as_json()) == again


def _packed(stored: bytes) -> None:
    """A list as it is stored, and one that was made to fill the memory."""
    for content in (stored, zlib.compress(stored)):
        try:
            assert len(unpacked(content, _MOST)) <= _MOST
        except BadRecord as error:
            checks.said(error)


def _job(stored: bytes) -> None:
    try:
        _QUEUE.loads(stored)
    except NotAuthentic as error:
        checks.said(error)
    else:
        signature, _, body = stored.partition(b".")
        assert samples.KEYS.sign(body).encode() == signature


_KINDS: Final[tuple[Callable[[bytes], None], ...]] = (
    *((lambda stored, build=build: _record(build, stored)) for build, _ in _RECORDS),
    _packed,
    _job,
)


def run(data: bytes) -> None:
    kind, stored = chosen(data, _KINDS)
    kind(stored)


_PACKED, _JOB = len(_RECORDS), len(_RECORDS) + 1
TARGET: Final = Target(
    holds="one short sentence that refuses it, or a record that can be written and read again unchanged",
    run=run,
    seeds=(
        *(seed(kind, json.dumps(each.as_json())) for kind, (_, each) in enumerate(_RECORDS)),
        seed(_PACKED, zlib.compress(records.write(LISTING.as_json()))),
        seed(_PACKED, zlib.compress(b"0" * 100_000)),
        seed(_JOB, _QUEUE.dumps(["workers.jobs.look", None, ["L-1"], {}])),
        seed(_JOB, b"." + b"{}"),
    ),
    longest=2048,
    words=(
        "version",
        "1e400",
        "NaN",
        "null",
        "-1",
        "9" * 400,
        "2026-03-01T12:00:00+00:00",
        "0001-01-01T00:00:00+14:00",
    ),
    of_json=True,
)
