"""Text: the only place where text is escaped for Slack and cut to its limits.

Slack reads &, < and > as markup (docs.slack.dev/messaging/formatting-message-text); unescaped, other people's text
could forge links and mentions. Line ends are folded too, so that nobody's reason can look like a line of the card.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from workers.core.audit import SYSTEM

_ENTITIES: Final = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_MEMBER: Final = re.compile(r"[UW][A-Z0-9]{1,30}", re.ASCII)
_CHANNEL: Final = re.compile(r"[CDG][A-Z0-9]{1,30}", re.ASCII)
_ESCAPED_MENTION: Final = re.compile(r"&lt;(@[UW][A-Z0-9]{1,30})&gt;", re.ASCII)
ELLIPSIS: Final = "…"
_LOOK_ALIKES: Final = str.maketrans(
    {"*": "\N{ASTERISK OPERATOR}", "~": "\N{TILDE OPERATOR}", "`": "\N{MODIFIER LETTER GRAVE ACCENT}"}
)
_EDGE: Final = re.compile(r"(?<!\w)_|_(?!\w)")
_EMOJI: Final = re.compile(r":(?=([a-zA-Z0-9_+'-]+):)\1:")


def line(text: str, limit: int = 300) -> str:
    """Somebody's text as part of a line: spaces folded, invisible characters gone, escaped, at most `limit` long."""
    folded = " ".join(text.split())
    return _escaped("".join(each for each in folded if _is_visible(each)), limit)


def quoted(text: str, limit: int) -> str:
    """Somebody's own words, a reason say, as they were typed: what Slack would draw as format or emoji is spelt alike.

    Otherwise a reason could put a bold sentence and a green tick right above Approve. Records keep what was typed.
    """
    plain = _EDGE.sub("ˍ", text.translate(_LOOK_ALIKES))
    return line(_EMOJI.sub("\N{RATIO}\\1\N{RATIO}", plain), limit)


def _is_visible(character: str) -> bool:
    """Not a control, nor one that reverses or hides what stands around it."""
    return unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}


def _escaped(text: str, limit: int) -> str:
    """Escape, and cut between characters so that no entity is torn."""
    parts = [_ENTITIES.get(each, each) for each in text]
    if sum(map(len, parts)) <= limit:
        return "".join(parts)
    room, kept = limit - len(ELLIPSIS), []
    for part in parts:
        room -= len(part)
        if room < 0:
            break
        kept.append(part)
    return "".join(kept).rstrip() + ELLIPSIS


def code(text: str, limit: int = 400) -> str:
    """Somebody's text in fixed width; a backtick in it would end that early."""
    return f"`{line(text.replace('`', chr(0x2019)), limit)}`"


def person(user: str) -> str:
    """A mention of a Slack user id; what is none is named in words."""
    if user == SYSTEM:
        return SYSTEM
    return f"<@{user}>" if _MEMBER.fullmatch(user) else line(user, 40)


def channel(channel_id: str) -> str:
    return f"<#{channel_id}>" if _CHANNEL.fullmatch(channel_id) else line(channel_id, 40)


def ruling(sentence: str, limit: int = 900) -> str:
    """A rule's sentence: escaped, except for mentions, which rules make from ids and never from what people wrote."""
    return _ESCAPED_MENTION.sub(r"<\1>", line(sentence, limit))


def link(url: str, label: str) -> str:
    """A link whose label is somebody's text; what is no address of Slack's could be a mention, and is left out."""
    if not url.startswith(("https://", "http://")):
        return line(label, 200)
    safe = "".join(_ENTITIES.get(each, each) for each in url if each.isprintable() and each not in "| ")
    return f"<{safe}|{line(label.replace('|', '¦'), 200)}>"


def moment(when: datetime) -> str:
    """A time in the reader's own zone; screen readers and old clients get it in UTC."""
    utc = when.astimezone(UTC)
    return f"<!date^{int(utc.timestamp())}^{{date_short_pretty}} {{time}}|{utc:%Y-%m-%d %H:%M} UTC>"


def bullets(lines: Sequence[str], limit: int, most: int) -> tuple[str, int]:
    """As many whole lines as fit into `limit` characters, at most `most`; and how many were left out."""
    kept: list[str] = []
    room = limit
    for each in lines[:most]:
        room -= len(each) + 1
        if room < 0:
            break
        kept.append(each)
    return "\n".join(kept), len(lines) - len(kept)


def cut_bytes(text: str, limit: int) -> str:
    """Finished text, cut at a line's end so that its UTF-8 has at most `limit` bytes; no markup is torn."""
    kept: list[str] = []
    room = limit - len(ELLIPSIS.encode())
    lines = text.split("\n")
    for each in lines:
        room -= len(each.encode()) + 1
        if room < 0:
            return "\n".join([*kept, ELLIPSIS])
        kept.append(each)
    return text
