"""Listing: what `ls` found, in pages that fit into a message, grouped by registry and repository."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from bot.slack import text
from bot.slack.blocks import TEXT_BYTES, Block, Button, Message, actions, context, sections
from bot.wording import age, count
from workers.core.listing import Listing, Row, Shelf
from workers.core.sizes import human

ATTACHED_BEYOND: Final = 200
_ROWS: Final = 25
_ROOM: Final = 9_000
_SHARES: Final = 3


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the list; headings are repeated at the top of a page."""

    text: str
    registry: str = ""
    repository: str = ""
    is_row: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Which page of which list."""

    lookup: str
    page: int = 0

    @property
    def value(self) -> str:
        return f"{self.lookup} {self.page}"

    @classmethod
    def read(cls, value: str) -> "Place":
        lookup, _, page = value.partition(" ")
        return cls(lookup=lookup, page=int(page) if page.isascii() and page.isdigit() else 0)


def page(found: Listing, place: Place, now: datetime) -> Message:
    """One page with the buttons to its neighbours; a number beyond the end shows the last page."""
    pages = list(_pages([line for shelf in found.shelves for line in _shelf(shelf, now)]))
    number = min(place.page, len(pages) - 1)
    body = "\n".join(pages[number])
    total = sum(len(shelf.rows) for shelf in found.shelves)
    foot = f"{count(total, 'image')} · page {number + 1} of {len(pages)}"
    blocks: list[Block] = [*sections(body), context(foot), *actions(_buttons(place.lookup, number, len(pages)))]
    return Message(text=text.cut_bytes(f"{body}\n{foot}", TEXT_BYTES), blocks=tuple(blocks))


def _buttons(lookup: str, number: int, pages: int) -> Iterator[Button]:
    if number > 0:
        yield Button(label="Previous", action="page_previous", value=Place(lookup=lookup, page=number - 1).value)
    if number < pages - 1:
        yield Button(label="Next", action="page_next", value=Place(lookup=lookup, page=number + 1).value)


def _shelf(shelf: Shelf, now: datetime) -> Iterator[Line]:
    heading = f"*{text.line(shelf.registry)}*"
    if shelf.trouble:
        yield Line(f"{heading}: ⚠️ {text.line(shelf.trouble, 500)}", shelf.registry)
    elif not shelf.rows:
        yield Line(f"{heading}: {_nothing(shelf)}", shelf.registry)
    else:
        yield Line(heading, shelf.registry)
    for row in shelf.rows:
        yield Line(_row(row, now), shelf.registry, row.repository, is_row=True)
    if shelf.emptied:
        names = ", ".join(text.code(name) for name in shelf.emptied[:10])
        rest = f" and {len(shelf.emptied) - 10:,} more" if len(shelf.emptied) > 10 else ""
        yield Line(f"Without any tag: {names}{rest}", shelf.registry)


def _nothing(shelf: Shelf) -> str:
    if not shelf.pattern:
        return "nothing here."
    how = "part of `REPOSITORY:TAG`, or a pattern with `*` for all of it or for the tag alone"
    return f"nothing matches {text.code(shelf.pattern)}. A filter is {how}."


def _row(row: Row, now: datetime) -> str:
    """`1.2` · `0123456789ab` · 3 d · 12.3 MB · same digest as `latest`."""
    parts = [text.code(row.tag)]
    parts += [text.code(row.digest.partition(":")[2][:12])] if row.digest else []
    parts += [age(row.created, now)] if row.created else []
    parts += [human(row.size)] if row.size is not None else []
    parts += [_same(row.shares)] if row.shares else []
    parts += [f"⚠️ {text.line(row.trouble, 200)}"] if row.trouble else []
    return f"    {' · '.join(parts)}"


def _same(shares: Sequence[str]) -> str:
    names = ", ".join(text.code(name) for name in shares[:_SHARES])
    rest = f" and {count(len(shares) - _SHARES, 'other')}" if len(shares) > _SHARES else ""
    return f"🔗 same digest as {names}{rest}"


def _pages(lines: Sequence[Line]) -> Iterator[list[str]]:
    """Lines by page, each repository under its name; what goes on is named again at the top of the next page."""
    current: list[str] = []
    rows = 0
    repository = ("", "")
    for line in lines:
        added = _with_heading(line, repository)
        if current and (rows == _ROWS or sum(map(len, current)) + len(current) + sum(map(len, added)) > _ROOM):
            yield current
            current, rows = [], 0
            added = _with_heading(line, ("", ""))
        current += added
        rows += line.is_row
        repository = (line.registry, line.repository)
    yield current or ["There is nothing."]


def _with_heading(line: Line, above: tuple[str, str]) -> list[str]:
    if not line.is_row or (line.registry, line.repository) == above:
        return [line.text]
    registry = [f"*{text.line(line.registry)}*, continued"] if above == ("", "") else []
    return [*registry, text.code(line.repository), line.text]
