"""Words: a command's text taken apart into words with their lines, and options."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from bot.commands.plain_words import named, plain
from bot.wording import near
from workers.core.errors import BadInput

_BULLET: Final = re.compile(r"\s*(?:[-*•◦▪‣·\u2013\u2014]|[0-9]{1,4}[.)])\s+")
_FENCE: Final = re.compile(r"^\s*```\w*\s*$|```")
_SEPARATORS: Final = " ,;"
_WORD: Final = re.compile(r"[^\s,;]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """`takes` names its value, empty for a switch."""

    name: str
    description: str
    takes: str = ""


@dataclass(frozen=True, slots=True)
class Word:
    """`line` counts from 1, in what was pasted."""

    text: str
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """`lines` is how many lines had words on them; a switch that was given has an empty value."""

    words: Sequence[Word] = ()
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> list[str]:
        return [word.text for word in self.words]

    @property
    def lines(self) -> int:
        return len({word.line for word in self.words})

    @property
    def reason(self) -> str:
        return self.options.get("--reason", "")

    @property
    def share(self) -> bool:
        return "--share" in self.options


def first_word(text: str) -> tuple[str, str]:
    """The command's name in lower case, and the rest; the name is empty when nothing was typed."""
    typed = plain(text).strip()
    found = re.match(r"\S+", typed)
    return (found[0].lower(), typed[found.end() :]) if found else ("", "")


def read(text: str, options: Sequence[Option] = ()) -> Words:
    """Take plain text apart; raises BadInput for an option that is unknown or lacks its value."""
    taken: dict[str, str] = {}
    words: list[Word] = []
    for number, content in enumerate(text.split("\n"), start=1):
        words += [Word(word, number) for word in _Line(content, options, taken).words()]
    return Words(words=tuple(words), options=taken)


class _Line:
    """One line while it is read; options go into `taken`."""

    def __init__(self, content: str, options: Sequence[Option], taken: dict[str, str]) -> None:
        bullet = _BULLET.match(content)
        self._rest = _FENCE.sub(" ", content[bullet.end() :] if bullet else content)
        self._options = {option.name: option for option in options}
        self._taken = taken

    def words(self) -> Iterator[str]:
        while rest := self._rest.lstrip(_SEPARATORS):
            if rest.startswith("#"):
                return
            self._rest = rest
            word = self._quoted() if rest[0] in "\"'" else self._bare()
            if word.startswith("-"):
                self._take(word)
            elif word := word.strip("`\"'"):
                yield word

    def _quoted(self) -> str:
        """What stands between quotes; an open quote ends with the line."""
        content, _, self._rest = self._rest[1:].partition(self._rest[0])
        return content.strip()

    def _bare(self) -> str:
        found = _WORD.match(self._rest)
        word = found[0] if found else self._rest
        self._rest = self._rest[len(word) :]
        return word

    def _take(self, word: str) -> None:
        name, equals, value = word.partition("=")
        option = self._options.get(name.lower())
        if option is None:
            raise _unknown(name, list(self._options))
        if not option.takes:
            self._taken[option.name] = ""
            return
        self._rest = (value if equals else "") + self._rest
        self._taken[option.name] = named(self._value(option))

    def _value(self, option: Option) -> str:
        """A quoted text, or everything up to the next option or the end of the line."""
        self._rest = self._rest.lstrip()
        if self._rest[:1] and self._rest[0] in "\"'" and self._rest[0] in self._rest[1:]:
            value = self._quoted()
        else:
            value = self._up_to_option()
        if not value:
            raise BadInput(f'{option.name} needs a text after it: {option.name} "no longer used".')
        return value

    def _up_to_option(self) -> str:
        names = "|".join(map(re.escape, self._options))
        found = re.search(rf"(?<!\S)(?:{names})(?=[\s=]|$)", self._rest)
        end = found.start() if found else len(self._rest)
        value, self._rest = self._rest[:end], self._rest[end:]
        return value.strip().strip('"')


def _unknown(name: str, known: Sequence[str]) -> BadInput:
    if not known:
        return BadInput(f"There is no option “{name[:40]}” here; leave it out.")
    meant = near(f"--{name.lstrip('-')}", known)
    hint = f"did you mean {meant}?" if meant else f"there are {', '.join(known)}."
    return BadInput(f"There is no option “{name[:40]}” here; {hint}")
