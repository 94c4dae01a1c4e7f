"""Checks: what is true of everything that is shown, whatever it was made of."""

import re
from typing import Any, Final

from bot.slack.blocks import Block, Message
from demo.workspace.refusal import Refusal
from demo.workspace.rules.messages import check_blocks, check_update_text
from demo.workspace.rules.views import check_view
from tests import sentences
from workers.core.errors import RegcleanError

# Mentions by id, times, and links to what Slack itself gave an address; nobody's text becomes anything else.
_MARKUP: Final = re.compile(
    r"<@[UW][A-Z0-9]{1,30}>|<#[CDG][A-Z0-9]{1,30}>|<https?://[^<>|\s]*\|[^<>|]*>"
    r"|<!date\^-?\d+\^\{date_short_pretty\} \{time\}\|\d{1,4}-\d\d-\d\d \d\d:\d\d UTC>"
)


def said(error: RegcleanError) -> None:
    """Fail unless the error is one short printable sentence."""
    sentences.check(error)


def message(drawn: Message) -> None:
    """Fail unless Slack takes the message, also as an edit, and no text became markup."""
    assert drawn.text.strip(), "a message without text is silent for screen readers"
    _taken(lambda: check_blocks(list(drawn.blocks)))
    _taken(lambda: check_update_text(drawn.text))
    escaped(drawn.text)
    for each in _mrkdwn(list(drawn.blocks)):
        escaped(each)


def view(drawn: Block, kind: str) -> None:
    """Fail unless Slack takes the form or the home tab."""
    _taken(lambda: check_view(drawn, kind))
    for each in _mrkdwn(drawn["blocks"]):
        escaped(each)


def escaped(text: str) -> None:
    """Fail when the text holds markup that only people's own text can have brought in."""
    left = _MARKUP.sub("", text)
    assert "<" not in left, text
    assert ">" not in left, text
    text.encode()  # Slack is sent UTF-8, which has no lone surrogates


def _taken(check: Any) -> None:
    try:
        check()
    except Refusal as refusal:
        raise AssertionError(f"Slack would refuse this: {refusal.code} {refusal.more}") from refusal


def _mrkdwn(part: Any) -> list[str]:
    if isinstance(part, list):
        return [each for item in part for each in _mrkdwn(item)]
    if not isinstance(part, dict):
        return []
    if part.get("type") == "mrkdwn":
        assert part["verbatim"], "Slack would make links of its own"
        return [part["text"]]
    return [each for item in part.values() for each in _mrkdwn(item)]
