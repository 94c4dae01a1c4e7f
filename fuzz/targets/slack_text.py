"""Other people's text on its way into Slack's markup."""

import csv
import io
from datetime import UTC, datetime
from typing import Final

from bot.cards import sheets
from bot.commands.plain_words import named, plain
from bot.slack import text as shown
from bot.slack.blocks import SECTION, TEXT_BYTES, Message, header, sections
from fuzz import checks
from fuzz.target import Target, chosen, seed, text
from workers.core.listing import Listing, Row, Shelf

_LIMITS: Final = (1, 2, 40, 300, 500)


def _line(given: str, limit: int) -> None:
    drawn = shown.line(given, limit)
    assert len(drawn) <= limit
    assert "\n" not in drawn
    assert not drawn or drawn.isprintable() or any(ord(each) > 127 for each in drawn)
    checks.escaped(drawn)
    assert _unescaped(drawn).count("&") == sum(drawn.count(each) for each in ("&amp;",)), "an entity is torn"


def _code(given: str, limit: int) -> None:
    drawn = shown.code(given, limit)
    assert len(drawn) <= limit + 2
    assert drawn.count("`") == 2
    checks.escaped(drawn)


def _people(given: str, _: int) -> None:
    for drawn in (shown.person(given), shown.channel(given), shown.ruling(given)):
        assert "<!" not in drawn
        checks.escaped(drawn)


def _link(given: str, _limit: int) -> None:
    url, _, label = given.partition("\n")
    drawn = shown.link(f"https://acme.slack.example/{url}", f"r-{label}")
    assert drawn.count("|") == 1
    checks.escaped(drawn)


def _message(given: str, limit: int) -> None:
    """Lines of whatever length, as cards put them together."""
    lines, left = shown.bullets([shown.line(each, limit) for each in given.split("\n")], SECTION * 3, 40)
    assert left >= 0
    spoken = shown.cut_bytes(lines, TEXT_BYTES)
    assert len(spoken.encode()) <= TEXT_BYTES
    if lines.strip():
        checks.message(Message(text=spoken, blocks=(header(lines[:10].strip() or "x"), *sections(lines))))


def _typed(given: str, _: int) -> None:
    once = plain(given)
    assert "\r" not in once
    checks.escaped(shown.line(named(once)))


def _sheet(given: str, _: int) -> None:
    """No cell of an attached table is a formula, and none is lost."""
    row = Row(repository=given, tag=given, digest=given, created=datetime(2026, 3, 1, tzinfo=UTC), trouble=given)
    written = sheets.listing(Listing(shelves=(Shelf(registry="prod", rows=(row,)),))).content
    written.encode()
    cells = list(csv.reader(io.StringIO(written, newline="")))
    assert [len(each) for each in cells] == [8, 8]
    assert all(cell[:1] not in {"=", "+", "-", "@", "\t", "\r"} for cell in cells[1])


def _unescaped(drawn: str) -> str:
    return drawn.replace("&lt;", "").replace("&gt;", "")


_KINDS: Final = tuple(
    (kind, limit) for kind in (_line, _code, _people, _link, _message, _typed, _sheet) for limit in _LIMITS
)


def run(data: bytes) -> None:
    (kind, limit), given = chosen(data, _KINDS)
    kind(text(given), limit)


TARGET: Final = Target(
    holds="text within its limit, on one line, without markup, mentions, formulas or anything invisible",
    run=run,
    seeds=tuple(
        seed(kind, given)
        for kind in range(2, len(_KINDS), len(_LIMITS))
        for given in (
            "<!channel> <@U0123ABC> <https://evil.example|click> &amp; &lt;b&gt; `code` *bold*",
            "a\u202eb\u200bc\u2028d\ud800e\r\nf\tg\u0085h",
            '=1+1\n@SUM(A1)\n"quoted", and\n-x',
            "U0123ABCD",
            "é" * 400,
        )
    ),
    longest=4096,
    words=(
        "<!channel>",
        "<@U0123ABC>",
        "&amp;",
        "&lt;",
        "|",
        "`",
        "\u202e",
        "\u2028",
        "mailto:",
        "<https://a|b>",
        "\r\n",
        "=",
    ),
)
