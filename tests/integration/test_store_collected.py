"""Which collection took what a removal left, and whose cards still have to say so, in a real Redis."""

from dataclasses import replace
from datetime import datetime, timedelta

from tests.samples import NOW, request
from workers.core.outcome import Tally
from workers.core.request import Action, Request, State
from workers.store import collected
from workers.store.collected import MOST_CARDS
from workers.store.store import Store

MINUTE = timedelta(minutes=1)


def removal(name: str, ended_at: datetime, done: int = 1, registry: str = "prod") -> Request:
    return request(id=name, state=State.DONE, ended_at=ended_at, tally=Tally(done=done, failed=1), registry=registry)


def collection(name: str, registry: str = "prod") -> Request:
    return request(id=name, action=Action.COLLECT, targets=(), state=State.RUNNING, registry=registry)


def remove(store: Store, *removals: Request) -> None:
    pipe = store.redis.pipeline()
    for each in removals:
        collected.removed(pipe, each)
    pipe.execute()


def collect(store: Store, name: str, at: datetime, registry: str = "prod") -> Request:
    pipe, done = store.redis.pipeline(), collection(name, registry)
    collected.collected(pipe, done, at)
    pipe.execute()
    return done


def test_the_first_collection_after_it_took_what_was_removed(store: Store) -> None:
    first, second = removal("R-1", NOW), removal("R-2", NOW + 3 * MINUTE)
    remove(store, first, second)
    assert store.collected.by(first) == ""
    collect(store, "C-0", NOW - MINUTE)
    collect(store, "C-1", NOW + MINUTE)
    collect(store, "C-2", NOW + 5 * MINUTE)
    collect(store, "C-3", NOW + 4 * MINUTE, registry="other")
    assert [store.collected.by(each) for each in (first, second)] == ["C-1", "C-2"]


def test_a_collection_collected_once_its_collector_was_told_of(store: Store) -> None:
    assert store.collected.by(collection("C-1")) == ""
    done = collect(store, "C-1", NOW)
    assert store.collected.by(done) == "C-1"
    assert store.collected.by(collection("C-2")) == ""


def test_what_took_nothing_or_goes_on_was_not_collected(store: Store) -> None:
    collect(store, "C-1", NOW + MINUTE)
    assert store.collected.by(removal("R-1", NOW, done=0)) == ""
    assert store.collected.by(replace(removal("R-2", NOW), ended_at=None)) == ""


def test_cards_that_wait_are_those_of_removals_of_the_registry_that_ended_before(store: Store) -> None:
    later = removal("R-2", NOW + 5 * MINUTE)
    nothing, elsewhere = removal("R-3", NOW, done=0), removal("R-4", NOW, registry="other")
    remove(store, removal("R-1", NOW), later, nothing, elsewhere)
    assert store.collected.untold(collection("C-0")) == []
    done = collect(store, "C-1", NOW + MINUTE)
    assert store.collected.untold(done) == ["R-1"]
    store.collected.told("prod", "R-1")
    assert store.collected.untold(done) == []
    assert store.collected.untold(collect(store, "C-2", NOW + 9 * MINUTE)) == ["R-2"]


def test_only_the_newest_cards_wait_and_the_others_are_known_all_the_same(store: Store) -> None:
    removals = [removal(f"R-{number}", NOW + number * MINUTE) for number in range(MOST_CARDS + 5)]
    remove(store, *removals)
    done = collect(store, "C-1", NOW + 100 * MINUTE)
    assert store.collected.untold(done) == [each.id for each in removals[5:]]
    assert store.collected.by(removals[0]) == "C-1"
