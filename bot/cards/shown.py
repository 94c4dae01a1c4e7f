"""Shown: everything that a card, or an overview of several, is drawn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workers.core.outcome import Outcome
from workers.core.plan import Plan
from workers.core.request import Request


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """`outcomes` by step. `collects`: the registry has a way to run garbage collection.

    `has_collected`: this is a collection, and its collector did its work, whatever came after that.
    `links`: the addresses of cards of requests made by the same command, by request id; empty while there is none.
    """

    request: Request
    plan: Plan | None
    outcomes: Mapping[int, Outcome] = field(default_factory=dict)
    approvers: tuple[str, ...] = ()
    collects: bool = False
    has_collected: bool = False
    links: Mapping[str, str] = field(default_factory=dict)

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
