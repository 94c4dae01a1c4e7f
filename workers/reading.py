"""Reading: a registry, as far as a decision needs it, into a Snapshot; all pages first, and nothing is changed."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from workers.core.abilities import Abilities
from workers.core.digest import Digest
from workers.core.errors import RegistryError
from workers.core.manifest import Manifest
from workers.core.names import Reference, RepositoryName, Tag
from workers.core.snapshot import RepositoryView, Snapshot
from workers.registries.distribution import Registry

BROKEN: Final = "is broken: the tag is listed, but its manifest is not there"
SCHEMA1: Final = "is an old schema1 manifest, which no digest names for sure; push it again as schema2 first"
_AT_ONCE: Final = 16
_DEEPEST: Final = 8
"""Levels of indexes within indexes; a deeper nest, or one that contains itself, is not followed further."""


@dataclass(slots=True)
class Budget:
    """How many manifests may still be read."""

    left: int

    def take(self, count: int) -> bool:
        self.left -= count
        return self.left >= 0


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one registry; every method raises RegistryError."""

    registry: Registry

    async def repository(self, name: RepositoryName) -> RepositoryView:
        """One repository in full."""
        tags = await self.registry.tags(name)
        return RepositoryView(name=name, absent=True) if tags is None else await self.tagged(name, tags)

    async def tagged(self, name: RepositoryName, tags: Iterable[Tag]) -> RepositoryView:
        """One repository whose tags are known already."""
        ordered = sorted(tags)
        found = await asyncio.gather(*(self._tagged(Reference(name, tag)) for tag in ordered))
        good = {tag: manifest for tag, manifest in zip(ordered, found, strict=True) if isinstance(manifest, Manifest)}
        view = RepositoryView(
            name=name,
            tags={tag: manifest.digest for tag, manifest in good.items()},
            unusable={tag: why for tag, why in zip(ordered, found, strict=True) if isinstance(why, str)},
            manifests={manifest.digest: manifest for manifest in good.values()},
        )
        return await self.with_children(view)

    async def with_manifests(self, view: RepositoryView, digests: Iterable[Digest]) -> RepositoryView:
        """The view with manifests that are named by digest, where they are there, and all below them."""
        wanted = [digest for digest in dict.fromkeys(digests) if digest not in view.manifests]
        found = await asyncio.gather(*(self.named(view.name, digest) for digest in wanted))
        more = {manifest.digest: manifest for manifest in found if manifest}
        return await self.with_children(replace(view, manifests=dict(view.manifests) | more))

    async def with_referrers(self, view: RepositoryView, digests: Iterable[Digest]) -> RepositoryView:
        """The view with what the registry's referrers API lists for these digests."""
        lists = await asyncio.gather(*(self.registry.referrers(view.name, digest) for digest in digests))
        return await self.with_manifests(view, (each.digest for listed in lists for each in listed))

    async def with_children(self, view: RepositoryView) -> RepositoryView:
        """The view with everything below its indexes that is there."""
        manifests = dict(view.manifests)
        for _ in range(_DEEPEST):
            children = {child.digest for manifest in manifests.values() for child in manifest.children}
            wanted = sorted(children - manifests.keys())
            found = await asyncio.gather(*(self.named(view.name, digest) for digest in wanted))
            more = {manifest.digest: manifest for manifest in found if manifest}
            if not more:
                break
            manifests |= more
        return replace(view, manifests=manifests)

    async def named(self, repository: RepositoryName, digest: Digest) -> Manifest | None:
        """A manifest by its digest."""
        stored = await self.registry.manifest(Reference(repository, digest))
        if stored is None or stored.manifest.is_schema1:
            return None
        return stored.manifest

    async def _tagged(self, reference: Reference) -> Manifest | str:
        stored = await self.registry.manifest(reference)
        if stored is None:
            return BROKEN
        return SCHEMA1 if stored.manifest.is_schema1 else stored.manifest


async def whole(reader: Reader, views: Sequence[RepositoryView], budget: Budget) -> tuple[list[RepositoryView], bool]:
    """The other repositories too, and whether that is all of them: no refusal, and within the budget."""
    read = {view.name: view for view in views}
    try:
        names = [name for name in await reader.registry.catalog() if name not in read]
        for start in range(0, len(names), _AT_ONCE):
            some = names[start : start + _AT_ONCE]
            tags = await asyncio.gather(*(reader.registry.tags(name) for name in some))
            if not budget.take(sum(len(each or ()) for each in tags)):
                return list(read.values()), False
            known = [(name, each) for name, each in zip(some, tags, strict=True) if each]
            found = await asyncio.gather(*(reader.tagged(name, each) for name, each in known))
            read |= {view.name: view for view in found}
    except RegistryError:
        return list(read.values()), False
    return list(read.values()), True


def snapshot(registry: str, views: Sequence[RepositoryView], abilities: Abilities, *, complete: bool) -> Snapshot:
    by_name: Mapping[RepositoryName, RepositoryView] = {view.name: view for view in views}
    return Snapshot(registry=registry, repositories=by_name, abilities=abilities, whole=complete)
