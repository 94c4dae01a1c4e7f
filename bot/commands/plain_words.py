"""Plain words: from Slack's spelling of what somebody typed or pasted back to what they meant by it."""

import html
import re
from typing import Final

_MARKUP: Final = re.compile(r"<([^<>\n]*)>")
_LINK: Final = re.compile(r"(?:https?|mailto|tel):", re.IGNORECASE)
# What phones and pasted documents write: curly quotes, dashes for two hyphens, spaces that do not break.
_QUOTES: Final = str.maketrans(
    dict.fromkeys("\u201c\u201d\u201e\u201f\u00ab\u00bb", '"') | dict.fromkeys("\u2018\u2019\u201a\u201b", "'")
)
_SPACES: Final = str.maketrans(dict.fromkeys("\u00a0\u2007\u202f\u3000\t", " ") | dict.fromkeys("\u200b\u2060\ufeff"))
_DASHED: Final = re.compile(r"(?<!\S)[\u2012-\u2015]-?(?=[A-Za-z])")


def plain(text: str) -> str:
    """Unescaped text: links become their labels, mentions stay, typographic quotes and dashes become typed ones."""
    unlinked = _MARKUP.sub(_unlinked, text)
    # Entities last: a typed “&lt;” must not turn into markup. Slack escapes these three and no others.
    typed = re.sub(r"&(?:amp|lt|gt);", lambda found: html.unescape(found[0]), unlinked)
    return _DASHED.sub("--", typed.translate(_QUOTES).translate(_SPACES)).replace("\r\n", "\n").replace("\r", "\n")


def _unlinked(found: re.Match[str]) -> str:
    target, bar, label = found[1].partition("|")
    if _LINK.match(target):
        return label if bar else target
    return found[0]


def named(text: str) -> str:
    """Text in which mentions read as names: it is quoted on cards, where a pasted one must not call anybody."""
    return _MARKUP.sub(_name, text)


def _name(found: re.Match[str]) -> str:
    target, _, label = found[1].partition("|")
    if target[:1] not in {"@", "#"} or not label:
        return found[0]
    return target[0] + label.removeprefix(target[0])
