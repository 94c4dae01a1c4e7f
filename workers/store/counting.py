"""Counting: what a change counts as, added in the very transaction that saves it, so that the counts are exact."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from redis.client import Pipeline

from workers.core.audit import Event, Happened
from workers.core.request import Request, State
from workers.store import keys, metrics


def opened(pipe: Pipeline, request: Request) -> None:
    metrics.add(pipe, metrics.OPENED, request.action.value, request.registry)


def told(pipe: Pipeline, events: Sequence[Event]) -> None:
    """Count what stands in the audit entries themselves."""
    for event in events:
        if event.action is Happened.STEP:
            metrics.add(pipe, metrics.STEPS, str(event.details.get("verb", "")), str(event.details.get("result", "")))
        elif event.action is Happened.ALERT:
            metrics.add(pipe, metrics.ALERTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """A request on its way from one state to the next; `waited`: the seconds since its plan, where it is known."""

    before: Request
    after: Request
    now: datetime
    waited: float | None

    @classmethod
    def look(cls, pipe: Pipeline, before: Request, after: Request, now: datetime) -> Self:
        """Read what has to be known, through a pipeline that is not past MULTI."""
        decided = before.state is State.PENDING and after.state in {State.APPROVED, State.DENIED}
        since = pipe.zscore(keys.PLANNED, before.id) if decided else None
        return cls(before=before, after=after, now=now, waited=None if since is None else now.timestamp() - since)

    def count(self, pipe: Pipeline) -> None:
        """Add the commands to a pipeline that is past MULTI."""
        request = self.after
        if request.state is State.PENDING:
            pipe.zadd(keys.PLANNED, {request.id: self.now.timestamp()}, nx=True)
        elif self.before.state is State.PENDING:
            pipe.zrem(keys.PLANNED, request.id)
        if self.waited is not None:
            metrics.observe(pipe, metrics.WAIT, max(0.0, self.waited), request.action.value, request.state.value)
        if request.state.is_final and not self.before.state.is_final:
            metrics.add(pipe, metrics.ENDED, request.action.value, request.registry, request.state.value)
            if request.freed:
                metrics.add(pipe, metrics.FREED, request.registry, by=request.freed)
