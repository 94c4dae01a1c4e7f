"""Cards, fences and lookups on a real Redis, and what is said when any record there is damaged."""

import zlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests import sentences
from tests.integration.deeds import interrupted, opened, opening, waiting
from tests.samples import ANN, DAY, NOW
from workers.core.audit import Event, Happened
from workers.core.errors import BadRecord
from workers.core.listing import Listing, Query, Row, Shelf
from workers.core.request import Origin
from workers.store import keys, records
from workers.store.cards import CardRecord
from workers.store.fences import Fence
from workers.store.lookups import Lookup
from workers.store.store import Store
from workers.store.tasks import LOOKUP, REPLIES

CARD = CardRecord(
    channel="C0000001",
    ts="1700000000.000100",
    permalink="https://slack.example.com/p1",
    drawn=7,
    told=6,
    posting="2026-03-01T12:00:00+00:00",
    answered="pending",
    trouble="not_in_channel",
    attached=True,
)
FENCE = Fence(registry="prod", request="R-1", since=NOW.isoformat())
LOOKUP_ = Lookup(
    id="L-1",
    asker=ANN,
    origin=Origin(channel="C0000001", response_url="https://hooks.slack.example.com/1", share=True),
    query=Query(registries=("prod", "lab"), repository="app", pattern="1.*"),
)
ROWS = tuple(Row(repository="team/app", tag=f"1.{number}", size=number, created=NOW) for number in range(2000))
LISTING = Listing(shelves=(Shelf(registry="prod", rows=ROWS), Shelf(registry="lab", trouble="It does not answer.")))


def test_a_request_has_no_card_at_first(store: Store) -> None:
    assert store.cards.load("R-1") == CardRecord()


def test_a_card_comes_back_as_it_was_saved(store: Store) -> None:
    store.cards.save("R-1", CARD)
    assert store.cards.load("R-1") == CARD
    changed = CARD.but(drawn=9, posting="")
    store.cards.save("R-1", changed)
    assert store.cards.load("R-1") == changed == replace(CARD, drawn=9, posting="")
    assert store.cards.load("R-2") == CardRecord()


def test_a_card_of_another_version_can_be_read(store: Store) -> None:
    older = {name: value for name, value in CARD.as_json().items() if name != "attached"}
    store.redis.set(keys.card("R-1"), records.write(older | {"not_known_here": 1}))
    assert store.cards.load("R-1") == replace(CARD, attached=False)


def test_a_card_that_caught_up_is_no_longer_behind(store: Store) -> None:
    waiting(store, "R-1")
    opened(store, "R-2")
    assert store.cards.behind() == ("R-1", "R-2")
    store.cards.caught_up("R-1", 2)
    assert store.cards.behind() == ("R-2",)


def test_a_card_that_something_was_told_after_is_still_behind(store: Store) -> None:
    waiting(store)
    store.cards.caught_up("R-1", 1)
    assert store.cards.behind() == ("R-1",)


def test_a_card_of_nothing_told_is_not_behind(store: Store) -> None:
    store.redis.sadd(keys.UNSHOWN, "R-9")
    store.cards.caught_up("R-9", 0)
    assert store.cards.behind() == ()


def test_what_is_told_while_a_card_catches_up_is_not_forgotten(store: Store) -> None:
    opened(store)
    late = interrupted(store, lambda: store.ledger.tell("R-1", [Event.of(Happened.STEP)]))
    late.cards.caught_up("R-1", 1)
    assert store.cards.behind() == ("R-1",)
    store.cards.caught_up("R-1", 2)
    assert store.cards.behind() == ()


def test_a_registry_is_not_fenced_at_first(store: Store) -> None:
    assert store.fences.load("prod") is None


def test_a_fence_stands_until_it_is_lifted(store: Store) -> None:
    store.fences.save(FENCE)
    assert store.fences.load("prod") == FENCE
    running = replace(FENCE.with_collector("pid 7"), alerted=True)
    store.fences.save(running)
    assert store.fences.load("prod") == running
    assert store.redis.ttl(keys.fence("prod")) == -1
    assert store.fences.load("lab") is None
    store.fences.lift(running)
    store.fences.lift(running)
    assert store.fences.load("prod") is None


