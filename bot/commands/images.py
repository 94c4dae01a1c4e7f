"""Images: from words to references, grouped by registry; the first wrong one is explained, the others' lines named."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Final, TypeVar

from bot.commands.plain_words import plain
from bot.commands.words import Word, Words
from bot.wording import enumerated
from workers.core import addressing
from workers.core.addressing import Known, Place
from workers.core.errors import BadInput, BadName
from workers.core.names import Reference, RepositoryName

T = TypeVar("T")

_MOST_LINES: Final = 10
# A clock time is no image, though it looks like one.
_TIME: Final = re.compile(r"[0-9]{1,2}:[0-9]{2}(:[0-9]{2})?")


def grouped(words: Words, known: Sequence[Known]) -> Mapping[str, list[Reference]]:
    """References by registry, in the order given; raises BadInput naming every line that is wrong."""
    found: dict[str, list[Reference]] = {}
    for image in _read(words, lambda text: addressing.image(text, known)):
        found.setdefault(image.registry, []).append(image.reference)
    return found


def repositories(words: Words, known: Sequence[Known]) -> Mapping[str, list[RepositoryName]]:
    """Repositories by registry; raises BadInput."""
    found: dict[str, list[RepositoryName]] = {}
    for place in _read(words, lambda text: _repository(text, known)):
        if place.repository:
            found.setdefault(place.registry, []).append(place.repository)
    return found


def _repository(text: str, known: Sequence[Known]) -> Place:
    try:
        place = addressing.place(text, known)
    except BadName as error:
        raise _without_tag(text, known, error) from error
    if place.repository is None:
        raise BadName(f"“{text[:100]}” is a registry; name a repository in it: {place.registry}/REPOSITORY.")
    return place


def _without_tag(text: str, known: Sequence[Known], error: BadName) -> BadName:
    """Say so where somebody named an image instead of its repository."""
    try:
        image = addressing.image(text, known)
    except BadName:
        return error
    return BadName(f"--untagged takes repositories: write {image.registry}/{image.reference.repository} alone.")


def _read(words: Words, parse: Callable[[str], T]) -> Sequence[T]:
    found, wrong = list[T](), list[tuple[Word, BadName]]()
    for word in words.words:
        try:
            found.append(parse(word.text))
        except BadName as error:
            wrong.append((word, error))
    if wrong:
        raise _wrong(words, wrong) from wrong[0][1]
    return found


def _wrong(words: Words, wrong: Sequence[tuple[Word, BadName]]) -> BadInput:
    """The first one's sentence, with its line where there are several; then where the others are."""
    (first, error), *others = wrong
    where = f"Line {first.line}: " if words.lines > 1 else ""
    lines = [str(line) for line in dict.fromkeys(word.line for word, _ in others) if line != first.line]
    shown = [*lines[:_MOST_LINES], *([f"{len(lines) - _MOST_LINES} more"] if len(lines) > _MOST_LINES else [])]
    too = f" Wrong, too: {'line' if len(lines) == 1 else 'lines'} {enumerated(shown)}." if lines else ""
    return BadInput(f"{where}{error.sentence}{too}")


def candidates(text: str, known: Sequence[Known]) -> list[str]:
    """What looks like an image in somebody's message, each once, as it was written."""
    return list(dict.fromkeys(_candidates(plain(text), known)))


def _candidates(text: str, known: Sequence[Known]) -> Iterator[str]:
    for line in text.split("\n"):
        for found in re.findall(r"[A-Za-z0-9][A-Za-z0-9._:/@-]*[A-Za-z0-9_]", line):
            if ":" in found and "://" not in found and not _TIME.fullmatch(found) and _is_image(found, known):
                yield found


def _is_image(text: str, known: Sequence[Known]) -> bool:
    try:
        addressing.image(text, known)
    except BadName:
        return False
    return True
