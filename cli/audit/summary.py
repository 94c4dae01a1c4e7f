"""Summary: one request in short, as its audit entries alone tell it, however long ago its plan was forgotten."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final, Self

from cli.audit.period import Period
from workers.core.audit import SYSTEM, Entry, Happened
from workers.core.moment import moment
from workers.core.outcome import Result
from workers.core.request import State
from workers.store.history import History, told_at

_STATES: Final[Mapping[Happened, State]] = {
    Happened.PLANNED: State.PENDING,
    Happened.REFUSED: State.REFUSED,
    Happened.APPROVED: State.APPROVED,
    Happened.DENIED: State.DENIED,
    Happened.EXPIRED: State.EXPIRED,
    Happened.CANCELLED: State.CANCELLED,
    Happened.STARTED: State.RUNNING,
    Happened.RESUMED: State.RUNNING,
    Happened.STALE: State.STALE,
    Happened.DONE: State.DONE,
    Happened.FAILED: State.FAILED,
}
_DECISIONS: Final = frozenset({Happened.APPROVED, Happened.DENIED})
_CANCELLING: Final = frozenset({Happened.CANCELLING, Happened.CANCELLED})
_COUNTED: Final[Mapping[str, str]] = {
    Result.DONE: "done",
    Result.GONE: "done",
    Result.UNTAGGED: "done",
    Result.SKIPPED: "skipped",
    Result.FAILED: "failed",
}
# Processes on several hosts write to the chain, and their clocks may differ, but not by that much.
_SKEW: Final = timedelta(hours=1)
# The bot takes an explanation for a day.
_EXPLAINED: Final = timedelta(days=1) + _SKEW


@dataclass(slots=True, kw_only=True)
class Summary:
    """`decider` approved or denied it. `frees` is what was planned and `freed` what was measured, in bytes.

    `steps` were planned; `done`, `skipped` and `failed` count how they ended. `named`: every image that was asked for,
    or that a step was about, as `REPOSITORY:TAG` or `REPOSITORY@DIGEST`. Times are as stored.
    """

    request: str
    asked_at: str
    requester: str
    action: str = ""
    registry: str = ""
    targets: tuple[str, ...] = ()
    reason: str = ""
    state: State = State.PLANNING
    decider: str = ""
    decided_at: str = ""
    cancelled_by: str = ""
    ended_at: str = ""
    steps: int = 0
    done: int = 0
    skipped: int = 0
    failed: int = 0
    frees: int | None = None
    exact: bool = True
    freed: int | None = None
    why: str = ""
    named: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, opened: Entry) -> Self:
        told = opened.details
        given = told.get("targets")
        targets = tuple(map(str, given)) if isinstance(given, list) else ()
        return cls(
            request=opened.request,
            asked_at=opened.at,
            requester=opened.actor,
            action=str(told.get("action", "")),
            registry=str(told.get("registry", "")),
            targets=targets,
            reason=str(told.get("reason", "")),
            named=set(targets),
        )

    def take(self, entry: Entry) -> None:
        """Go on with the next entry of this request."""
        told = entry.details
        if entry.action is Happened.STEP:
            self._count(told)
        elif entry.action is Happened.PLANNED:
            self.steps, self.frees = _number(told.get("steps")) or 0, _number(told.get("frees"))
            self.exact = told.get("exact") is not False
        elif entry.action in _DECISIONS:
            self.decider, self.decided_at = entry.actor, entry.at
        elif entry.action in _CANCELLING and entry.actor != SYSTEM:
            self.cancelled_by = entry.actor
        elif entry.action is Happened.EXPLAINED:
            self.why = str(told.get("why", ""))
        if state := _STATES.get(entry.action):
            self._become(state, entry)

    def _become(self, state: State, entry: Entry) -> None:
        self.state = state
        if state.is_final:
            self.ended_at = entry.at
            self.freed, self.why = _number(entry.details.get("freed")), str(entry.details.get("why", ""))

    def is_settled(self, now: datetime) -> bool:
        """Whether nothing that belongs here is told any more: a denial may still be explained, for a day."""
        if not self.state.is_final:
            return False
        return self.state is not State.DENIED or bool(self.why) or now - moment(self.ended_at) > _EXPLAINED

    def _count(self, told: Mapping[str, Any]) -> None:
        if counted := _COUNTED.get(str(told.get("result"))):
            setattr(self, counted, getattr(self, counted) + 1)
        self.named.update(str(told.get("reference", "")).split(", "))

    @property
    def people(self) -> frozenset[str]:
        return frozenset({self.requester, self.decider, self.cancelled_by}) - {""}

    def as_json(self) -> dict[str, Any]:
        """For machines; the names stay, and are always there."""
        plain = {name: getattr(self, name) for name in self.__dataclass_fields__ if name != "named"}
        return {**plain, "targets": list(self.targets), "state": self.state.value}


def _number(told: object) -> int | None:
    """What is none is not known: without a key anything may stand in a chain."""
    return told if isinstance(told, int) and not isinstance(told, bool) else None


def found_in(history: History, period: Period) -> Iterator[Summary]:
    """Those of requests that were asked for in that period, from a chain that is proved as it is read."""
    after = history.before(period.since - _SKEW) if period.since else 0
    entries = history.proved(after)
    return summaries(each for each in entries if each.action is not Happened.OPENED or period.holds(told_at(each)))


def summaries(entries: Iterable[Entry]) -> Iterator[Summary]:
    """A summary for each request that is opened among them, in the order in which they were asked for.

    Holds on to no more of them than were asked for since the oldest one of which more may be told.
    """
    waiting: dict[str, Summary] = {}
    for entry in entries:
        if entry.action is Happened.OPENED:
            waiting[entry.request] = Summary.of(entry)
        elif known := waiting.get(entry.request):
            known.take(entry)
        yield from _settled(waiting, entry)
    yield from waiting.values()


def _settled(waiting: dict[str, Summary], now: Entry) -> Iterator[Summary]:
    """Those at the front of which all is known."""
    while waiting and (first := next(iter(waiting.values()))).is_settled(told_at(now)):
        yield waiting.pop(first.request)
