"""Escaping and cutting: other people's text stays text."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import text

EVIL = st.text(alphabet=st.sampled_from("<>&@#!|`*_~\n\r\t aU0\u202e\u200b…é🙂"), max_size=80)


@given(EVIL, st.integers(5, 60))
def test_a_line_holds_no_markup_and_keeps_its_limit(raw: str, limit: int) -> None:
    found = text.line(raw, limit)
    assert len(found) <= limit
    assert not set("<>\n\r\u202e\u200b") & set(found)
    left = found.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
    assert "&" not in left, "an entity was torn"


@given(EVIL)
def test_code_cannot_be_left(raw: str) -> None:
    assert text.code(raw).count("`") == 2


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        ("a & b", "a &amp; b"),
        ("<@U1> <!here> <http://evil|good>", "&lt;@U1&gt; &lt;!here&gt; &lt;http://evil|good&gt;"),
        ("two\nlines", "two lines"),
        ("&lt;", "&amp;lt;"),
    ],
)
def test_lines(raw: str, expected: str) -> None:
    assert text.line(raw) == expected


def test_people_and_channels_are_ids_or_words() -> None:
    assert text.person("U012ABCDEF") == "<@U012ABCDEF>"
    assert text.person("regclean") == "regclean"
    assert text.person("U1> <!here") == "U1&gt; &lt;!here"
    assert text.channel("C012ABCDEF") == "<#C012ABCDEF>"
    assert text.channel("C1|x>") == "C1|x&gt;"


def test_a_ruling_mentions_people_and_nothing_else() -> None:
    said = text.ruling("Ask <@U012ABCDEF>, not <!here> or <https://x|y>.")
    assert said == "Ask <@U012ABCDEF>, not &lt;!here&gt; or &lt;https://x|y&gt;."


def test_a_link_cannot_be_left() -> None:
    assert text.link("https://x/?a=1&b=2|>", "see > this | that") == "<https://x/?a=1&amp;b=2&gt;|see &gt; this ¦ that>"
    assert text.link("!channel", "r-1") == "r-1"
    assert text.link("https://x/\u202e\ud800\x1b\u2028a", "b") == "<https://x/a|b>"


def test_a_moment_is_readable_everywhere() -> None:
    when = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
    assert text.moment(when) == "<!date^1772366400^{date_short_pretty} {time}|2026-03-01 12:00 UTC>"


def test_bullets_that_fit() -> None:
    assert text.bullets(["aaa", "bbb", "ccc"], 8, 10) == ("aaa\nbbb", 1)
    assert text.bullets(["aaa", "bbb", "ccc"], 100, 1) == ("aaa", 2)
    assert text.bullets([], 10, 10) == ("", 0)
    assert text.bullets(["too long"], 3, 10) == ("", 1)


def test_finished_text_is_cut_between_lines() -> None:
    assert text.cut_bytes("ééé\nbbb", 100) == "ééé\nbbb"
    assert text.cut_bytes("ééé\nbbb\nccc", 14) == "ééé\nbbb\n…"
    assert len(text.cut_bytes("é" * 100, 20).encode()) <= 20
