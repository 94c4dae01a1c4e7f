"""The audit chain in a real Redis: read in order, and verified against everything that can be done to a stream."""

import json
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests import sentences
from tests.integration.deeds import opened, opening, together
from tests.samples import ANN
from workers.core.audit import Event, Happened
from workers.core.errors import BadRecord, NotAuthentic, RegcleanError
from workers.store import keys
from workers.store.store import Store

Entries = list[tuple[str, dict[str, Any]]]


def tell(store: Store, count: int, request_id: str = "R-1") -> None:
    store.ledger.tell(request_id, [Event.of(Happened.STEP, ANN, number=number) for number in range(count)])


def rewrite(store: Store, change: Callable[[Entries], Entries]) -> None:
    """Change the stream as somebody could who can write to Redis."""
    found: Any = store.redis.xrange(keys.AUDIT)
    stored = [(place.decode(), json.loads(fields[b"entry"])) for place, fields in found]
    store.redis.delete(keys.AUDIT)
    for place, entry in change(stored):
        store.redis.xadd(keys.AUDIT, {"entry": json.dumps(entry)}, id=place)


def test_an_empty_chain_is_sound(store: Store) -> None:
    assert store.ledger.chain.verify() == 0
    assert list(store.ledger.chain.all()) == list(store.ledger.chain.of("R-1")) == []


def test_a_long_chain_is_read_whole_and_in_order(store: Store) -> None:
    opened(store, "R-1")
    opened(store, "R-2")
    tell(store, 601)
    tell(store, 2, "R-2")
    tell(store, 601)
    assert store.ledger.chain.verify() == 1206
    assert [entry.sequence for entry in store.ledger.chain.all()] == list(range(1, 1207))
    first = [entry.sequence for entry in store.ledger.chain.of("R-1")]
    assert first == [1, *range(3, 604), *range(606, 1207)]
    assert [entry.sequence for entry in store.ledger.chain.of("R-2")] == [2, 604, 605]
    assert [entry.sequence for entry in store.ledger.chain.of("R-1", after=605)] == list(range(606, 1207))
    assert list(store.ledger.chain.of("R-1", after=1206)) == []


def test_a_chain_that_grows_meanwhile_is_still_sound(store: Store) -> None:
    opened(store)
    verifying = [store.ledger.chain.verify] * 3
    telling: list[Callable[[], object]] = [partial(tell, store, 1) for _ in range(30)]
    counts = together([*telling, *verifying, *telling])
    assert all(1 <= int(str(count)) <= 61 for count in counts[30:33])
    assert store.ledger.chain.verify() == 61


def changed(number: int, **changes: Any) -> Callable[[Entries], Entries]:
    return lambda stored: [
        (place, entry | changes if entry["sequence"] == number else entry) for place, entry in stored
    ]


def replaced(stored: Entries) -> Entries:
    """One entry's content in place of another's, under the other's place in the stream."""
    return [(place, stored[3][1] if number == 2 else entry) for number, (place, entry) in enumerate(stored)]


TAMPERED: dict[str, tuple[Callable[[Entries], Entries], str]] = {
    "who": (changed(3, actor="U0000MAL"), "Audit entry 3 was changed, or one before it was"),
    "what": (changed(3, action="denied"), "Audit entry 3 was changed, or one before it was"),
    "details": (changed(1, details={"targets": []}), "Audit entry 1 was changed, or one before it was"),
    "an entry is gone": (lambda stored: stored[:2] + stored[3:], "jumps from entry 2 to entry 4"),
    "the first is gone": (lambda stored: stored[1:], "jumps from entry 0 to entry 2"),
    "an entry stands in place of another": (replaced, "jumps from entry 2 to entry 4"),
    "an entry was put in": (
        lambda stored: [*stored[:3], ("3-1", stored[2][1]), *stored[3:]],
        "jumps from entry 3 to entry 3",
    ),
    "the last is gone": (lambda stored: stored[:-1], "ends at entry 4, but its head says 5"),
    "all are gone": (lambda _: [], "ends at entry 0, but its head says 5"),
    "one was put at the end": (
        lambda stored: [*stored, ("6-0", stored[4][1] | {"sequence": 6})],
        "goes on after its head",
    ),
}


