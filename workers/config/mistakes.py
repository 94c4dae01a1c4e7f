"""Mistakes: what is wrong in a configuration file, each with its place and one sentence of what to do."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from workers.core.errors import BadInput

Place: TypeAlias = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """`path` is like `registries[1].url`, empty for the file as a whole; `line` counts from 1 where it is known."""

    path: str
    sentence: str
    line: int | None = None

    def __str__(self) -> str:
        where = f"{self.path}: " if self.path else ""
        return f"{where}{self.sentence}" + (f" (line {self.line})" if self.line else "")


class BadConfig(BadInput):
    """The configuration file cannot be used."""

    def __init__(self, source: str, mistakes: Sequence[Mistake]) -> None:
        self.mistakes = tuple(mistakes)
        count = "1 mistake" if len(self.mistakes) == 1 else f"{len(self.mistakes)} mistakes"
        super().__init__("\n".join([f"{source} has {count}:", *map(str, self.mistakes)]))


def spelled(place: Place) -> str:
    """A place as people write it: `("registries", 1, "url")` becomes `registries[1].url`."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in place).removeprefix(".")
