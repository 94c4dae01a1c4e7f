"""Context: who a payload comes from and which request it is about, on every line logged while it is handled."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from structlog.contextvars import bind_contextvars, clear_contextvars

from bot.listeners.payload import Body, user_of

_IDS_BEGIN: Final = "r-"


async def name_payload(body: dict[str, Any], next: Callable[[], Awaitable[None]]) -> None:  # noqa: A002 - bolt's word
    """Middleware: bolt runs the listener in the same context, or in a copy of it."""
    clear_contextvars()
    bind_contextvars(**_names(body))
    await next()


def _names(body: Body) -> Mapping[str, str]:
    found = {"payload": str(body.get("type") or body.get("command") or ""), "user": user_of(body)}
    value = str(next((action.get("value") or "" for action in body.get("actions") or ()), ""))
    if value.startswith(_IDS_BEGIN):
        found["request"] = value.partition(" ")[0]
    return {name: each for name, each in found.items() if each}