@pytest.mark.parametrize(("change", "sentence"), TAMPERED.values(), ids=TAMPERED)
def test_what_was_done_to_the_stream_is_found(
    store: Store, change: Callable[[Entries], Entries], sentence: str
) -> None:
    opened(store)
    tell(store, 4)
    assert store.ledger.chain.verify() == 5
    rewrite(store, change)
    with pytest.raises(NotAuthentic, match=sentence) as caught:
        store.ledger.chain.verify()
    sentences.check(caught.value)


def test_a_head_with_another_hash_is_found(store: Store) -> None:
    opened(store)
    store.redis.hset(keys.AUDIT_HEAD, "hash", "0" * 64)
    with pytest.raises(NotAuthentic, match="its head says 1"):
        store.ledger.chain.verify()


HEADS: dict[str, Callable[[Store], Any]] = {
    "gone": lambda store: store.redis.delete(keys.AUDIT_HEAD),
    "behind": lambda store: store.redis.hset(keys.AUDIT_HEAD, "sequence", 4),
    "ahead": lambda store: store.redis.hset(keys.AUDIT_HEAD, "sequence", 6),
    "no number": lambda store: store.redis.hset(keys.AUDIT_HEAD, "sequence", b"\xff"),
    "without a hash": lambda store: store.redis.hdel(keys.AUDIT_HEAD, "hash"),
    "above a stream that is gone": lambda store: store.redis.delete(keys.AUDIT),
    "above a stream with a far end": lambda store: store.redis.xadd(keys.AUDIT, {"entry": "{}"}),
}


@pytest.mark.parametrize("damage", HEADS.values(), ids=HEADS)
def test_on_a_damaged_head_nothing_is_saved_at_all(store: Store, damage: Callable[[Store], Any]) -> None:
    opened(store)
    tell(store, 4)
    damage(store)
    before = {key: store.redis.dump(key) for key in store.redis.keys("r[cq]:*") if key != b"rc:showing:R-1"}
    for save in (lambda: tell(store, 1), lambda: store.ledger.open([opening("R-2")], "trigger")):
        with pytest.raises(BadRecord, match="The head of the audit chain in Redis is damaged") as caught:
            save()
        sentences.check(caught.value)
    after = {key: store.redis.dump(key) for key in store.redis.keys("r[cq]:*") if key != b"rc:showing:R-1"}
    assert after == before


@pytest.mark.parametrize("damage", HEADS.values(), ids=HEADS)
def test_a_damaged_head_is_found(store: Store, damage: Callable[[Store], Any]) -> None:
    opened(store)
    tell(store, 4)
    damage(store)
    with pytest.raises((NotAuthentic, BadRecord)) as caught:
        store.ledger.chain.verify()
    sentences.check(caught.value)


ENTRIES: dict[str, Callable[[Store], Any]] = {
    "gone": lambda store: store.redis.xdel(keys.AUDIT, "3-0"),
    "empty": lambda store: rewrite(store, changed(3, action=None)),
    "of an action that is none": lambda store: rewrite(store, changed(3, action="blessed")),
    "listed under no number": lambda store: store.redis.rpush(keys.events("R-1"), b"\xfe"),
}


@pytest.mark.parametrize("damage", ENTRIES.values(), ids=ENTRIES)
def test_a_damaged_entry_of_a_request_is_said_so(store: Store, damage: Callable[[Store], Any]) -> None:
    opened(store)
    tell(store, 4)
    damage(store)
    with pytest.raises(BadRecord) as caught:
        list(store.ledger.chain.of("R-1"))
    sentences.check(caught.value)


def test_an_entry_that_is_no_json_is_said_so_when_all_are_read(store: Store) -> None:
    opened(store)
    store.redis.xadd(keys.AUDIT, {"entry": b"\xff{"}, id="2-0")
    store.redis.xadd(keys.AUDIT, {"other": "x"}, id="3-0")
    with pytest.raises(RegcleanError, match="The audit entry at 2-0 in Redis is damaged") as caught:
        list(store.ledger.chain.all())
    sentences.check(caught.value)
    store.redis.xdel(keys.AUDIT, "2-0")
    with pytest.raises(BadRecord, match="There is no audit entry at 3-0"):
        list(store.ledger.chain.all())
