"""Opened: what the asker hears when requests were taken."""

from collections.abc import Sequence

from bot.commands.answer import Answer, said
from bot.service import Opened
from bot.slack import text
from bot.wording import count
from workers.core.request import Action


def taken(opened: Sequence[Opened], *, share: bool = False) -> Answer:
    """One line for each request; the link to its card follows."""
    return said([_line(each) for each in opened], share=share)


def _line(opened: Opened) -> str:
    request = opened.request
    what = {
        Action.REMOVE: f"{count(len(request.targets), 'image')} on {text.line(request.registry)}",
        Action.UNTAGGED: f"untagged manifests of {', '.join(map(text.code, request.targets[:5]))}",
        Action.COLLECT: f"garbage collection on {text.line(request.registry)}",
    }[request.action]
    return f"Taken as {text.code(request.id)}: {what}. Its card will appear in {text.channel(opened.channel)}."
