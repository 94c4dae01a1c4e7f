"""Audit: a chain of entries in which nothing can be changed, left out, put in, or moved without being seen."""

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import sentences
from tests.samples import ANN, NOW, json_values
from workers.core.audit import SYSTEM, Entry, Event, Happened, Head, append, verify
from workers.core.errors import NotAuthentic
from workers.core.plan import canonical


def chain(count: int) -> list[Entry]:
    entries: list[Entry] = []
    for number in range(count):
        head = entries[-1].head if entries else Head()
        entries.append(append(head, f"R-{number % 3}", Event.of(Happened.STEP, ANN, step=number), NOW))
    return entries


CHAIN = chain(5)
HEAD = CHAIN[-1].head


def test_an_untouched_chain_has_as_many_entries_as_were_appended() -> None:
    assert verify(CHAIN, HEAD) == 5
    assert verify([], Head()) == 0


def test_entries_are_numbered_from_one_and_hold_the_hash_of_the_one_before() -> None:
    assert [entry.sequence for entry in CHAIN] == [1, 2, 3, 4, 5]
    assert [entry.previous for entry in CHAIN] == [Head().hash, *(entry.hash for entry in CHAIN[:-1])]


def test_who_did_it_is_a_person_or_regclean_itself() -> None:
    assert Event.of(Happened.DONE).actor == SYSTEM
    assert append(Head(), "R-1", Event.of(Happened.APPROVED, ANN), NOW).actor == ANN


def rehashed(entry: Entry) -> Entry:
    return replace(entry, hash=entry.hashed())


CHANGED: dict[str, Callable[[Entry], Entry]] = {
    "when": lambda entry: replace(entry, at="2026-03-01T12:00:01+00:00"),
    "who": lambda entry: replace(entry, actor="U0000MAL"),
    "which request": lambda entry: replace(entry, request="R-9"),
    "what": lambda entry: replace(entry, action=Happened.DENIED),
    "details": lambda entry: replace(entry, details={}),
    "the hash of the one before": lambda entry: replace(entry, previous="0" * 64),
    "its own hash": lambda entry: replace(entry, hash="0" * 64),
}


@pytest.mark.parametrize("change", CHANGED.values(), ids=CHANGED)
@pytest.mark.parametrize("place", [1, 4])
def test_a_changed_entry_is_found(change: Callable[[Entry], Entry], place: int) -> None:
    entries = [*CHAIN[:place], change(CHAIN[place]), *CHAIN[place + 1 :]]
    with pytest.raises(NotAuthentic, match=f"Audit entry {place + 1} was changed, or one before it was") as caught:
        verify(entries, HEAD)
    sentences.check(caught.value)


def test_a_changed_entry_with_a_fitting_hash_is_found_at_the_next_or_at_the_head() -> None:
    forged = rehashed(CHANGED["who"](CHAIN[2]))
    with pytest.raises(NotAuthentic, match="Audit entry 4 was changed, or one before it was"):
        verify([*CHAIN[:2], forged, *CHAIN[3:]], HEAD)
    with pytest.raises(NotAuthentic, match="ends at entry 3, but its head says 3"):
        verify([*CHAIN[:2], forged], CHAIN[2].head)


DAMAGED = {
    "the first removed": (CHAIN[1:], "jumps from entry 0 to entry 2"),
    "one removed": (CHAIN[:2] + CHAIN[3:], "jumps from entry 2 to entry 4"),
    "one twice": ([*CHAIN[:3], CHAIN[2], *CHAIN[3:]], "jumps from entry 3 to entry 3"),
    "two swapped": ([CHAIN[0], CHAIN[2], CHAIN[1], *CHAIN[3:]], "jumps from entry 1 to entry 3"),
    "the last removed": (CHAIN[:-1], "ends at entry 4, but its head says 5"),
    "all removed": ([], "ends at entry 0, but its head says 5"),
    "one put in": (
        [*CHAIN[:2], append(CHAIN[1].head, "R-9", Event.of(Happened.DONE), NOW), *CHAIN[2:]],
        "jumps from entry 3 to entry 3",
    ),
    "one put in place of another": (
        [*CHAIN[:2], append(CHAIN[1].head, "R-9", Event.of(Happened.DONE), NOW), *CHAIN[3:]],
        "Audit entry 4 was changed, or one before it was",
    ),
    "one put at the end": (
        [*CHAIN, append(HEAD, "R-9", Event.of(Happened.DONE), NOW)],
        "ends at entry 6, but its head says 5",
    ),
}


@pytest.mark.parametrize(("entries", "sentence"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_chain_is_found(entries: list[Entry], sentence: str) -> None:
    with pytest.raises(NotAuthentic, match=sentence) as caught:
        verify(entries, HEAD)
    sentences.check(caught.value)


def test_a_head_with_another_hash_is_found() -> None:
    with pytest.raises(NotAuthentic, match="its head says 5"):
        verify(CHAIN, replace(HEAD, hash="0" * 64))


numbers = st.dictionaries(st.integers(0, 20), st.text(max_size=3), max_size=5)


@given(st.dictionaries(st.text(max_size=5), json_values | numbers | st.tuples(st.integers()), max_size=4))
def test_whatever_the_details_are_the_hash_still_holds_after_json(details: dict[str, object]) -> None:
    entry = append(Head(), "R-1", Event(action=Happened.STEP, details=details), NOW)
    read = Entry.from_json(json.loads(canonical(entry.as_json())))
    assert read.hashed() == read.hash == entry.hash
    assert verify([read], entry.head) == 1
