"""A process that was not upgraded yet says of what newer ones wrote that it cannot read it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from redis import Redis

from tests import sentences
from tests.upgrade.filling import COLLECTED, SAMPLE
from tests.upgrade.snapshot import Snapshot
from tests.upgrade.world import World
from workers.core.errors import NewerRecord
from workers.core.request import State
from workers.store import keys
from workers.store.anchors import Anchor
from workers.store.store import Store


def newer(stored: Any) -> str:
    return json.dumps(json.loads(stored) | {"version": 99})


def of_string(key: Callable[[Snapshot], str]) -> Callable[[Redis, Snapshot], object]:
    return lambda redis, snapshot: redis.set(key(snapshot), newer(redis.get(key(snapshot))))


def of_hash(key: str, field: str) -> Callable[[Redis, Snapshot], object]:
    return lambda redis, _: redis.hset(key, field, newer(redis.hget(key, field)))


def of_outcome(redis: Redis, snapshot: Snapshot) -> object:
    return of_hash(keys.outcomes(snapshot.requests["running"]), "0")(redis, snapshot)


def of_question(redis: Redis, snapshot: Snapshot) -> object:
    return of_hash(keys.lookup(snapshot.lookups["open"]), "question")(redis, snapshot)


def of_entry(redis: Redis, _: Snapshot) -> object:
    found: Any = redis.xrevrange(keys.AUDIT, count=1)
    redis.xtrim(keys.AUDIT, maxlen=0, approximate=False)
    return redis.xadd(keys.AUDIT, {"entry": newer(found[0][1][b"entry"])}, id="99999-0")


NEWER: dict[str, tuple[Callable[[Redis, Snapshot], object], Callable[[Store, Snapshot], object]]] = {
    "request": (
        of_string(lambda snapshot: keys.request(snapshot.requests["pending"])),
        lambda store, snapshot: store.ledger.load(snapshot.requests["pending"]),
    ),
    "plan": (
        of_string(lambda snapshot: keys.plan(snapshot.requests["pending"])),
        lambda store, snapshot: store.ledger.plan(snapshot.requests["pending"]),
    ),
    "card": (
        of_string(lambda snapshot: keys.card(snapshot.requests["pending"])),
        lambda store, snapshot: store.cards.load(snapshot.requests["pending"]),
    ),
    "fence": (of_string(lambda _: keys.fence(COLLECTED)), lambda store, _: store.fences.load(COLLECTED)),
    "halt": (of_string(lambda _: keys.HALT), lambda store, _: store.anchors.halted()),
    "outcome": (of_outcome, lambda store, snapshot: store.journal.outcomes(snapshot.requests["running"])),
    "question": (of_question, lambda store, snapshot: store.lookups.load(snapshot.lookups["open"])),
    "audit entry": (of_entry, lambda store, _: list(store.ledger.chain.all())),
}


@pytest.mark.parametrize(("change", "read"), NEWER.values(), ids=NEWER)
def test_a_record_of_a_newer_version_is_refused_in_one_sentence(
    snapshot: Snapshot,
    store: Store,
    change: Callable[[Redis, Snapshot], object],
    read: Callable[[Store, Snapshot], object],
) -> None:
    change(store.redis, snapshot)
    with pytest.raises(NewerRecord, match="was written by a newer regclean; upgrade this process") as caught:
        read(store, snapshot)
    sentences.check(caught.value)


def test_an_approved_request_with_a_newer_plan_waits_for_a_newer_worker(going_on: World) -> None:
    """It is no ground to end it: nothing is wrong with it."""
    store, snapshot = going_on.bench.store, going_on.snapshot
    of_string(lambda snapshot: keys.plan(snapshot.requests["approved"]))(store.redis, snapshot)
    with pytest.raises(NewerRecord):
        going_on.work("approved")
    assert going_on.request("approved").state is State.APPROVED
    assert "approved" in going_on.tags(SAMPLE)


def test_a_newer_entry_is_not_taken_for_a_lost_one(store: Store) -> None:
    """Else all work would be halted while processes are upgraded one by one."""
    entries = list(store.ledger.chain.all())
    last = entries[-1]
    store.redis.delete(keys.AUDIT)
    for entry in entries:
        spelt = json.dumps(entry.as_json())
        store.redis.xadd(keys.AUDIT, {"entry": newer(spelt) if entry is last else spelt}, id=f"{entry.sequence}-0")
    assert store.anchors.unborne([Anchor.of(entries[0])]) is None
    with pytest.raises(NewerRecord):
        store.anchors.unborne([Anchor.of(last)])
