"""Overview: several requests as lines, each with its state and the way to its card."""

from collections.abc import Mapping, Sequence
from typing import Final

from bot.cards.shown import Overview
from bot.cards.titles import subject
from bot.slack import text
from bot.slack.blocks import TEXT_BYTES, Block, Message, header, section, sections
from workers.core.request import Action, Request

_MOST: Final = 12
_ROOM: Final = 3_000
_NOTHING: Final = "Nothing is open, and you asked for nothing lately."


def overview(seen: Overview) -> Message:
    """What waits for this person first."""
    groups = {"Waiting for you": seen.waiting, "Asked by you": seen.own, "Open, by others": seen.others}
    blocks: list[Block] = []
    spoken: list[str] = []
    for name, requests in groups.items():
        if requests:
            lines = _lines(requests, seen.links)
            blocks += [header(name), *sections(lines)]
            spoken += [f"*{name}*", lines]
    if not blocks:
        return Message(text=_NOTHING, blocks=(section(_NOTHING),))
    return Message(text=text.cut_bytes("\n".join(spoken), TEXT_BYTES), blocks=tuple(blocks))


def _lines(requests: Sequence[Request], links: Mapping[str, str]) -> str:
    shown, left = text.bullets([_line(each, links.get(each.id, "")) for each in requests], _ROOM, _MOST)
    return f"{shown}\n…and {left:,} more" if left else shown


def _line(request: Request, url: str) -> str:
    name = text.link(url, request.id) if url else text.code(request.id)
    what = "collect garbage" if request.action is Action.COLLECT else f"remove {subject(request)}"
    whose = f"on {text.line(request.registry)}, by {text.person(request.requester)}"
    return f"• {name} {request.state.value}: {text.line(what, 200)} {whose}"


def with_link(message: Message, url: str | None) -> Message:
    """The same with the address of the card itself, once that was posted."""
    if not url:
        return message
    way = f"{text.link(url, 'Its card')} is always up to date."
    return Message(text=f"{message.text}\n{way}", blocks=(*message.blocks, section(way)))
