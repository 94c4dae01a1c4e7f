# ruff: noqa: RUF001 - look-alikes are what this is about
"""A reason is shown as it was typed: nothing in it can look like a part of the card."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.slack import text


@pytest.mark.parametrize(
    ("typed", "shown"),
    [
        ("the disk is full", "the disk is full"),
        ("*Checked by Ben*", "∗Checked by Ben∗"),
        ("_safe_ snake_case", "ˍsafeˍ snake_case"),
        ("~not deleted~", "∼not deleted∼"),
        ("`x`", "ˋxˋ"),
        (":white_check_mark: at 10:30, a:b", "∶white_check_mark∶ at 10:30, a:b"),
        ("::+1::", ":∶+1∶:"),
        ("<!channel>", "&lt;!channel&gt;"),
    ],
)
def test_format_and_emoji_are_spelt_alike(typed: str, shown: str) -> None:
    assert text.quoted(typed, 300) == shown


@given(st.text())
def test_no_sign_of_format_is_left(typed: str) -> None:
    shown = text.quoted(typed, 300)
    assert not set("*~`") & set(shown)
    assert len(shown) <= 300
