"""Tracing: spans of what is done, for an OpenTelemetry collector where one is configured; else nothing, at no cost.

OpenTelemetry is known to `telemetry` alone, which is imported when tracing is switched on.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Protocol, TypeAlias

from structlog.contextvars import get_contextvars

from workers.core.traceparent import Traceparent

Value: TypeAlias = str | int | float | bool | Sequence[str]
Facts: TypeAlias = Mapping[str, Value]

MOST_CALLS: Final = 2_000
"""Calls told in one piece of work: a verification makes a million, and no collector takes such a trace."""
_NAMED: Final = ("job", "request", "lookup", "registry", "user", "payload")
"""What spans name as log lines do; each as `regclean.NAME`."""


class Kind(StrEnum):
    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"
    CONSUMER = "consumer"


class Span(Protocol):
    """A piece of work while it is done."""

    def tell(self, facts: Facts) -> None: ...

    def fail(self, why: str) -> None:
        """Mark it as failed; `why` is a word from a short list, such as an error's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Opening:
    """A span that is to begin: below `parent`, else below the present one; a `root` begins a trace."""

    name: str
    kind: Kind = Kind.INTERNAL
    facts: Facts = field(default_factory=dict)
    parent: Traceparent | None = None
    root: bool = False


class Tracer(Protocol):
    """What tells the spans."""

    def span(self, opening: Opening) -> AbstractContextManager[Span]: ...

    def current(self) -> Traceparent | None: ...

    def tell(self, facts: Facts) -> None: ...

    def link(self, other: Traceparent) -> None: ...

    def flush(self, seconds: float) -> None: ...


class _Nothing:
    """The span of what is not told."""

    def tell(self, facts: Facts) -> None:
        """Nobody listens."""

    def fail(self, why: str) -> None:
        """As above."""


@dataclass(slots=True)
class _Calls:
    """How many calls this piece of work has made."""

    number: int = 0


_UNTOLD: Final[AbstractContextManager[Span]] = nullcontext(_Nothing())
_tracers: Final[list[Tracer]] = []
_calls: Final[ContextVar[_Calls | None]] = ContextVar("calls", default=None)


def use(tracer: Tracer | None) -> None:
    """Tell spans by it from now on; None tells nothing."""
    _tracers[:] = [tracer] if tracer else []


def is_on() -> bool:
    return bool(_tracers)


def span(opening: Opening) -> AbstractContextManager[Span]:
    """The block is a span; it fails with what is raised, and names what log lines name."""
    if not _tracers:
        return _UNTOLD
    return _tracers[0].span(_naming(opening))


@contextmanager
def step(name: str) -> Iterator[Span]:
    """The block, or the function that this decorates, is a part of the work."""
    with span(Opening(name=name)) as opened:
        yield opened


def call(name: str, facts: Facts) -> AbstractContextManager[Span]:
    """The block is a call to somebody else; told only as part of something that is told, and so often."""
    if not _tracers or _tracers[0].current() is None:
        return _UNTOLD
    calls = _calls.get()
    if calls:
        calls.number += 1
        if calls.number > MOST_CALLS:
            return _UNTOLD
    return span(Opening(name=name, kind=Kind.CLIENT, facts=facts))


@contextmanager
def work(opening: Opening) -> Iterator[Span]:
    """The block is a piece of work, whose calls are counted."""
    if not _tracers:
        yield _Nothing()
        return
    calls = _Calls()
    token = _calls.set(calls)
    try:
        with span(opening) as opened:
            yield opened
            if calls.number > MOST_CALLS:
                opened.tell({"regclean.calls_left_out": calls.number - MOST_CALLS})
    finally:
        _calls.reset(token)


def named(names: Mapping[str, str]) -> None:
    """The present span names these from now on, as the log lines do."""
    if _tracers:
        _tracers[0].tell({f"regclean.{name}": value for name, value in names.items() if value})


def current() -> Traceparent | None:
    """Where in a trace this is; None where nothing is told."""
    return _tracers[0].current() if _tracers else None


def link(other: Traceparent) -> None:
    """Let the present span lead to another trace."""
    here = current()
    if here and here.trace != other.trace:
        _tracers[0].link(other)


def flush(seconds: float) -> None:
    """Hand over what was told, within so many seconds; what is not taken by then is given up."""
    if _tracers:
        _tracers[0].flush(seconds)


def _naming(opening: Opening) -> Opening:
    known = get_contextvars()
    names = {f"regclean.{name}": str(known[name]) for name in _NAMED if known.get(name)}
    return Opening(
        name=opening.name,
        kind=opening.kind,
        facts={**names, **opening.facts},
        parent=opening.parent,
        root=opening.root,
    )
