"""Deciding: what a click comes to, judged by the rules; pure, so that it can run again when somebody came between."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TypeAlias

from bot.wording import enumerated
from workers.core import rules
from workers.core.approval import Approval, KeyRing
from workers.core.audit import Event, Happened
from workers.core.request import Request, State
from workers.core.rules import Click, Denial
from workers.store.ledger import Change
from workers.store.tasks import next_job

Decide: TypeAlias = Callable[[Request], Change | Denial]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clicked:
    """Somebody's decision on a request, as shown to them with this fingerprint."""

    request_id: str
    fingerprint: str
    actor: str
    yes: bool
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Repeated(Denial):
    """What somebody did already, once more; Slack delivers a click twice now and then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Authority:
    """Who may decide, for how long an approval holds, and what signs it; `now` is UTC."""

    approvers: tuple[str, ...]
    expiry: timedelta
    keys: KeyRing
    now: datetime


def deciding(clicked: Clicked, authority: Authority) -> Decide:
    """Approve or deny, if every rule agrees."""
    click = Click(
        actor=clicked.actor, fingerprint=clicked.fingerprint, now=authority.now, approvers=authority.approvers
    )

    def decide(request: Request) -> Change | Denial:
        denial = _decided_already(request, clicked) or rules.judge(request, click)
        if denial:
            return denial
        return _approve(request, click, authority) if clicked.yes else _deny(request, clicked, authority.now)

    return decide


def _decided_already(request: Request, clicked: Clicked) -> Denial | None:
    """Name who was faster."""
    if request.approval and clicked.yes and clicked.actor in request.approval.approvers:
        return Repeated(f"You approved {request.id} already.")
    if request.state is State.DENIED:
        kind = Repeated if request.decider == clicked.actor and not clicked.yes else Denial
        return kind(f"{request.id} was already denied by <@{request.decider}>.")
    if request.state is State.CANCELLED:
        return Denial(f"{request.id} was already cancelled by <@{request.decider}>.")
    return None


def _approve(request: Request, click: Click, authority: Authority) -> Change:
    unsigned = Approval(
        request=request.id,
        registry=request.registry,
        fingerprint=request.fingerprint,
        approvers=(click.actor,),
        decided_at=click.now,
        expires_at=click.now + authority.expiry,
    )
    approval = replace(unsigned, signature=authority.keys.sign(unsigned.message))
    approved = request.approved(approval)
    told = Event.of(
        Happened.APPROVED,
        click.actor,
        fingerprint=approval.fingerprint,
        expires_at=approval.expires_at.isoformat(),
    )
    job = next_job(approved)
    return Change(request=approved, events=[told], jobs=[job] if job else [])


def _deny(request: Request, clicked: Clicked, now: datetime) -> Change:
    told = Event.of(Happened.DENIED, clicked.actor, why=clicked.reason)
    return Change(request=request.denied(clicked.actor, clicked.reason, now), events=[told])


def cancelling(actor: str, authority: Authority) -> Decide:
    """Cancel at once, or before the next step where work has begun; the requester may, and every approver."""

    def decide(request: Request) -> Change | Denial:
        denial = _may_cancel(request, actor, authority.approvers)
        if denial:
            return denial
        if request.state is State.RUNNING:
            return Change(request=request.cancel_soon(actor), events=[Event.of(Happened.CANCELLING, actor)])
        return Change(request=request.cancelled(actor, authority.now), events=[Event.of(Happened.CANCELLED, actor)])

    return decide


def _may_cancel(request: Request, actor: str, approvers: tuple[str, ...]) -> Denial | None:
    if actor != request.requester and actor not in approvers:
        people = enumerated([f"<@{each}>" for each in dict.fromkeys((request.requester, *approvers))], "or")
        return Denial(f"{request.id} is not yours to cancel; ask {people}.")
    if request.state.is_final:
        kind = Repeated if request.state is State.CANCELLED and request.decider == actor else Denial
        return kind(f"{request.id} is {request.state.value} already; there is nothing left to cancel.")
    if request.cancelling:
        kind = Repeated if request.cancelling == actor else Denial
        return kind(f"{request.id} is being cancelled already, as <@{request.cancelling}> asked.")
    return None
