"""Trails: in which traces a request has been, so that work on it is told where it belongs, whoever starts it.

They are kept only while tracing is on, and are not signed: whoever writes to Redis can lead a trace astray, no more.
"""

from dataclasses import dataclass
from typing import Self

from redis import Redis
from redis.client import Pipeline

from workers.core.traceparent import Traceparent
from workers.store import keys, tracing

_FIRST = "first"
_LAST = "last"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trail:
    """Where a request was opened, and where its last job comes from."""

    first: Traceparent | None
    last: Traceparent | None

    @classmethod
    def of(cls, redis: Redis | Pipeline, request_id: str) -> Self:
        """Read at once, also by a pipeline that is before MULTI; not asked for while tracing is off."""
        stored = redis.hmget(keys.trail(request_id), _FIRST, _LAST) if tracing.is_on() else [None, None]
        first, last = (_read(each) for each in stored)
        return cls(first=first, last=last or first)


def _read(stored: object) -> Traceparent | None:
    return Traceparent.parse(stored.decode("ascii", "replace")) if isinstance(stored, bytes) else None


def begin(pipe: Pipeline, request_id: str) -> None:
    """The request is opened here."""
    _note(pipe, request_id, _FIRST)


def go_on(pipe: Pipeline, request_id: str) -> None:
    """The request's next job comes from here."""
    _note(pipe, request_id, _LAST)


def _note(pipe: Pipeline, request_id: str, what: str) -> None:
    if here := tracing.current():
        pipe.hset(keys.trail(request_id), what, str(here))
        pipe.expire(keys.trail(request_id), keys.KEEP_WORK)


def lead_back(pipe: Pipeline, request_id: str) -> None:
    """Link what is done now to the trace in which the request was opened, where that is another one."""
    if first := Trail.of(pipe, request_id).first:
        tracing.link(first)
