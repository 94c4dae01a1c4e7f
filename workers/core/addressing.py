"""Addressing: from what people type to a configured registry and a reference in it; nothing else can be reached.

The part before the first slash is the registry when it is a configured name or host; when it only looks like a host
(a dot, a colon, or `localhost`, as Docker has it) it must be one. With one registry it may be left out.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from workers.core.echo import echo
from workers.core.errors import BadName
from workers.core.names import Reference, RepositoryName


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """A configured registry: its name and every host spelling people may type, in lower case."""

    name: str
    hosts: tuple[str, ...] = ()

    def answers_to(self, text: str) -> bool:
        return text.lower() == self.name.lower() or text.lower() in self.hosts


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """A reference in a configured registry."""

    registry: str
    reference: Reference


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A registry, or one repository in it."""

    registry: str
    repository: RepositoryName | None = None


def image(text: str, known: Sequence[Known]) -> Image:
    """Read an image as people write it; raises BadName with the one thing to fix."""
    _refuse_scheme(text)
    if not text:
        raise BadName("No image is named; write REPOSITORY:TAG or REPOSITORY@DIGEST.")
    owner, rest = _split(text, known)
    return Image(registry=owner.name, reference=Reference.parse(rest, within=text.removesuffix(rest)))


def place(text: str, known: Sequence[Known]) -> Place:
    """Read `REGISTRY` or `REGISTRY/REPOSITORY` (or a repository alone, with one registry); raises BadName."""
    if found := _find(text.rstrip("/"), known):
        return Place(registry=found.name)
    _refuse_scheme(text)
    if not text or ("/" not in text and len(known) > 1):
        raise _unknown(text, known, example=_example(text, known))
    owner, rest = _split(text, known)
    return Place(registry=owner.name, repository=RepositoryName.parse(rest.rstrip("/")))


def registry(text: str, known: Sequence[Known]) -> str:
    """Read the name or host of a configured registry; raises BadName."""
    if found := _find(text.rstrip("/"), known):
        return found.name
    _refuse_scheme(text)
    raise _unknown(text, known)


def _find(text: str, known: Iterable[Known]) -> Known | None:
    return next((each for each in known if each.answers_to(text)), None)


def _split(text: str, known: Sequence[Known]) -> tuple[Known, str]:
    head, slash, rest = text.partition("/")
    found = _find(head, known) if slash else None
    if found:
        return found, rest
    if slash and _looks_like_host(head):
        raise _unknown(head, known)
    if len(known) != 1:
        raise _unsaid(text, known)
    return known[0], text


def _refuse_scheme(text: str) -> None:
    scheme, sign, _ = text.partition("://")
    if sign:
        raise BadName(f"Leave out “{echo(scheme, 40)}://”; write the registry's name or host without a scheme.")


def _looks_like_host(text: str) -> bool:
    return "." in text or ":" in text or text.lower() == "localhost"


def _unsaid(text: str, known: Sequence[Known]) -> BadName:
    example = f", for example {found}" if (found := _example(text, known)) else ""
    return BadName(f"Say which registry “{echo(text, 40)}” is in{example}; {_there_are(known)}")


def _example(text: str, known: Sequence[Known]) -> str:
    """How it is written where it names something in the first registry."""
    return "".join(f"{echo(each.name, 40)}/{echo(text, 40)}" for each in known[:1])


def _unknown(text: str, known: Sequence[Known], example: str = "") -> BadName:
    """`example` is how it would be written if a repository was meant."""
    near = _near(text, known)
    hint = f"did you mean {echo(near)}?" if near else _there_are(known)
    if not text:
        return BadName(f"No registry is named; {hint}")
    if example and not near:
        return BadName(
            f"There is no registry “{echo(text, 40)}”; {hint[:-1]}, and a repository is named like {example}."
        )
    return BadName(f"There is no registry “{echo(text)}” in the configuration; {hint}")


def _near(text: str, known: Sequence[Known]) -> str | None:
    spellings = [spelling for each in known for spelling in (each.name, *each.hosts)]
    return next(iter(get_close_matches(text.lower(), spellings, n=1)), None)


def _there_are(known: Sequence[Known]) -> str:
    names = echo(", ".join(each.name for each in known), 100)
    return f"there are {names}." if len(known) > 1 else f"there is {names or 'none'}."
