"""Approvals: their signature binds to everything in them, and keys can be rotated."""

import json
from dataclasses import fields, replace
from datetime import timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import sentences
from tests.samples import APPROVAL, BEN, CAT, DAY, KEYS, NOW
from workers.core.approval import Approval, KeyRing
from workers.core.errors import BadInput, BadRecord, NotAuthentic
from workers.core.plan import canonical

CHANGES: dict[str, Any] = {
    "request": "R-2",
    "registry": "lab",
    "fingerprint": "0" * 64,
    "approvers": (BEN, CAT),
    "decided_at": NOW - DAY,
    "expires_at": NOW + 2 * DAY,
}


@pytest.mark.parametrize(("name", "value"), CHANGES.items(), ids=CHANGES)
def test_a_signature_holds_for_one_approval_alone(name: str, value: Any) -> None:
    signature = KEYS.sign(APPROVAL.message)
    KEYS.verify(APPROVAL.message, signature)
    with pytest.raises(NotAuthentic):
        KEYS.verify(replace(APPROVAL, **{name: value}).message, signature)


def test_every_field_but_the_signature_is_signed() -> None:
    assert {field.name for field in fields(Approval)} == {*CHANGES, "signature"}
    assert replace(APPROVAL, signature="other").message == APPROVAL.message


def test_words_cannot_move_from_one_field_to_the_next() -> None:
    one = replace(APPROVAL, request="R-1", registry="prod")
    other = replace(APPROVAL, request='R-1","registry":"prod', registry="")
    assert one.message != other.message
    assert replace(APPROVAL, approvers=("a,b",)).message != replace(APPROVAL, approvers=("a", "b")).message


OLD, NEW, FOREIGN = b"old", b"new", b"foreign"
ROTATION = {
    "before": (KeyRing((OLD,)), KeyRing((OLD,)), True),
    "the new key is known and not used yet": (KeyRing((OLD,)), KeyRing((OLD, NEW)), True),
    "the new key signs, the old one still holds": (KeyRing((OLD,)), KeyRing((NEW, OLD)), True),
    "the new key signs": (KeyRing((NEW, OLD)), KeyRing((NEW,)), True),
    "a process that was not told of the new key": (KeyRing((NEW, OLD)), KeyRing((OLD,)), False),
    "the old key is gone": (KeyRing((OLD,)), KeyRing((NEW,)), False),
    "somebody else's key": (KeyRing((FOREIGN,)), KeyRing((NEW, OLD)), False),
}


@pytest.mark.parametrize(("signer", "verifier", "holds"), ROTATION.values(), ids=ROTATION)
def test_keys_are_rotated(signer: KeyRing, verifier: KeyRing, holds: bool) -> None:
    signature = signer.sign(b"message")
    if holds:
        verifier.verify(b"message", signature)
    else:
        with pytest.raises(NotAuthentic):
            verifier.verify(b"message", signature)


@given(st.text() | st.sampled_from(["", "é", "\ufffd" * 64, "\ud800", "0" * 64]))
def test_no_other_signature_holds_and_none_does_more_harm_than_that(signature: str) -> None:
    with pytest.raises(NotAuthentic) as caught:
        KEYS.verify(b"message", signature)
    sentences.check(caught.value)


def test_a_signature_in_upper_case_is_another_one() -> None:
    with pytest.raises(NotAuthentic):
        KEYS.verify(b"message", KEYS.sign(b"message").upper())


@pytest.mark.parametrize("keys", [(), (b"",), (b"key", b"")], ids=["none", "empty", "one of two empty"])
def test_there_is_a_key_and_it_is_not_empty(keys: tuple[bytes, ...]) -> None:
    with pytest.raises(BadInput, match="signing key") as caught:
        KeyRing(keys)
    sentences.check(caught.value)


def test_keys_are_not_shown() -> None:
    ring = KeyRing((b"secret", b"older"))
    assert repr(ring) == str(ring) == "KeyRing(2 keys)"


def test_an_approval_comes_back_from_json_as_it_was() -> None:
    zoned = replace(APPROVAL, decided_at=NOW.astimezone(timezone(timedelta(hours=5.75))))
    for each in (APPROVAL, zoned):
        read = Approval.from_json(json.loads(canonical(each.as_json())))
        assert read == each
        assert read.message == each.message


def test_a_time_without_an_offset_is_no_time() -> None:
    with pytest.raises(BadRecord, match="has no offset from UTC") as caught:
        Approval.from_json(APPROVAL.as_json() | {"expires_at": "2026-03-01T12:00:00"})
    sentences.check(caught.value)
