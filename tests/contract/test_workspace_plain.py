"""Blocks as plain text, which is what most tests read."""

from typing import Any

import pytest

from demo.workspace import plain

Json = dict[str, Any]
BUTTON = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}


def mrkdwn(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def sentence(*parts: Json) -> Json:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": list(parts)}]}


CASES: dict[str, tuple[Json, str]] = {
    "section": ({"type": "section", "text": mrkdwn("*bold*")}, "*bold*"),
    "fields": ({"type": "section", "text": mrkdwn("a"), "fields": [mrkdwn("b"), mrkdwn("c")]}, "a\nb\nc"),
    "accessory": ({"type": "section", "text": mrkdwn("a"), "accessory": BUTTON}, "a\n[Go]"),
    "header": ({"type": "header", "text": {"type": "plain_text", "text": "Title"}}, "Title"),
    "context": ({"type": "context", "elements": [mrkdwn("a"), mrkdwn("b")]}, "a\nb"),
    "actions": ({"type": "actions", "elements": [BUTTON, BUTTON]}, "[Go] [Go]"),
    "divider": ({"type": "divider"}, "---"),
    "input": (
        {
            "type": "input",
            "label": {"type": "plain_text", "text": "Why"},
            "element": {"type": "plain_text_input"},
            "hint": {"type": "plain_text", "text": "Be short"},
        },
        "Why\nBe short",
    ),
    "table": (
        {"type": "table", "rows": [[{"type": "raw_text", "text": "a"}, sentence({"type": "text", "text": "b"})]]},
        "a | b",
    ),
    "rich text": (
        sentence(
            {"type": "text", "text": "hi "}, {"type": "user", "user_id": "U1"}, {"type": "link", "url": "https://a"}
        ),
        "hi <@U1>https://a",
    ),
    "markdown": ({"type": "markdown", "text": "# Title"}, "# Title"),
    "image": ({"type": "image", "alt_text": "a whale", "image_url": "https://a/b.png"}, "a whale"),
}


@pytest.mark.parametrize(("block", "text"), CASES.values(), ids=CASES)
def test_a_block_as_text(block: Json, text: str) -> None:
    assert plain([block]) == text


def test_blocks_stand_below_each_other() -> None:
    assert plain([block for block, _ in list(CASES.values())[:2]]) == "*bold*\na\nb\nc"
