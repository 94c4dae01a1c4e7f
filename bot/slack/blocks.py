"""Blocks: Block Kit's pieces with their limits (docs.slack.dev/reference/block-kit), and a message made of them."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

Block: TypeAlias = dict[str, Any]

SECTION: Final = 3_000
HEADER: Final = 150
BUTTON: Final = 75
TEXT_BYTES: Final = 3_900
"""chat.update refuses more than 4,000 bytes of top-level text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """What a message says: `text` is all that a screen reader reads, `blocks` what is shown."""

    text: str
    blocks: tuple[Block, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What is attached: a text file by its name, with the title that people see."""

    name: str
    title: str
    content: str


def mrkdwn(text: str) -> Block:
    """Verbatim: Slack must not make links and mentions of its own out of what people wrote."""
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def plain(text: str) -> Block:
    return {"type": "plain_text", "text": text, "emoji": True}


def header(text: str) -> Block:
    return {"type": "header", "text": plain(text[:HEADER])}


def section(text: str) -> Block:
    return {"type": "section", "text": mrkdwn(text)}


def sections(text: str) -> list[Block]:
    """As many sections as the text needs, broken between lines; a single line must fit into one."""
    found: list[str] = []
    for each in text.split("\n"):
        if found and len(found[-1]) + 1 + len(each) <= SECTION:
            found[-1] += f"\n{each}"
        else:
            found.append(each)
    return [section(each) for each in found if each]


def context(*texts: str) -> Block:
    return {"type": "context", "elements": [mrkdwn(text) for text in texts]}


def divider() -> Block:
    return {"type": "divider"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """`value` carries identifiers, never decisions."""

    label: str
    action: str
    value: str
    style: Literal["", "primary", "danger"] = ""

    def as_json(self) -> Block:
        shape: Block = {"type": "button", "text": plain(self.label[:BUTTON])}
        shape |= {"action_id": self.action, "value": self.value}
        return shape | ({"style": self.style} if self.style else {})


def actions(buttons: Iterable[Button]) -> list[Block]:
    """One row of buttons, or nothing."""
    elements = [button.as_json() for button in buttons]
    return [{"type": "actions", "elements": elements}] if elements else []
