"""Rules: who may decide on what. A refusal is not an error: a rule returns a Denial with a sentence, or nothing."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from workers.core.request import Request, State

_NAMED: Final = 8
"""How many people a refusal names."""


@dataclass(frozen=True, slots=True)
class Denial:
    """A refusal in one sentence for the person who was refused."""

    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """Someone's wish to decide: who, on which fingerprint as shown on the card, when, and who may."""

    actor: str
    fingerprint: str
    now: datetime
    approvers: tuple[str, ...]


def is_pending(request: Request, click: Click) -> Denial | None:
    """Only a pending request can be decided."""
    del click
    if request.state is State.PENDING:
        return None
    if request.approval:
        return Denial(f"{request.id} was already approved by {_mentions(request.approval.approvers)}.")
    if request.state is State.PLANNING:
        return Denial(f"{request.id} is still being planned; there is nothing to decide yet.")
    return Denial(f"{request.id} is {request.state.value}; there is nothing left to decide.")


def is_an_approver(request: Request, click: Click) -> Denial | None:
    """Only configured approvers decide."""
    if click.actor in click.approvers:
        return None
    whom = _mentions(click.approvers) or "whoever runs regclean to name one"
    return Denial(f"You are not an approver for {request.registry}; ask {whom}.")


def is_not_the_requester(request: Request, click: Click) -> Denial | None:
    """Four eyes: nobody approves what they asked for."""
    if click.actor != request.requester:
        return None
    return Denial("You asked for this, so someone else has to decide; you can cancel it.")


def is_what_was_shown(request: Request, click: Click) -> Denial | None:
    """The card that was clicked shows the plan that is stored."""
    if click.fingerprint == request.fingerprint:
        return None
    return Denial("The plan changed after this card was shown; look at the current card and decide again.")


def is_in_time(request: Request, click: Click) -> Denial | None:
    """A pending request can be decided until it expires."""
    if request.expires_at is None or click.now < request.expires_at:
        return None
    return Denial(f"{request.id} has expired; ask for it again.")


RULES: Final[Mapping[str, Callable[[Request, Click], Denial | None]]] = {
    "the request is pending": is_pending,
    "the person is an approver": is_an_approver,
    "the person is not the requester": is_not_the_requester,
    "the plan is the one shown": is_what_was_shown,
    "the request has not expired": is_in_time,
}


def _mentions(people: Sequence[str]) -> str:
    shown = [f"<@{person}>" for person in people[:_NAMED]]
    more = [f"{len(people) - _NAMED} more"] if len(people) > _NAMED else []
    return ", ".join(shown + more)


def judge(request: Request, click: Click) -> Denial | None:
    """The first rule's refusal, or None when all agree."""
    denials = (rule(request, click) for rule in RULES.values())
    return next((denial for denial in denials if denial), None)
