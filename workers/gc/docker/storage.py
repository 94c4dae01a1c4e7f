"""ContainerStorage: a registry's storage, weighed and tidied through the engine, where the workers cannot reach it.

It takes `find`, `stat` and `rm` in some image: the registry's own (the official one has them), or `tools_image`.
Without them the engine still tells the sizes of blobs, one by one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path, PurePosixPath
from typing import Final, TypeAlias

from workers.config.gc_docker import DockerRunnerSettings
from workers.core.digest import Digest
from workers.core.errors import BadName, CollectorError
from workers.core.names import RepositoryName
from workers.gc.docker import files
from workers.gc.docker.container import RegistryContainer
from workers.gc.docker.engine import Engine
from workers.gc.docker.served import Served
from workers.gc.docker.tools import ran
from workers.gc.links import Links, read_links
from workers.gc.listing import FORMAT, Entry, repositories
from workers.gc.repository_folder import OWN
from workers.gc.runner import StorageAccess
from workers.gc.storage import LAYOUT, BlobSizes, RepositoryLinks, Storage

_TRIES: Final = 3
# Linux takes 128 KiB for one argument and two MiB for all; an engine may take less.
_AT_ONCE: Final = 200
# Asking the engine for so many sizes takes no longer than starting a container that finds them all.
_FEW: Final = 50
_WEIGH: Final = ("-exec", "stat", "-c", FORMAT, "{}", "+")
# What a tag leads to is not counted, nor what an upload consists of.
_COUNTED: Final = ("!", "-path", "*/_manifests/tags/*/*", "!", "-path", "*/_uploads/*/*/*")
# A tag's `index` holds the digests that it had before, which nobody reads.
_LINKS: Final = ("(", "-name", "link", "!", "-path", "*/_manifests/tags/*/index/*", ")", "-o", "-name", "_layers")

Opened: TypeAlias = tuple[Engine, RegistryContainer]


@dataclass(slots=True)
class ContainerStorage:
    """`root` is the filesystem driver's `rootdirectory` inside the container. Members are those of Storage."""

    settings: DockerRunnerSettings
    root: PurePosixPath
    # None before they were tried, empty when they work, else why they do not.
    _lacking: str | None = field(default=None, init=False)

    @property
    def writable(self) -> bool:
        return not self.why_not_writable

    @property
    def why_not_writable(self) -> str:
        with self._opened() as opened:
            if (mount := opened[1].mount_of(self.root)) and not mount.get("RW", True):
                return "The registry's volume is read-only, so emptied repositories stay in the catalog."
            if self._tools(opened):
                return ""
        if self.settings.tools_image:
            return f"Emptied repositories stay in the catalog, because gc.tools_image is of no use: {self._lacking}"
        return (
            f"The image of {self.settings.container} has no find, stat and rm, so emptied repositories stay in the "
            "catalog; set gc.tools_image to an image that has them, such as busybox."
        )

    def blob_sizes(self, digests: Iterable[Digest]) -> BlobSizes:
        """What each of these blobs weighs now."""
        wanted = frozenset(digests)
        with self._opened() as opened:
            singly = len(wanted) <= _FEW or not self._tools(opened)
            weighed = self._weighed_singly(opened, wanted) if singly else self._weighed(opened)
        sizes = {digest: weighed[digest] for digest in wanted if digest in weighed}
        return BlobSizes(sizes=sizes, missing=wanted - sizes.keys())

    def links(self) -> Mapping[RepositoryName, Links]:
        """As Storage says; nothing where the tools for it are missing."""
        with self._opened() as opened:
            if not self._tools(opened):
                return {}
            entries = self._listed(opened, self._top, ("(", *_LINKS, "-o", "-path", str(self._top), ")"))
        return read_links((entry.path.relative_to(self._top).parts, entry.size) for entry in entries)

    def empty_repositories(self, now: datetime) -> tuple[RepositoryName, ...]:
        with self._opened() as opened:
            return tuple(sorted(self._left(opened, now)))

    def remove_repositories(self, names: Iterable[RepositoryName], now: datetime) -> tuple[RepositoryName, ...]:
        """Remove the folders of those that are still empty; to be called while the registry takes no writes."""
        with self._opened() as opened:
            still = self._left(opened, now)
            gone = tuple(name for name in names if name in still)
            for some in _portions(gone):
                self._remove(opened, some)
        return gone

    @property
    def _layout(self) -> PurePosixPath:
        return self.root / LAYOUT

    @contextmanager
    def _opened(self) -> Iterator[Opened]:
        """The engine and the registry; raises CollectorError when the storage is not there, before or afterwards.

        Without that, a volume or container that went meanwhile would look like blobs that were freed.
        """
        with Engine.connected(self.settings) as engine:
            registry = RegistryContainer.look(engine, self.settings.container)
            self._seen(engine, registry)
            yield engine, registry
            self._seen(engine, registry)

    def _seen(self, engine: Engine, registry: RegistryContainer) -> None:
        if files.size(engine, registry.id, self._layout) is None:
            raise CollectorError(f"“{registry.name}” holds no {self._layout}; correct the registry's `rootdirectory`.")

    def _tools(self, opened: Opened) -> bool:
        if self._lacking is None:
            try:
                self._listed(opened, self._layout / "blobs", ("-path", str(self._layout / "blobs")))
            except CollectorError as error:
                # Whatever stands in the way, sizes are then asked of the engine, and what fails there is told.
                self._lacking = error.sentence
            else:
                self._lacking = ""
        return not self._lacking

    def _weighed(self, opened: Opened) -> Mapping[Digest, int]:
        top = self._layout / "blobs"
        entries = self._listed(opened, top, ("(", "-name", "data", "-o", "-path", str(top), ")"))
        named = ((entry.path.parent, entry.size) for entry in entries if entry.path != top)
        return {Digest.parse(f"{blob.parent.parent.name}:{blob.name}"): size for blob, size in named}

    def _weighed_singly(self, opened: Opened, wanted: Iterable[Digest]) -> Mapping[Digest, int]:
        engine, registry = opened
        sizes = ((digest, files.size(engine, registry.id, self._blob(digest))) for digest in wanted)
        return {digest: size for digest, size in sizes if size is not None}

    def _blob(self, digest: Digest) -> PurePosixPath:
        return self._layout / "blobs" / digest.algorithm / digest.hex[:2] / digest.hex / "data"

    @property
    def _top(self) -> PurePosixPath:
        return self._layout / "repositories"

    def _left(self, opened: Opened, now: datetime) -> Mapping[RepositoryName, RepositoryLinks]:
        """The empty ones whose names the API accepts."""
        grace = timedelta(seconds=self.settings.push_grace)
        found = repositories(self._listed(opened, self._top, _COUNTED), self._top)
        named = ((_name(folder), links) for folder, links in found.items() if links.is_left(now, grace))
        return {name: links for name, links in named if name is not None}

    def _remove(self, opened: Opened, names: Sequence[RepositoryName]) -> None:
        """Their own folders, and then every directory above them that is empty now; others stay."""
        folders = [self._top / str(name) for name in names]
        own = [str(folder / each) for folder in folders for each in OWN]
        self._run(opened, ("rm", "-rf", "--", *own))
        ways = {way for folder in folders for way in (folder, *folder.parents) if self._top in way.parents}
        deepest_first = sorted(map(str, ways), key=lambda way: (-way.count("/"), way))
        # A directory that holds another repository is not empty, and its refusal is what is wanted.
        self._run(opened, ("rmdir", "--", *deepest_first), may_fail=True)

    def _run(self, opened: Opened, words: Sequence[str], *, may_fail: bool = False) -> None:
        with ran(*opened, self.settings, words, writes=True) as program:
            if program.code and not may_fail:
                raise CollectorError(f"“{words[0]}” failed with exit code {program.code}: {program.reason}.")

    def _listed(
        self, opened: Opened, path: PurePosixPath, expression: Sequence[str], tries: int = _TRIES
    ) -> Sequence[Entry]:
        """What fits the expression, the path itself last; asked again when something went away, as uploads do."""
        with ran(*opened, self.settings, ("find", str(path), "-depth", *expression, *_WEIGH)) as program:
            code, reason = program.code, program.reason
            entries = [Entry.parse(line) for line in program.lines()] if code == 0 else []
        if entries and entries[-1].path == path:
            return entries
        if code == 0:
            # A repository must not look empty because the end of the listing was lost.
            raise CollectorError("The listing of the storage did not arrive whole; look at the engine's log.")
        if code != 1 or tries == 1:
            raise CollectorError(f"“find” failed with exit code {code}: {reason}.")
        return self._listed(opened, path, expression, tries - 1)


def storage_of(settings: DockerRunnerSettings) -> StorageAccess | None:
    """The storage of the registry, as the workers reach it best; None when it is not in the filesystem.

    Raises CollectorError.
    """
    if settings.storage_root:
        return Storage(Path(settings.storage_root), timedelta(seconds=settings.push_grace))
    with Engine.connected(settings) as engine:
        registry = RegistryContainer.look(engine, settings.container)
        root = Served.of(engine, registry, settings).root
    return ContainerStorage(settings, root) if root else None


def _portions(names: Sequence[RepositoryName]) -> Iterator[Sequence[RepositoryName]]:
    return (names[start : start + _AT_ONCE] for start in range(0, len(names), _AT_ONCE))


def _name(folder: str) -> RepositoryName | None:
    try:
        return RepositoryName.parse(folder)
    except BadName:
        return None
