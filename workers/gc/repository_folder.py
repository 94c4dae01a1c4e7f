"""One repository's own folders in a registry's filesystem storage: `_layers`, `_manifests` and `_uploads`, no others.

The layout is that of distribution's registry/storage/paths.go. A repository may lie inside another one: `registry/app`
is a folder in `registry`, which is why a repository's directory itself is never removed with what it holds.
"""

import os
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from errno import EEXIST, ENOTEMPTY
from pathlib import Path
from typing import Final

from workers.core.errors import CollectorError

OWN: Final = ("_layers", "_manifests", "_uploads")


@dataclass(frozen=True, slots=True)
class RepositoryFolder:
    """`top` is the folder of all repositories, `name` the repository's path below it. Methods raise OSError."""

    top: Path
    name: str

    @property
    def path(self) -> Path:
        return self.top / self.name

    def tags(self) -> Iterator[str]:
        return (entry.name for entry in _entries(self.path / "_manifests/tags"))

    def revisions(self) -> Iterator[str]:
        """The digest of every revision that has a link; a deleted one leaves its folder behind without it."""
        for algorithm in _entries(self.path / "_manifests/revisions"):
            for revision in _entries(algorithm.path):
                if os.path.lexists(os.path.join(revision.path, "link")):  # noqa: PTH118 - per revision; a Path is slow
                    yield f"{algorithm.name}:{revision.name}"

    def has_layers(self) -> bool:
        return os.path.lexists(self.path / "_layers")

    def links(self) -> Iterator[tuple[tuple[str, ...], int]]:
        """`_layers` where it is there, and every link that is, by its path below the repository, with its bytes."""
        if self.has_layers():
            yield ("_layers",), 0
        for kind in (("_layers",), ("_manifests", "revisions")):
            for algorithm in _entries(self.path.joinpath(*kind)):
                for digest in _entries(algorithm.path):
                    yield from _weighed(digest.path, (*kind, algorithm.name, digest.name, "link"), "link")
        for tag in _entries(self.path / "_manifests/tags"):
            yield from _weighed(tag.path, ("_manifests", "tags", tag.name, "current", "link"), "current/link")

    def is_empty(self) -> bool:
        return not any(self.tags()) and not any(self.revisions())

    def touched(self) -> float | None:
        """When a layer was linked or an upload continued last, as a Unix time; removing links does not count."""
        times = (_modified(path) for path in (*self._layer_links(), *self._uploads()))
        return max((time for time in times if time is not None), default=None)

    def remove(self) -> None:
        """Remove its own folders, then every directory on the way up that is empty now; running twice is fine."""
        self._refuse_symlinks()
        for own in OWN:
            if os.path.lexists(self.path / own):
                shutil.rmtree(self.path / own)
        for directory in (self.path, *self.path.parents):
            if directory == self.top or not _removed(directory):
                return

    def _layer_links(self) -> Iterator[str]:
        for algorithm in _entries(self.path / "_layers"):
            for layer in _entries(algorithm.path):
                yield f"{layer.path}/link"

    def _uploads(self) -> Iterator[str]:
        for upload in _entries(self.path / "_uploads"):
            yield upload.path
            yield from (entry.path for entry in _entries(upload.path))

    def _refuse_symlinks(self) -> None:
        ways = [self.path, *(self.path / own for own in OWN)]
        ways += [parent for parent in self.path.parents if parent.is_relative_to(self.top) and parent != self.top]
        for way in ways:
            if way.is_symlink():
                raise CollectorError(f"{way} is a symbolic link, so the repository {self.name} is left alone.")


def folders(top: Path) -> Iterator[RepositoryFolder]:
    """Every directory that is a repository; symbolic links are not followed. Raises OSError."""
    names = [""]
    while names:
        name = names.pop()
        entries = [entry for entry in _entries(top / name) if entry.is_dir(follow_symlinks=False) or entry.name in OWN]
        if name and any(entry.name in OWN for entry in entries):
            yield RepositoryFolder(top, name)
        names += [f"{name}/{entry.name}".lstrip("/") for entry in entries if not entry.name.startswith("_")]


def _entries(path: str | Path) -> Iterable["os.DirEntry[str]"]:
    try:
        with os.scandir(path) as entries:
            return list(entries)
    except (FileNotFoundError, NotADirectoryError):
        return ()


def _weighed(folder: str, parts: tuple[str, ...], name: str) -> Iterator[tuple[tuple[str, ...], int]]:
    try:
        yield parts, os.lstat(f"{folder}/{name}").st_size
    except (FileNotFoundError, NotADirectoryError):
        return


def _modified(path: str) -> float | None:
    try:
        return os.lstat(path).st_mtime
    except FileNotFoundError:
        return None


def _removed(directory: Path) -> bool:
    try:
        directory.rmdir()
    except FileNotFoundError:
        return True
    except OSError as error:
        if error.errno in {ENOTEMPTY, EEXIST}:
            return False
        raise
    return True
