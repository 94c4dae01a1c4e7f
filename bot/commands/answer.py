"""Answer: what the asker gets at once."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from bot.slack.blocks import Block, Message, sections


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """`share`: everybody in the channel sees it. `view`: a form to open instead of saying something."""

    message: Message = field(default_factory=lambda: Message(text=""))
    share: bool = False
    view: Block | None = None


def said(lines: Iterable[str], *, share: bool = False) -> Answer:
    """An answer in finished mrkdwn, one line each."""
    text = "\n".join(lines)
    return Answer(message=Message(text=text, blocks=tuple(sections(text))), share=share)
