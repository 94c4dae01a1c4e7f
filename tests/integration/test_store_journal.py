"""The journal on a real Redis: outcomes with their audit entries, throw-away manifests, and what an undo would need."""

from functools import partial

import pytest

from tests import sentences
from tests.builders import digest
from tests.integration.deeds import opened, story, together
from workers.core.audit import Event, Happened
from workers.core.errors import BadRecord
from workers.core.outcome import Outcome, Result, Tally
from workers.store import journal, keys
from workers.store.journal import Saved
from workers.store.records import text
from workers.store.store import Store


def outcome(step: int, result: Result = Result.DONE, why: str = "") -> Outcome:
    return Outcome(step=step, result=result, why=why)


def told(step: int) -> Event:
    return Event.of(Happened.STEP, step=step)


def saved(word: str, size: int = 100, registry: str = "prod") -> Saved:
    body = word.encode().ljust(size, b" ")
    return Saved(
        registry=registry, reference=f"app@{digest(word)}", media_type="application/json", tags=("1", "2"), body=body
    )


def kept(store: Store) -> dict[str, int]:
    """The bytes kept for each reference."""
    found = {}
    for key in store.redis.keys("rc:undo:prod/*"):
        found[text(key).removeprefix("rc:undo:prod/")] = int(store.redis.hstrlen(key, "body"))
    return found


def test_nothing_was_done_yet(store: Store) -> None:
    assert store.journal.outcomes("R-1") == {}
    assert store.journal.tally("R-1") == Tally()
    assert store.journal.placeholders("R-1") == {}


def test_outcomes_are_saved_with_their_audit_entries(store: Store) -> None:
    opened(store)
    moved = outcome(1, Result.SKIPPED, "moved since approval")
    store.journal.record("R-1", [outcome(0), moved], [told(0), told(1)])
    store.journal.record("R-1", [outcome(2, Result.FAILED, "the registry said 500")], [told(2)])
    assert store.journal.outcomes("R-1")[1] == moved
    assert sorted(store.journal.outcomes("R-1")) == [0, 1, 2]
    assert store.journal.tally("R-1") == Tally(done=1, skipped=1, failed=1)
    assert story(store) == ["opened", "step", "step", "step"]
    assert store.ledger.chain.verify() == 4


def test_a_step_that_two_attempts_end_keeps_its_first_outcome_and_is_told_once(store: Store) -> None:
    opened(store)
    store.journal.record("R-1", [outcome(0, Result.GONE)], [told(0)])
    store.journal.record("R-1", [outcome(0), outcome(1)], [told(0), told(1)])
    store.journal.record("R-1", [outcome(1, Result.GONE)], [told(1)])
    assert store.journal.outcomes("R-1") == {0: outcome(0, Result.GONE), 1: outcome(1)}
    assert story(store) == ["opened", "step", "step"]


def test_requests_have_journals_of_their_own(store: Store) -> None:
    opened(store, "R-1")
    opened(store, "R-2")
    store.journal.record("R-1", [outcome(0)], [told(0)])
    store.journal.announce("R-1", 1, digest("empty"))
    assert (store.journal.outcomes("R-2"), store.journal.placeholders("R-2")) == ({}, {})


def test_a_throw_away_manifest_is_known_until_its_step_has_an_outcome(store: Store) -> None:
    opened(store)
    store.journal.announce("R-1", 0, digest("empty"))
    store.journal.announce("R-1", 3, digest("other"))
    assert store.journal.placeholders("R-1") == {0: digest("empty"), 3: digest("other")}
    store.journal.announce("R-1", 0, digest("again"))
    assert store.journal.placeholders("R-1")[0] == digest("again")
    store.journal.record("R-1", [outcome(0)], [told(0)])
    assert store.journal.placeholders("R-1") == {3: digest("other")}


