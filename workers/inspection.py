"""Inspection: which images of some repositories are damaged, over HTTP and on the storage where that can be read."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, Self, TypeAlias

from workers.core.damage import Damage, damage_of, misweighed
from workers.core.digest import Digest
from workers.core.errors import RegistryError
from workers.core.names import RepositoryName
from workers.core.snapshot import RepositoryView
from workers.gc.links import Links
from workers.gc.runner import StorageAccess
from workers.reading import MISSING, Reader
from workers.registries.distribution import Registry

UNREADABLE: Final = "cannot be read"
GONE: Final = "is not there any more"
NO_MANIFEST: Final = "has a link in the storage, and its manifest is not there"
_AT_ONCE: Final = 1_000
"""Blobs asked about at a time, so that no repository makes more tasks than that."""

Marked: TypeAlias = Mapping[RepositoryName, frozenset[Digest]]
"""The manifests that the collector keeps, tagged or not."""

AllLinks: TypeAlias = Mapping[RepositoryName, Links]

Wrong: TypeAlias = Mapping[Digest, str]
"""Blobs with what is wrong with them, in a clause."""


@dataclass(frozen=True, slots=True)
class Look:
    """Repositories as they were read, what is wrong with blobs of theirs, and what is damaged, by that or else."""

    views: Sequence[RepositoryView]
    wrong: Mapping[RepositoryName, Wrong]
    damage: Mapping[RepositoryName, Sequence[Damage]]


@dataclass(frozen=True, slots=True)
class Inspector:
    """Methods raise RegistryError, and CollectorError when the storage cannot be read.

    `reader` should have a tolerance, or the first damaged thing is an error.
    """

    reader: Reader
    storage: StorageAccess | None
    marked: Marked = field(default_factory=dict)
    links: AllLinks = field(default_factory=dict)

    async def look(self, names: Sequence[RepositoryName]) -> Look:
        """Damage counts when it is seen twice: people push and delete while a registry is read."""
        first = await self._look(names)
        doubtful = [name for name, damage in first.damage.items() if damage]
        if not doubtful:
            return first
        second = await (await self._again())._look(doubtful)  # noqa: SLF001 - another of its own kind
        newer = {view.name: view for view in second.views}
        views = [newer.get(view.name, view) for view in first.views]
        wrong = {**first.wrong, **second.wrong}
        return Look(views, wrong, {**first.damage, **_seen_twice(first.damage, second.damage)})

    async def stored(self) -> Sequence[Damage]:
        """What is wrong in the storage whatever can be reached over HTTP: torn links, and manifests that are gone."""
        first = await self._stored()
        if not first:
            return first
        known = {each.what for each in first}
        return [each for each in await (await self._again())._stored() if each.what in known]  # noqa: SLF001

    async def _stored(self) -> Sequence[Damage]:
        torn = [damage for name, links in self.links.items() for damage in links.damage(name)]
        if self.storage is None:
            return torn
        missing = (await asyncio.to_thread(self.storage.blob_sizes, _revisions(self.links))).missing
        gone = [
            Damage(what=f"{name}@{digest}", why=NO_MANIFEST)
            for name, links in self.links.items()
            for digest in sorted(links.revisions.keys() & missing)
        ]
        return [*torn, *gone]

    async def _again(self) -> Self:
        """The same, with the links as they are now: some are written while they are read."""
        return replace(self, links=await links_of(self.storage))

    async def _look(self, names: Sequence[RepositoryName]) -> Look:
        views = await asyncio.gather(*(self._read(name) for name in names))
        wrong = await self._wrong(views)
        return Look(views, wrong, {view.name: damage_of(view, wrong[view.name]) for view in views})

    async def _read(self, name: RepositoryName) -> RepositoryView:
        """With what the collector keeps besides. Whoever may push may have deleted some of that since."""
        marked = self.marked.get(name, frozenset())
        view = await self.reader.with_manifests(await self.reader.repository(name), marked)
        gone = {digest for digest in marked - view.below if view.broken.get(digest) == MISSING}
        return replace(
            view,
            broken={digest: why for digest, why in view.broken.items() if digest not in gone},
            unread={**view.unread, **dict.fromkeys(gone, GONE)},
        )

    async def _wrong(self, views: Sequence[RepositoryView]) -> Mapping[RepositoryName, Wrong]:
        if self.storage is None:
            return {view.name: await self._served(view) for view in views}
        wanted = {digest for view in views for manifest in view.manifests.values() for digest in manifest.blobs}
        weighed = await asyncio.to_thread(self.storage.blob_sizes, wanted)
        return {view.name: self._unlinked(view) | dict(_misweighed(view, weighed.sizes)) for view in views}

    def _unlinked(self, view: RepositoryView) -> dict[Digest, str]:
        links = self.links.get(view.name)
        return dict(links.wrong(blobs_of(view))) if links else {}

    async def _served(self, view: RepositoryView) -> Wrong:
        """By what the registry says of each blob. The manifests themselves were read, and are what they should be."""
        blobs = sorted(blobs_of(view).items())
        wrong: dict[Digest, str] = {}
        for start in range(0, len(blobs), _AT_ONCE):
            some = blobs[start : start + _AT_ONCE]
            clauses = await asyncio.gather(*(self._weigh(view.name, digest, size) for digest, size in some))
            wrong |= {digest: why for (digest, _), why in zip(some, clauses, strict=True) if why}
        return wrong

    async def _weigh(self, name: RepositoryName, digest: Digest, size: int) -> str:
        try:
            return misweighed(size, await self.registry.blob_size(name, digest))
        except RegistryError as error:
            if self.reader.tolerance and self.reader.tolerance.bears(error):
                return UNREADABLE
            raise

    @property
    def registry(self) -> Registry:
        return self.reader.registry


async def links_of(storage: StorageAccess | None) -> AllLinks:
    """Every link in the storage; none where it cannot be read here."""
    return await asyncio.to_thread(storage.links) if storage else {}


def _revisions(links: AllLinks) -> frozenset[Digest]:
    return frozenset(digest for each in links.values() for digest in each.revisions)


def _seen_twice(
    first: Mapping[RepositoryName, Sequence[Damage]], second: Mapping[RepositoryName, Sequence[Damage]]
) -> Mapping[RepositoryName, Sequence[Damage]]:
    """Of the second look, which is the newer one, what was there in the first one too."""
    before = {name: {each.what for each in damage} for name, damage in first.items()}
    return {name: [each for each in damage if each.what in before[name]] for name, damage in second.items()}


def blobs_of(view: RepositoryView) -> Mapping[Digest, int]:
    """The blobs that a repository has to have, in bytes; the manifests themselves are not among them."""
    blobs = {digest: size for manifest in view.manifests.values() for digest, size in manifest.blobs.items()}
    elsewhere = frozenset[Digest]().union(*(manifest.elsewhere for manifest in view.manifests.values()))
    return {digest: size for digest, size in blobs.items() if digest not in view.manifests and digest not in elsewhere}


def _misweighed(view: RepositoryView, sizes: Mapping[Digest, int]) -> Iterator[tuple[Digest, str]]:
    manifests = {digest: manifest.size for digest, manifest in view.manifests.items()}
    for digest, size in (manifests | dict(blobs_of(view))).items():
        if why := misweighed(size, sizes.get(digest)):
            yield digest, why
