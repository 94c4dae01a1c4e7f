"""Hearing: each payload of Slack's that a listener takes up is a trace of its own, to its very end."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from workers.store import tracing
from workers.store.tracing import Kind, Opening

Listener = Callable[..., Awaitable[None]]


def heard(name: str, listener: Listener) -> Listener:
    """The listener, told by that name; bolt looks through to what parameters it has."""

    @wraps(listener)
    async def hear(**given: Any) -> None:
        with tracing.span(Opening(name=name, kind=Kind.SERVER, root=True)):
            await listener(**given)

    return hear
