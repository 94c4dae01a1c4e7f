"""Kept: the inputs that are worth keeping, one file for each target, one input a line."""

import ast
import hashlib
from collections.abc import Iterable
from pathlib import Path
from typing import Final

CORPUS: Final = Path(__file__).parent / "corpus"
MOST_BYTES: Final = 150_000
"""Of one target's file, so that all of them stay below 2 MB."""


def read(name: str, folder: Path = CORPUS) -> list[bytes]:
    """The target's inputs; none when nothing was kept yet."""
    path = folder / f"{name}.txt"
    if not path.exists():
        return []
    return [ast.literal_eval(line) for line in path.read_text(encoding="ascii").splitlines()]


def write(name: str, inputs: Iterable[bytes], folder: Path = CORPUS) -> int:
    """Keep the shortest inputs, as many as there is room for; how many that were."""
    room, lines = MOST_BYTES, []
    for each in sorted(set(inputs), key=lambda data: (len(data), data)):
        line = f"{each!r}\n"
        room -= len(line)
        if room < 0:
            break
        lines.append(line)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.txt").write_text("".join(lines), encoding="ascii")
    return len(lines)


def unpack(inputs: Iterable[bytes], folder: Path) -> None:
    """As libFuzzer wants them: each in a file that is named after its content."""
    folder.mkdir(parents=True, exist_ok=True)
    for each in inputs:
        (folder / hashlib.sha1(each, usedforsecurity=False).hexdigest()).write_bytes(each)
