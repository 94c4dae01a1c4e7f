"""Telling: an audit entry as lines for a terminal, with everything that it holds and nothing cut short."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from cli.audit.moments import shown
from workers.core.audit import Entry
from workers.core.echo import echo
from workers.core.sizes import exact

_INDENT: Final = " " * 9
_CANCELLING: Final = {"cancelling": "cancelled, to stop before the next step"}


def lines(entry: Entry) -> Iterator[str]:
    """When, who and what; below it what needs lines of its own: images, digests, damage."""
    said, below = list[str](), list[str]()
    for name, value in _ordered(entry.details):
        if name in _LINES and not isinstance(value, int):
            below += [f"{_LINES[name]}{_plain(each)}" for each in (value if isinstance(value, list) else [value])]
        elif words := _words(name, value):
            said.append(words)
    what = _CANCELLING.get(entry.action.value, entry.action.value)
    told = f"{what}: {'; '.join(said)}" if said else what
    yield f"{entry.sequence:>7}  {shown(entry.at)}  {_plain(entry.actor):<11}  {told}"
    yield from (f"{_INDENT}{line}" for line in below)


def _ordered(details: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """In the order of the tables below, and what they do not know at the end."""
    names = list(dict.fromkeys([*_SAID, *_LINES]))
    known = [name for name in names if name in details]
    yield from ((name, details[name]) for name in [*known, *sorted(details.keys() - set(names))])


def _words(name: str, value: Any) -> str:
    if name not in _SAID:
        return f"{_plain(name)} {_plain(value)}"
    try:
        return _SAID[name](value)
    except (TypeError, ValueError, OverflowError):
        return f"{name} {_plain(value)}"


def _plain(value: Any) -> str:
    """All of it, with nothing that a terminal would act on."""
    text = str(value)
    return echo(text, len(text))


def _count(noun: str) -> Callable[[Any], str]:
    return lambda value: f"{int(value):,} {noun}" if value else ""


def _bytes(words: str) -> Callable[[Any], str]:
    return lambda value: f"{words} {exact(int(value))}" if value is not None else ""


_SAID: Final[Mapping[str, Callable[[Any], str]]] = {
    "action": _plain,
    "registry": lambda value: f"on {_plain(value)}",
    "accepts_damage": lambda value: "although images are damaged" if value else "",
    "reason": lambda value: f"reason “{_plain(value)}”" if value else "no reason given",
    "attempt": lambda value: f"attempt {int(value)}",
    "step": lambda value: str(int(value) + 1),
    "verb": _plain,
    "reference": _plain,
    "result": _plain,
    "steps": lambda value: _count("step" if int(value) == 1 else "steps")(value),
    "damage": _count("damaged already"),
    "manifests": _count("manifests read"),
    "blobs": _count("blobs"),
    "read": _count("blobs read in full"),
    "done": _count("done"),
    "skipped": _count("skipped"),
    "failed": _count("failed"),
    "frees": _bytes("frees"),
    "exact": lambda value: "" if value else "at most, since only part of the registry was read",
    "size": _bytes("in all"),
    "freed": _bytes("freed, as measured,"),
    "fingerprint": lambda value: f"plan {_plain(value)}",
    "expires_at": lambda value: f"valid until {shown(str(value))}",
    "why": _plain,
}
_LINES: Final[Mapping[str, str]] = {"targets": "", "digest": "", "left": "not verified: ", "damage": "damaged: "}