def test_a_fence_that_was_raised_since_is_not_lifted_by_whoever_knew_the_one_before(store: Store) -> None:
    store.fences.save(FENCE)
    later = replace(FENCE, request="R-2")
    store.fences.save(later)
    store.fences.lift(FENCE)
    assert store.fences.load("prod") == later
    again = replace(later, since=(NOW + DAY).isoformat())
    store.fences.save(again)
    store.fences.lift(later)
    assert store.fences.load("prod") == again


def test_a_question_is_asked_once_with_the_job_that_answers_it(store: Store) -> None:
    assert store.lookups.open(LOOKUP_, "trigger")
    assert not store.lookups.open(replace(LOOKUP_, id="L-2"), "trigger")
    assert store.lookups.load("L-1") == LOOKUP_
    assert store.queues.queue(LOOKUP).get_job_ids() == ["look-L-1-1"]
    assert 3500 < int(store.redis.ttl(keys.lookup("L-1"))) <= 3600


def test_a_question_and_a_request_share_slacks_ids(store: Store) -> None:
    assert store.lookups.open(LOOKUP_, "trigger")
    assert not store.ledger.open([opening()], "trigger")


def test_an_answer_is_kept_small_for_an_hour_and_posted_once(store: Store) -> None:
    store.lookups.open(LOOKUP_, "trigger")
    store.redis.expire(keys.lookup("L-1"), 60)
    store.lookups.answer("L-1", LISTING)
    store.lookups.answer("L-1", Listing())
    assert store.lookups.listing("L-1") == LISTING
    assert store.queues.queue(REPLIES).get_job_ids() == ["answer-L-1-1"]
    assert int(store.redis.hstrlen(keys.lookup("L-1"), "answer")) < len(records.write(LISTING.as_json())) / 10
    assert 3500 < int(store.redis.ttl(keys.lookup("L-1"))) <= 3600


def test_of_two_answers_at_once_one_is_posted(store: Store) -> None:
    store.lookups.open(LOOKUP_, "trigger")
    interrupted(store, lambda: store.lookups.answer("L-1", LISTING)).lookups.answer("L-1", Listing())
    assert store.lookups.listing("L-1") == LISTING
    assert store.queues.queue(REPLIES).get_job_ids() == ["answer-L-1-1"]


def test_of_two_who_ask_with_one_id_of_slacks_at_once_one_is_answered(store: Store) -> None:
    other = replace(LOOKUP_, id="L-2")
    late = interrupted(store, lambda: store.lookups.open(other, "trigger"))
    assert not late.lookups.open(LOOKUP_, "trigger")
    assert store.queues.queue(LOOKUP).get_job_ids() == ["look-L-2-1"]


def test_what_is_older_than_an_hour_is_asked_again(store: Store) -> None:
    store.lookups.open(LOOKUP_, "trigger")
    store.lookups.answer("L-1", LISTING)
    store.redis.pexpire(keys.lookup("L-1"), 0)
    for read in (store.lookups.load, store.lookups.listing):
        with pytest.raises(BadRecord, match=r"^This list is more than an hour old; ask for it again\.$") as caught:
            read("L-1")
        sentences.check(caught.value)


DAMAGED = {
    "no JSON": b"{",
    "no text": b"\xff\xfe",
    "nothing": b"",
    "null": b"null",
    "a list": b"[]",
    "text": b'"text"',
    "nested without end": b"[" * 100_000,
}
RECORDS: dict[str, tuple[str, Callable[[Store], Any]]] = {
    "request R-1": (keys.request("R-1"), lambda store: store.ledger.load("R-1")),
    "plan of R-1": (keys.plan("R-1"), lambda store: store.ledger.plan("R-1")),
    "fence of prod": (keys.fence("prod"), lambda store: store.fences.load("prod")),
    "card of R-1": (keys.card("R-1"), lambda store: store.cards.load("R-1")),
}


EMPTY = {what: record for what, record in RECORDS.items() if what != "card of R-1"}


@pytest.mark.parametrize(("what", "record"), EMPTY.items(), ids=EMPTY)
def test_a_record_that_holds_nothing_is_damaged(
    store: Store, what: str, record: tuple[str, Callable[[Store], Any]]
) -> None:
    key, read = record
    store.redis.set(key, b"{}")
    with pytest.raises(BadRecord, match=f"The {what} in Redis is damaged"):
        read(store)


