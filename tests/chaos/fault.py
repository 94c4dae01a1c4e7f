"""Fault: one kind of trouble, by name: which work it meets, what happens, and how the request may end because of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from workers.core.request import State

if TYPE_CHECKING:
    from tests.chaos.stage import Stage

REMOVE, COLLECT, PLAN = "remove", "collect", "plan"
SOON = 5
"""Up to which passage of a point a fault may wait; drawn from the run's seed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """What the launcher does: `nth` is drawn up to this number. `of`: the process that it is built into."""

    point: str
    of: str = "worker clean"
    deed: str = "kill"
    parent: bool = False
    nth: int = 1
    seconds: float = 0.0


def killed(point: str, *, parent: bool = False, nth: int = 1, of: str = "worker clean") -> Strike:
    return Strike(point=point, parent=parent, nth=nth, of=of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """`strikes` come from within; `act` is done from outside as soon as the work is under way.

    `ends`: the states the request may end in. `within`: seconds from the trouble's end to progress. `versions`: where
    it can happen. `settings` changes the registry's configuration; `collector` is what the slow collector is told.
    `fake_clock` lets the processes' clock be set. `lasts`: seconds for which the approval is good. `pause`: seconds by
    which each write takes longer.
    """

    work: str = REMOVE
    strikes: tuple[Strike, ...] = ()
    act: "Callable[[Stage], None] | None" = None
    before: "Callable[[Stage], None] | None" = None
    ends: frozenset[State] = frozenset({State.DONE})
    within: float = 30.0
    versions: tuple[str, ...] = ("2.8.2", "3.1.1")
    workers: int = 1
    sweepers: int = 1
    settings: Mapping[str, Any] = field(default_factory=dict)
    collector: tuple[str, ...] = ("2.5",)
    lasts: float = 86_400.0
    pause: float = 0.06
    fake_clock: bool = False
