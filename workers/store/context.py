"""Context: what the log lines and spans of a piece of work are about: its job, request, registry and person."""

from collections.abc import Iterator
from contextlib import contextmanager

from structlog.contextvars import bind_contextvars, clear_contextvars, get_contextvars

from workers.core.request import Request
from workers.store import tracing


@contextmanager
def about(**names: str) -> Iterator[None]:
    """Name these on every line logged inside the block, with what is named in it; afterwards all is as it was."""
    before = get_contextvars()
    name(**names)
    try:
        yield
    finally:
        clear_contextvars()
        bind_contextvars(**before)


def name(**names: str) -> None:
    """Name these on the lines that follow, until the block ends that this is called in; empty ones are left out."""
    bind_contextvars(**{name: value for name, value in names.items() if value})
    tracing.named(names)


def name_request(request: Request) -> None:
    """Name a request, its registry, and who asked for it."""
    name(request=request.id, registry=request.registry, user=request.requester)