def test_a_deleted_manifest_is_kept_whole_for_fourteen_days(store: Store) -> None:
    store.journal.keep([saved("one")])
    key = keys.undo("prod", f"app@{digest('one')}")
    assert store.redis.hgetall(key) == {
        b"media_type": b"application/json",
        b"tags": b"1 2",
        b"body": b"one".ljust(100, b" "),
    }
    assert journal.UNDO_KEPT - 60 < int(store.redis.ttl(key)) <= journal.UNDO_KEPT
    assert journal.UNDO_KEPT == 14 * 24 * 3600


def test_a_body_that_is_no_text_is_kept_as_it_is(store: Store) -> None:
    body = bytes(range(256))
    binary = Saved(registry="prod", reference="app@x", media_type="", tags=(), body=body)
    store.journal.keep([binary])
    assert store.redis.hget(keys.undo("prod", "app@x"), "body") == body


def test_the_oldest_make_room_when_the_cap_is_reached(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "UNDO_CAP", 350)
    for word in ("one", "two", "three"):
        store.journal.keep([saved(word)])
    assert len(kept(store)) == 3
    store.journal.keep([saved("four")])
    assert set(kept(store)) == {f"app@{digest(word)}" for word in ("two", "three", "four")}
    store.journal.keep([saved("five", 250)])
    assert set(kept(store)) == {f"app@{digest(word)}" for word in ("four", "five")}
    assert int(store.redis.get(keys.UNDO_TOTAL) or 0) == sum(kept(store).values()) == 350


def test_several_kept_at_once_stay_within_the_cap(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "UNDO_CAP", 350)
    store.journal.keep([saved(str(number)) for number in range(10)])
    assert set(kept(store)) == {f"app@{digest(str(number))}" for number in (7, 8, 9)}


def test_one_that_is_larger_than_the_cap_is_not_kept(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "UNDO_CAP", 350)
    store.journal.keep([saved("one", 351)])
    assert kept(store) == {}
    assert int(store.redis.get(keys.UNDO_TOTAL) or 0) == 0


def test_keeping_nothing_does_nothing(store: Store) -> None:
    store.journal.keep([])
    assert store.redis.dbsize() == 0


def test_workers_that_keep_at_once_stay_within_the_cap(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "UNDO_CAP", 1000)
    together([partial(store.journal.keep, [saved(f"{worker} {number}")]) for worker in range(8) for number in range(5)])
    assert int(store.redis.get(keys.UNDO_TOTAL) or 0) == sum(kept(store).values()) <= 1000
    assert len(kept(store)) == 10


DAMAGE = {
    "an outcome that is no JSON": (keys.outcomes("R-1"), "0", b"\xff{"),
    "an outcome without a result": (keys.outcomes("R-1"), "0", b'{"step":0,"why":""}'),
    "an outcome that is none": (keys.outcomes("R-1"), "0", b'{"step":0,"why":"","result":"perhaps"}'),
    "an outcome of no step": (keys.outcomes("R-1"), "0", b'{"step":"x","why":"","result":"done"}'),
    "a throw-away manifest of no step": (keys.placeholders("R-1"), "x", str(digest("a"))),
    "a throw-away manifest without a digest": (keys.placeholders("R-1"), "0", b"\xfe"),
}


@pytest.mark.parametrize(("key", "field", "value"), DAMAGE.values(), ids=DAMAGE)
def test_damaged_values_are_said_so(store: Store, key: str, field: str, value: bytes | str) -> None:
    store.redis.hset(key, field, value)
    read = store.journal.outcomes if "outcome" in key else store.journal.placeholders
    with pytest.raises(
        BadRecord, match=r"(of R-1|A number) in Redis is damaged; restore Redis from a backup"
    ) as caught:
        read("R-1")
    sentences.check(caught.value)


def test_a_damaged_entry_among_the_saved_manifests_is_passed_over(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "UNDO_CAP", 150)
    store.journal.keep([saved("one")])
    store.redis.rpush(keys.UNDO_SIZES, "many rc:undo:prod/x")
    store.journal.keep([saved("two")])
    assert set(kept(store)) == {f"app@{digest('two')}"}
