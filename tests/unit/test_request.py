"""Requests: which transition is allowed from which state, what each sets, and how records are read."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import sentences
from tests.samples import ANN, APPROVAL, BEN, DAY, NOW, PLAN, json_values, moments, pending, request
from workers.core.approval import Approval
from workers.core.errors import BadRecord, NewerRecord, WrongState
from workers.core.outcome import Tally
from workers.core.plan import canonical
from workers.core.request import VERSION, Action, Origin, Request, State
from workers.store import records

LATER = NOW + DAY
PLANNING, PENDING, APPROVED, RUNNING = State.PLANNING, State.PENDING, State.APPROVED, State.RUNNING
WORKING = {PLANNING, APPROVED, RUNNING}

# Every transition: how it is called, from which states it is allowed, and to which state it leads (None: it stays).
TRANSITIONS: Mapping[str, tuple[Callable[[Request], Request], set[State], State | None]] = {
    "planned": (lambda it: it.planned(PLAN, LATER), {PLANNING}, PENDING),
    "refused": (lambda it: it.refused("nothing to do", NOW), {PLANNING}, State.REFUSED),
    "approved": (lambda it: it.approved(APPROVAL), {PENDING}, APPROVED),
    "denied": (lambda it: it.denied(BEN, "not now", NOW), {PENDING}, State.DENIED),
    "explained": (lambda it: it.explained("too new"), {State.DENIED}, None),
    "expired": (lambda it: it.expired(NOW), {PENDING, APPROVED, RUNNING}, State.EXPIRED),
    "cancelled": (lambda it: it.cancelled(ANN, NOW), {PLANNING, PENDING, APPROVED}, State.CANCELLED),
    "cancel soon": (lambda it: it.cancel_soon(ANN), {RUNNING}, None),
    "started": (lambda it: it.started(), {APPROVED, RUNNING}, RUNNING),
    "waiting": (lambda it: it.waiting("Waiting: R-2 is changing prod."), WORKING, None),
    "troubled": (lambda it: it.troubled("The registry does not answer.", LATER), WORKING, None),
    "again": (lambda it: it.again(), WORKING, None),
    "advanced": (lambda it: it.advanced(), WORKING, None),
    "progressed": (lambda it: it.progressed(Tally(done=1)), set(State), None),
    "ended as done": (lambda it: it.ended(State.DONE, NOW), WORKING, State.DONE),
    "ended as failed": (lambda it: it.ended(State.FAILED, NOW), WORKING, State.FAILED),
    "ended as stale": (lambda it: it.ended(State.STALE, NOW), WORKING, State.STALE),
    "ended as cancelled": (lambda it: it.ended(State.CANCELLED, NOW), WORKING, State.CANCELLED),
    "ended as expired": (lambda it: it.ended(State.EXPIRED, NOW), WORKING, State.EXPIRED),
    "ended as pending": (lambda it: it.ended(PENDING, NOW), set(), None),
    "ended as running": (lambda it: it.ended(RUNNING, NOW), set(), None),
    "ended as denied": (lambda it: it.ended(State.DENIED, NOW), set(), None),
    "saved": (lambda it: it.saved(), set(State), None),
}


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("name", TRANSITIONS)
def test_a_transition_is_allowed_from_its_states_and_no_others(name: str, state: State) -> None:
    call, allowed, wanted = TRANSITIONS[name]
    before = request(state=state)
    if state in allowed:
        assert call(before).state is (wanted or state)
    else:
        with pytest.raises(WrongState, match=r"R-1") as caught:
            call(before)
        sentences.check(caught.value)
    assert before == request(state=state)


def test_every_transition_is_in_the_table() -> None:
    methods = {name for name in vars(Request) if not name.startswith("_") and callable(getattr(Request, name))}
    named = {name.split(" as ")[0].replace(" ", "_") for name in TRANSITIONS}
    assert named == methods - {"as_json", "from_json"}


def test_final_states_are_those_nothing_leads_out_of() -> None:
    left = {state for _, allowed, wanted in TRANSITIONS.values() if wanted for state in allowed - {wanted}}
    assert {state for state in State if not state.is_final} == left


def test_planned_binds_to_the_plan_and_starts_counting_anew() -> None:
    made = request(attempt=3, note="waiting").planned(PLAN, LATER)
    assert (made.fingerprint, made.expires_at, made.attempt, made.note) == (PLAN.fingerprint, LATER, 1, "")


def test_approved_keeps_the_approval_and_starts_counting_anew() -> None:
    made = pending(attempt=3).approved(APPROVAL)
    assert (made.approval, made.attempt) == (APPROVAL, 1)


def test_denied_says_by_whom_and_why_and_when() -> None:
    made = pending().denied(BEN, "not now", NOW)
    assert (made.decider, made.note, made.ended_at) == (BEN, "not now", NOW)


def test_a_denial_can_be_explained_afterwards() -> None:
    denied = pending().denied(BEN, "", NOW)
    assert denied.explained("too new") == replace(denied, note="too new")


def test_refused_and_expired_say_when() -> None:
    assert request().refused("nothing to do", NOW).note == "nothing to do"
    assert request().refused("nothing to do", NOW).ended_at == NOW
    assert pending().expired(NOW).ended_at == NOW


def test_cancelled_says_by_whom_at_once_and_after_work() -> None:
    assert pending().cancelled(ANN, NOW).decider == ANN
    asked = request(state=RUNNING).cancel_soon(ANN)
    assert (asked.state, asked.cancelling, asked.decider) == (RUNNING, ANN, "")
    ended = asked.ended(State.CANCELLED, NOW)
    assert (ended.decider, ended.ended_at) == (ANN, NOW)


def test_work_that_was_done_before_the_cancel_was_seen_has_no_decider() -> None:
    assert request(state=RUNNING).cancel_soon(ANN).ended(State.DONE, NOW).decider == ""


def test_ended_keeps_the_note_and_the_bytes() -> None:
    made = request(state=RUNNING).ended(State.FAILED, NOW, "one step failed", 7)
    assert (made.note, made.freed, made.ended_at) == ("one step failed", 7, NOW)


def test_started_forgets_why_it_waited() -> None:
    assert request(state=APPROVED).waiting("Waiting.").started().note == ""


def test_attempts_in_trouble_are_counted_until_one_gets_somewhere() -> None:
    first = request(state=RUNNING).troubled("The registry does not answer.", LATER)
    assert (first.troubles, first.retry_at, first.note) == (1, LATER, "The registry does not answer.")
    second = first.again().troubled("Still not.", LATER)
    assert (second.attempt, second.troubles) == (2, 2)
    assert (second.again().attempt, second.again().retry_at, second.again().troubles) == (3, None, 2)
    assert (second.advanced().attempt, second.advanced().troubles) == (3, 0)
    assert second.waiting("Waiting.").retry_at is None


def test_saved_counts() -> None:
    assert request().saved().saved().revision == 2


texts = st.text(max_size=9)
approvals = st.builds(
    Approval,
    request=texts,
    registry=texts,
    fingerprint=texts,
    approvers=st.lists(texts, max_size=2).map(tuple),
    decided_at=moments,
    expires_at=moments,
    signature=texts,
)
counts = st.integers(0, 10**6)
requests = st.builds(
    Request,
    id=st.from_regex(r"[A-Za-z0-9-]{1,40}", fullmatch=True),
    action=st.sampled_from(Action),
    registry=texts,
    targets=st.lists(texts, max_size=2).map(tuple),
    requester=texts,
    reason=texts,
    origin=st.builds(Origin, channel=texts, response_url=texts, share=st.booleans()),
    accepts_damage=st.booleans(),
    group=st.lists(texts, max_size=2).map(tuple),
    created_at=moments,
    state=st.sampled_from(State),
    attempt=counts,
    fingerprint=st.sampled_from(["", PLAN.fingerprint]),
    expires_at=st.none() | moments,
    approval=st.none() | approvals,
    decider=texts,
    cancelling=texts,
    note=texts,
    troubles=counts,
    retry_at=st.none() | moments,
    tally=st.builds(Tally, done=counts, skipped=counts, failed=counts),
    freed=st.none() | counts,
    ended_at=st.none() | moments,
    revision=counts,
)


def read(data: object) -> Request:
    return records.read(json.dumps(data), Request.from_json, "request R-1")


@given(requests)
def test_a_request_comes_back_from_json_as_it_was(made: Request) -> None:
    assert records.read(canonical(made.as_json()), Request.from_json, "request R-1") == made


RECORD = pending(approval=APPROVAL).as_json()


def test_a_newer_version_is_left_alone() -> None:
    with pytest.raises(NewerRecord, match="The request R-1 was written by a newer regclean; upgrade this process"):
        read(RECORD | {"version": VERSION + 1})


ADDED: dict[str, Any] = {"accepts_damage": False}
"""Fields that older records lack, with what they mean there."""


@pytest.mark.parametrize(("name", "value"), ADDED.items(), ids=ADDED)
def test_a_record_of_before_a_field_was_there_is_read(name: str, value: Any) -> None:
    old = read({key: kept for key, kept in RECORD.items() if key != name})
    assert getattr(old, name) == value
    assert old == pending(approval=APPROVAL)


@pytest.mark.parametrize("name", sorted(RECORD.keys() - ADDED.keys() - {"version"}))  # none means the first
def test_a_record_without_one_of_its_fields_is_damaged(name: str) -> None:
    with pytest.raises(BadRecord, match="damaged") as caught:
        read({key: value for key, value in RECORD.items() if key != name})
    sentences.check(caught.value)


DAMAGED: dict[str, dict[str, Any]] = {
    "a state that is none": {"state": "sleeping"},
    "an action that is none": {"action": "push"},
    "no time": {"created_at": "yesterday"},
    "a time without an offset": {"created_at": "2026-03-01T12:00:00"},
    "an end without an offset": {"ended_at": "2026-03-01T12:00:00"},
    "two counts instead of three": {"tally": [1, 2]},
    "no counts": {"tally": None},
    "an endless number": {"attempt": float("inf")},
    "no number": {"revision": float("nan")},
    "an origin that is text": {"origin": "C0000001"},
    "an approval that is a list": {"approval": [1]},
    "a time that is none in UTC": {"ended_at": "0001-01-01T00:00:00+14:00"},
    "a number that no card has room for": {"attempt": 10**400},
    "no name": {"id": ""},
    "a name that no button has room for": {"id": "R-1" * 1_000},
    "a fingerprint that is none": {"fingerprint": "<!channel>"},
    "a number below zero": {"troubles": -1},
    "counts below zero": {"tally": [0, -1, 0]},
    "bytes that are text": {"freed": "many"},
    "a version that is text": {"version": "1"},
    "no version": {"version": None},
}


@pytest.mark.parametrize("changes", DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_record_is_said_so(changes: dict[str, Any]) -> None:
    with pytest.raises(BadRecord) as caught:
        read(RECORD | changes)
    sentences.check(caught.value)


@given(st.sampled_from(sorted(RECORD)), json_values)
def test_whatever_stands_in_a_field_it_is_read_or_said_to_be_damaged(name: str, value: object) -> None:
    try:
        made = read(RECORD | {name: value})
    except (BadRecord, NewerRecord) as error:
        sentences.check(error)
    else:
        assert read(made.as_json()) == made


def test_an_approval_in_another_request_is_that_approval_still() -> None:
    assert read(RECORD).approval == APPROVAL
    assert replace(APPROVAL, request="R-2").message != APPROVAL.message
