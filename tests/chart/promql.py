"""PromQL as far as rules and panels use it: the figures and labels of an expression, and whether it closes."""

import re
from dataclasses import dataclass
from typing import Final, Self

_TEXT: Final = re.compile(r'"[^"]*"')
_NAME: Final = re.compile(r"\bregclean_[a-z_]+\b")
_MATCHER: Final = re.compile(r"\b([a-z_]+)\s*(?:=~|!~|!=|=)(?!=)")
_GROUPING: Final = re.compile(r"\b(?:by|on|without|ignoring)\s*\(([^)]*)\)")
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}


@dataclass(frozen=True, slots=True)
class Expression:
    figures: frozenset[str]
    labels: frozenset[str]
    closes: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        bare = _TEXT.sub('""', text)
        grouped = {label.strip() for found in _GROUPING.findall(bare) for label in found.split(",")}
        matched = {label for inside in re.findall(r"\{([^}]*)\}", bare) for label in _MATCHER.findall(inside)}
        return cls(frozenset(_NAME.findall(bare)), frozenset(grouped | matched), _closes(bare))


def _closes(text: str) -> bool:
    opened: list[str] = []
    for sign in text:
        if sign in _PAIRS.values():
            opened.append(sign)
        elif sign in _PAIRS and (not opened or opened.pop() != _PAIRS[sign]):
            return False
    return not opened and text.count('"') % 2 == 0
