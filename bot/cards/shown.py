"""Shown: everything that a card, or an overview of several, is drawn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workers.core.outcome import Outcome
from workers.core.plan import Plan
from workers.core.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """`outcomes` by step. `collects`: the registry has a way to run garbage collection.

    `collected_by`: the id of the collection that took what this removed; of itself, where it is one and its collector
    did its work, whatever came after that.
    `links`: the addresses of cards of requests that this one names, by request id; empty while there is none.
    """

    request: Request
    plan: Plan | None
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)
    approvers: tuple[str, ...] = ()
    collects: bool = False
    collected_by: str = ""
    links: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_collected(self) -> bool:
        return bool(self.collected_by)

    @property
    def steps(self) -> int:
        return len(self.plan.steps) if self.plan else 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Overview:
    """Requests as one person cares about them, newest first; `links` are their cards' addresses by request id.

    `waiting`: pending ones this person may decide. `own`: asked for by this person. `others`: the remaining open ones.
    """

    waiting: Sequence[Request] = ()
    own: Sequence[Request] = ()
    others: Sequence[Request] = ()
    links: Mapping[str, str] = field(default_factory=dict)
