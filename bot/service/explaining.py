"""Explaining: why somebody denied a request, said once and soon after by that person; pure, as deciding is."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeAlias

from bot.cards.view import LONGEST_REASON
from bot.service.deciding import Repeated
from workers.core.audit import Event, Happened
from workers.core.errors import BadInput
from workers.core.request import Request, State
from workers.core.rules import Denial
from workers.store.ledger import Change

Explain: TypeAlias = Callable[[Request], Change | Denial]

_FOR: Final = timedelta(days=1)
"""How long a denial can be explained; after that a thread is the place for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Somebody's words on their own denial; `now` is UTC."""

    actor: str
    why: str
    now: datetime


def explaining(explained: Explained) -> Explain:
    """Put the words beside the denial, and into the audit chain; raises BadInput for none, or too many."""
    why = " ".join(explained.why.split())
    if not why:
        raise BadInput("Say in a few words why you denied it.")
    if len(why) > LONGEST_REASON:
        raise BadInput(f"The reason has {len(why):,} characters; say it in {LONGEST_REASON}.")

    def explain(request: Request) -> Change | Denial:
        denial = may_explain(request, explained.actor, explained.now)
        if denial:
            return Repeated(denial.sentence) if request.note == why and request.decider == explained.actor else denial
        told = Event.of(Happened.EXPLAINED, explained.actor, why=why, to=request.requester)
        return Change(request=request.explained(why), events=[told])

    return explain


def may_explain(request: Request, actor: str, now: datetime) -> Denial | None:
    """Why these words are not taken; nothing when they are."""
    if request.state is not State.DENIED:
        return Denial(f"{request.id} is {request.state.value}; only a denial can be explained.")
    if request.decider != actor:
        return Denial(f"{request.id} was denied by <@{request.decider}>, so only they can say why.")
    if request.note:
        return Denial(f"You said already why {request.id} was denied; add anything else in the thread of its card.")
    if request.ended_at is None or now - request.ended_at > _FOR:
        return Denial(f"{request.id} was denied more than a day ago; say why in the thread of its card.")
    return None