def test_a_request_under_another_ones_name_is_damaged(store: Store) -> None:
    store.ledger.open([opening()], "trigger")
    store.redis.copy(keys.request("R-1"), keys.request("R-2"))
    with pytest.raises(BadRecord, match="The request R-2 in Redis is damaged"):
        store.ledger.load("R-2")


@pytest.mark.parametrize("value", DAMAGED.values(), ids=DAMAGED)
@pytest.mark.parametrize(("what", "record"), RECORDS.items(), ids=RECORDS)
def test_a_damaged_record_is_named(
    store: Store, what: str, record: tuple[str, Callable[[Store], Any]], value: bytes
) -> None:
    key, read = record
    store.redis.set(key, value)
    with pytest.raises(BadRecord, match=f"The {what} in Redis is damaged; restore Redis from a backup") as caught:
        read(store)
    sentences.check(caught.value)


WRONG: dict[str, tuple[str, dict[str, Any], Callable[[Store], Any]]] = {
    "a card with a count that is none": (
        keys.card("R-1"),
        CARD.as_json() | {"drawn": "many"},
        lambda store: store.cards.load("R-1"),
    ),
    "a plan with a step that is none": (
        keys.plan("R-1"),
        {"registry": "prod", "steps": [{}], "kept": [], "notes": [], "frees": 0, "exact": True, "collection": None},
        lambda store: store.ledger.plan("R-1"),
    ),
    "a plan that is endless": (
        keys.plan("R-1"),
        {
            "registry": "prod",
            "steps": [],
            "kept": [],
            "notes": [],
            "frees": float("inf"),
            "exact": True,
            "collection": None,
        },
        lambda store: store.ledger.plan("R-1"),
    ),
}


@pytest.mark.parametrize(("key", "value", "read"), WRONG.values(), ids=WRONG)
def test_a_record_that_is_wrong_inside_is_damaged_too(
    store: Store, key: str, value: dict[str, Any], read: Callable[[Store], Any]
) -> None:
    store.redis.set(key, records.write(value))
    with pytest.raises(BadRecord, match="in Redis is damaged") as caught:
        read(store)
    sentences.check(caught.value)


@pytest.mark.parametrize("value", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_question_or_answer_is_said_so(store: Store, value: bytes) -> None:
    store.redis.hset(keys.lookup("L-1"), "question", value)
    store.redis.hset(keys.lookup("L-1"), "answer", zlib.compress(value))
    for read in (store.lookups.load, store.lookups.listing):
        with pytest.raises(BadRecord, match="in Redis is damaged") as caught:
            read("L-1")
        sentences.check(caught.value)


def test_an_answer_that_cannot_be_unpacked_is_asked_again(store: Store) -> None:
    store.redis.hset(keys.lookup("L-1"), "answer", b"not packed")
    with pytest.raises(BadRecord, match="The stored list is damaged; ask for it again") as caught:
        store.lookups.listing("L-1")
    sentences.check(caught.value)


def test_a_damaged_list_of_audit_entries_is_said_so(store: Store) -> None:
    opened(store)
    store.redis.rpush(keys.events("R-1"), b"\xfe")
    with pytest.raises(BadRecord, match="The list of audit entries of R-1 in Redis is damaged") as caught:
        store.cards.caught_up("R-1", 5)
    sentences.check(caught.value)


def test_damaged_ids_are_listed_and_not_found(store: Store) -> None:
    store.redis.zadd(keys.OPEN, {b"\xff": 1})
    (damaged,) = store.ledger.open_ids()
    with pytest.raises(BadRecord, match="There is no request") as caught:
        store.ledger.load(damaged)
    sentences.check(caught.value)


@pytest.mark.parametrize("text", ["", "R-1\n<!channel>", "r" * 5000, "\u202eR-1", "\x1b[31m"])
def test_whatever_somebody_types_as_an_id_the_answer_is_one_short_line(store: Store, text: str) -> None:
    for read in (store.ledger.load, store.ledger.plan):
        with pytest.raises(BadRecord) as caught:
            read(text)
        sentences.check(caught.value)
