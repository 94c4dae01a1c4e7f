"""Listing: a registry's repositories, counted from the paths of its storage as a program printed them.

The layout is that of distribution's registry/storage/paths.go, and the counts are those of RepositoryFolder.
"""

import math
import stat
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final, Self

from workers.core.echo import echo
from workers.core.errors import CollectorError
from workers.gc.repository_folder import OWN
from workers.gc.storage import RepositoryLinks

FORMAT: Final = "%s %Y %f %n"
"""For `stat -c`, as GNU's and BusyBox's know it: bytes, Unix time, mode in hexadecimal digits, path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One path: bytes, Unix time of its last change, and its mode with the type of file."""

    size: int
    modified: float
    mode: int
    path: PurePosixPath

    @classmethod
    def parse(cls, line: str) -> Self:
        """A line as `stat -c FORMAT` prints it; raises CollectorError."""
        try:
            size, modified, mode, path = line.split(" ", 3)
            entry = cls(size=int(size), modified=float(modified), mode=int(mode, 16), path=PurePosixPath(path))
        except ValueError as error:
            raise _unreadable(line) from error
        if entry.size < 0 or not 0 <= entry.modified < math.inf or not 0 <= entry.mode < 2**32:
            raise _unreadable(line)
        return entry

    @property
    def is_symlink(self) -> bool:
        return stat.S_ISLNK(self.mode)


def _unreadable(line: str) -> CollectorError:
    return CollectorError(f"The listing of the storage cannot be read: “{echo(line, 100)}”.")


@dataclass(slots=True)
class _Counted:
    tags: int = 0
    revisions: int = 0
    has_layers: bool = False
    touched: float | None = None

    def take(self, own: str, rest: tuple[str, ...], entry: Entry) -> None:
        match own, rest:
            case _, ():
                self.has_layers |= own == "_layers"
                if entry.is_symlink:
                    self.touched = math.inf
            case "_manifests", ("tags", _):
                self.tags += 1
            case "_manifests", ("revisions", _, _, "link"):
                self.revisions += 1
            case ("_layers", (_, _, "link")) | ("_uploads", (_,) | (_, _)):
                self.touched = max(self.touched or 0.0, entry.modified)

    def links(self) -> RepositoryLinks:
        return RepositoryLinks(
            tags=self.tags, revisions=self.revisions, has_layers=self.has_layers, touched=self.touched
        )


def repositories(entries: Iterable[Entry], top: PurePosixPath) -> Mapping[str, RepositoryLinks]:
    """What each repository below `top` holds on to, by its folder's name.

    One of whose own folders is a symbolic link counts as worked on for ever: what that leads to was not listed.
    Raises CollectorError for a path elsewhere.
    """
    counted: dict[str, _Counted] = {}
    for entry in entries:
        if not entry.path.is_relative_to(top):
            raise CollectorError(
                f"The listing of the storage names “{echo(str(entry.path), 100)}”, which is outside it."
            )
        parts = entry.path.relative_to(top).parts
        at = next((index for index, part in enumerate(parts) if part in OWN), 0)
        if at:
            counted.setdefault("/".join(parts[:at]), _Counted()).take(parts[at], parts[at + 1 :], entry)
    return {name: each.links() for name, each in counted.items()}
