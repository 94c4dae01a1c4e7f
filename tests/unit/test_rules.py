"""Rules: who may click what, as a table, and what the refused are told."""

from dataclasses import replace

import pytest

from tests import sentences
from tests.samples import ANN, APPROVAL, BEN, CAT, DAY, NOW, PLAN, pending
from workers.core.request import Request, State
from workers.core.rules import RULES, Click, Denial, judge

CLICK = Click(actor=BEN, fingerprint=PLAN.fingerprint, now=NOW, approvers=(BEN, CAT))

ALLOWED = {
    "an approver": (pending(), CLICK),
    "another approver": (pending(), replace(CLICK, actor=CAT)),
    "the only approver": (pending(), replace(CLICK, approvers=(BEN,))),
    "in the last moment": (pending(expires_at=NOW + DAY), replace(CLICK, now=NOW + DAY - DAY / 86_400)),
    "when nothing expires": (pending(expires_at=None), replace(CLICK, now=NOW + 999 * DAY)),
}
TOLD = "You are not an approver for prod; ask <@U0000BEN>, <@U0000CAT>."
DENIED = {
    "somebody": (pending(), replace(CLICK, actor="U0000DAN"), TOLD),
    "the requester, who is no approver": (pending(), replace(CLICK, actor=ANN), TOLD),
    "the requester, who is an approver": (
        pending(),
        replace(CLICK, actor=ANN, approvers=(ANN, BEN)),
        "You asked for this, so someone else has to decide; you can cancel it.",
    ),
    "an approver whose id is only like one's": (pending(), replace(CLICK, actor=BEN.lower()), TOLD),
    "when nobody is an approver": (
        pending(),
        replace(CLICK, approvers=()),
        "You are not an approver for prod; ask whoever runs regclean to name one.",
    ),
    "on an old card": (
        pending(),
        replace(CLICK, fingerprint="0" * 64),
        "The plan changed after this card was shown; look at the current card and decide again.",
    ),
    "too late by nothing": (pending(), replace(CLICK, now=NOW + DAY), "R-1 has expired; ask for it again."),
    "too late": (pending(), replace(CLICK, now=NOW + 2 * DAY), "R-1 has expired; ask for it again."),
    "after somebody approved": (
        pending(state=State.APPROVED, approval=APPROVAL),
        replace(CLICK, actor=CAT),
        "R-1 was already approved by <@U0000BEN>.",
    ),
    "after somebody approved and it was done": (
        pending(state=State.DONE, approval=APPROVAL),
        CLICK,
        "R-1 was already approved by <@U0000BEN>.",
    ),
    "after two approved": (
        pending(state=State.RUNNING, approval=replace(APPROVAL, approvers=(BEN, CAT))),
        CLICK,
        "R-1 was already approved by <@U0000BEN>, <@U0000CAT>.",
    ),
    "after it was denied": (pending(state=State.DENIED), CLICK, "R-1 is denied; there is nothing left to decide."),
    "before it is planned": (
        pending(state=State.PLANNING),
        CLICK,
        "R-1 is still being planned; there is nothing to decide yet.",
    ),
}


@pytest.mark.parametrize(("request_", "click"), ALLOWED.values(), ids=ALLOWED)
def test_may_decide(request_: Request, click: Click) -> None:
    assert judge(request_, click) is None


@pytest.mark.parametrize(("request_", "click", "sentence"), DENIED.values(), ids=DENIED)
def test_may_not_decide_and_is_told_why(request_: Request, click: Click, sentence: str) -> None:
    assert judge(request_, click) == Denial(sentence)
    sentences.check_text(sentence)


@pytest.mark.parametrize("state", [state for state in State if state is not State.PENDING])
def test_only_a_pending_request_is_decided(state: State) -> None:
    assert judge(pending(state=state), CLICK)


def test_what_is_told_stays_short_however_many_approvers_there_are() -> None:
    many = tuple(f"U{number:010}" for number in range(50))
    denial = judge(pending(), replace(CLICK, approvers=many))
    assert denial
    sentences.check_text(denial.sentence)
    assert denial.sentence.endswith(f"<@{many[7]}>, 42 more.")


def test_every_rule_alone_lets_the_right_person_pass() -> None:
    assert [name for name, rule in RULES.items() if rule(pending(), CLICK)] == []
