"""Pagination by cursor (docs.slack.dev/apis/web-api/pagination)."""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from demo.workspace.arguments import Arguments
from demo.workspace.refusal import Refusal

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    items: Sequence[T]
    cursor: str

    @property
    def has_more(self) -> bool:
        return bool(self.cursor)


def page_of(items: Sequence[T], arguments: Arguments, *, default: int = 100, most: int = 1000) -> Page[T]:
    """Cut the page that `cursor` and `limit` ask for; a cursor that was not handed out is `invalid_cursor`."""
    limit = arguments.number("limit", default) or default
    if not 1 <= limit <= most:
        raise Refusal("invalid_limit")
    start = _offset(arguments.text("cursor"))
    end = start + limit
    following = base64.b64encode(f"next:{end}".encode()).decode() if end < len(items) else ""
    return Page(items[start:end], following)


def _offset(cursor: str) -> int:
    if not cursor:
        return 0
    try:
        return int(base64.b64decode(cursor, validate=True).decode().removeprefix("next:"))
    except (binascii.Error, ValueError):
        raise Refusal("invalid_cursor") from None
