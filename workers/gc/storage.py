"""A registry's filesystem storage, seen from outside: what its blobs weigh, and which repositories are empty."""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from workers.core.digest import Digest
from workers.core.errors import BadName, CollectorError
from workers.core.names import RepositoryName
from workers.gc.links import Links
from workers.gc.repository_folder import RepositoryFolder, folders

LAYOUT: Final = Path("docker/registry/v2")
# A client links or mounts the layers first and puts the manifest last: until then its repository looks empty.
PUSH_GRACE: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlobSizes:
    """Bytes of the blobs that are there, as their data files weigh; `missing` are those that are not."""

    sizes: Mapping[Digest, int]
    missing: frozenset[Digest]

    @property
    def total(self) -> int:
        return sum(self.sizes.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryLinks:
    """How much a repository holds on to; `touched` is when a push was last seen to work on it, as a Unix time."""

    tags: int
    revisions: int
    has_layers: bool
    touched: float | None

    def is_left(self, now: datetime, grace: timedelta) -> bool:
        """Whether nothing is in it, and no push has worked on it for the grace before `now`."""
        if self.tags or self.revisions:
            return False
        return self.touched is None or self.touched <= (now - grace).timestamp()


@dataclass(frozen=True, slots=True)
class Storage:
    """`root` is the filesystem driver's `rootdirectory`. Every method raises CollectorError when it cannot be read.

    `push_grace`: a repository that a push worked on more recently than this does not count as empty.
    """

    root: Path
    push_grace: timedelta = PUSH_GRACE

    @property
    def readable(self) -> bool:
        """Whether a registry's storage is there and may be read."""
        return os.access(self.root / LAYOUT, os.R_OK | os.X_OK)

    @property
    def writable(self) -> bool:
        """Whether repositories can be removed from it."""
        return self.readable and os.access(self._repositories, os.R_OK | os.W_OK | os.X_OK)

    @property
    def why_not_writable(self) -> str:
        return "" if self.writable else "The storage is not writable here, so emptied repositories stay in the catalog."

    def blob_sizes(self, digests: Iterable[Digest]) -> BlobSizes:
        """What each of these blobs weighs now."""
        with self._reading():
            weighed = {digest: _size(self._blob(digest)) for digest in digests}
        return BlobSizes(
            sizes={digest: size for digest, size in weighed.items() if size is not None},
            missing=frozenset(digest for digest, size in weighed.items() if size is None),
        )

    def freed(self, before: BlobSizes) -> int:
        """Bytes of the blobs that were weighed before and are gone now."""
        gone = self.blob_sizes(before.sizes).missing
        return sum(before.sizes[digest] for digest in gone)

    def used_bytes(self) -> int:
        """The weight of all blobs; unfinished uploads and links are not counted."""
        with self._reading():
            return sum(_data_sizes(self.root / LAYOUT / "blobs"))

    def repositories(self) -> Mapping[RepositoryName, RepositoryLinks]:
        """Every repository whose name the API accepts."""
        with self._reading():
            return {name: _links(folder) for name, folder in self._named_folders()}

    def links(self) -> Mapping[RepositoryName, Links]:
        """The links of every repository whose name the API accepts; one without an entry was not looked at."""
        with self._reading():
            return {name: Links.of(folder.links()) for name, folder in self._named_folders()}

    def empty_repositories(self, now: datetime) -> tuple[RepositoryName, ...]:
        """Those without any tag and any revision, on which no push has worked for the grace before `now`, sorted."""
        with self._reading():
            return tuple(sorted(name for name, folder in self._named_folders() if self._is_left(folder, now)))

    def remove_repository(self, name: RepositoryName, now: datetime) -> bool:
        """Remove an empty repository's own folders, and its directory if nothing else is in it.

        False, and nothing is removed, when it is not empty any more. To be called while the registry takes no writes.
        Running it twice, or again after a crash, is fine.
        """
        folder = RepositoryFolder(self._repositories, str(name))
        with self._reading():
            if not self._is_left(folder, now):
                return False
            folder.remove()
            return True

    def remove_repositories(self, names: Iterable[RepositoryName], now: datetime) -> tuple[RepositoryName, ...]:
        """Each of them, as `remove_repository` does; those that were removed."""
        return tuple(name for name in names if self.remove_repository(name, now))

    @property
    def _repositories(self) -> Path:
        return self.root / LAYOUT / "repositories"

    def _blob(self, digest: Digest) -> Path:
        return self.root / LAYOUT / "blobs" / digest.algorithm / digest.hex[:2] / digest.hex / "data"

    def _named_folders(self) -> Iterator[tuple[RepositoryName, RepositoryFolder]]:
        for folder in folders(self._repositories):
            try:
                yield RepositoryName.parse(folder.name), folder
            except BadName:
                continue

    def _is_left(self, folder: RepositoryFolder, now: datetime) -> bool:
        if not folder.is_empty():
            return False
        touched = folder.touched()
        return touched is None or touched <= (now - self.push_grace).timestamp()

    @contextmanager
    def _reading(self) -> Iterator[None]:
        # Looked at each time: a volume that was unmounted meanwhile must not look like blobs that were freed.
        if not self.readable:
            raise CollectorError(
                f"{self.root} holds no {LAYOUT} that may be read here; set `storage_root` to the registry's "
                "`rootdirectory`, or leave it out."
            )
        try:
            yield
        except OSError as error:
            raise CollectorError(f"The registry's storage gave an error: {error}.") from error


def _links(folder: RepositoryFolder) -> RepositoryLinks:
    return RepositoryLinks(
        tags=sum(1 for _ in folder.tags()),
        revisions=sum(1 for _ in folder.revisions()),
        has_layers=folder.has_layers(),
        touched=folder.touched(),
    )


def _size(path: Path) -> int | None:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return None


def _data_sizes(blobs: Path) -> Iterator[int]:
    """Sizes of `<algorithm>/<two digits>/<digest>/data`; whatever else is lying about is not counted."""
    folders_at_depth = [blobs] if blobs.exists() else []
    for _ in range(3):
        folders_at_depth = [
            Path(entry.path) for each in folders_at_depth for entry in os.scandir(each) if entry.is_dir()
        ]
    return (size for each in folders_at_depth if (size := _size(each / "data")) is not None)
