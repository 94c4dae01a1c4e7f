"""Target: one parser, the property that must hold for every input there is, and inputs to begin with."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """`run` fails on an input for which `holds` is not true.

    `longest` is in bytes. `words` are what mutations may put in. `of_json`: the bytes after the first are JSON, mostly.
    """

    holds: str
    run: Callable[[bytes], None]
    seeds: tuple[bytes, ...]
    longest: int = 4096
    words: tuple[str, ...] = ()
    of_json: bool = False


def chosen(data: bytes, choices: Sequence[T]) -> tuple[T, bytes]:
    """What the first byte chooses, and the rest."""
    return choices[(data[0] if data else 0) % len(choices)], data[1:]


def text(data: bytes) -> str:
    """As JSON may give it: with lone surrogates, which no encoder takes."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def seed(choice: int, content: str | bytes) -> bytes:
    """The input for which `chosen` gives this choice and content."""
    return bytes([choice]) + (content if isinstance(content, bytes) else content.encode("utf-8", "surrogatepass"))


def json_seed(choice: int, document: Any) -> bytes:
    return seed(choice, json.dumps(document))
