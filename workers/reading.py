"""Reading: a registry, as far as a decision needs it, into a Snapshot; all pages first, and nothing is changed."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from workers.core.abilities import Abilities
from workers.core.digest import Digest
from workers.core.errors import Answer, RegistryError
from workers.core.manifest import Manifest
from workers.core.names import Reference, RepositoryName, Tag
from workers.core.snapshot import RepositoryView, Snapshot
from workers.registries.distribution import Registry

BROKEN: Final = "is broken: the tag is listed, but its manifest is not there"
DAMAGED: Final = "cannot be read: what the registry has of it is damaged"
MISSING: Final = "is not there"
SCHEMA1: Final = "is an old schema1 manifest, which no digest names for sure; push it again as schema2 first"
TOO_DEEP: Final = "is nested more deeply than indexes are followed"
MOST_CHILDREN: Final = 1_000
"""Manifests in one index. Real ones have one for each platform, dozens at most; one that needs more is not read."""
TOO_WIDE: Final = f"lists more than the {MOST_CHILDREN:,} manifests that regclean reads of one index"
_AT_ONCE: Final = 16
_DEEPEST: Final = 8
"""Levels of indexes within indexes; a deeper nest, or one that contains itself, is not followed further."""


class TooMuch(RegistryError):  # noqa: N818 - the tree is named by what happened
    """The registry holds more than regclean reads."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, Answer(method="GET", url="", status=200))


class BudgetSpent(TooMuch):
    """More manifests would have to be read than may be."""


@dataclass(slots=True)
class Budget:
    """How many manifests may still be read."""

    left: int = sys.maxsize

    def has(self, count: int) -> bool:
        return self.left >= count

    def spend(self, count: int = 1) -> None:
        if not self.has(count):
            raise BudgetSpent("There are more manifests than may be read.")
        self.left -= count


@dataclass(slots=True)
class Tolerance:
    """On how many damaged things a registry may fail before it is taken to be failing itself; some are read twice."""

    left: int = 400

    def bears(self, error: RegistryError) -> bool:
        """Whether the error is about one damaged thing, and the reading may go on without it."""
        self.left -= error.blames_content
        return error.blames_content and self.left >= 0


@dataclass(frozen=True, slots=True)
class _Unread:
    """What stands in a manifest's place, and whether that is damage."""

    why: str
    damaged: bool = True


_Found = Manifest | _Unread


@dataclass(frozen=True, slots=True)
class Reader:
    """Reads one registry; every method raises RegistryError, TooMuch among them.

    With `tolerance` what is damaged, or beyond what regclean reads, is left out, and the view says so.
    """

    registry: Registry
    budget: Budget = field(default_factory=Budget)
    tolerance: Tolerance | None = None

    async def repository(self, name: RepositoryName) -> RepositoryView:
        """One repository in full."""
        tags = await self.registry.tags(name)
        return RepositoryView(name=name, absent=True) if tags is None else await self.tagged(name, tags)

    async def tagged(self, name: RepositoryName, tags: Iterable[Tag]) -> RepositoryView:
        """One repository whose tags are known already."""
        ordered = sorted(tags)
        if not self.budget.has(len(ordered)):
            raise BudgetSpent(f"{name} has more tags than may be read.")
        found = dict(zip(ordered, await self._all(Reference(name, tag) for tag in ordered), strict=True))
        good = {tag: manifest for tag, manifest in found.items() if isinstance(manifest, Manifest)}
        bad = {tag: unread for tag, unread in found.items() if isinstance(unread, _Unread)}
        view = RepositoryView(
            name=name,
            tags={tag: manifest.digest for tag, manifest in good.items()},
            unusable={tag: BROKEN if unread.why == MISSING else unread.why for tag, unread in bad.items()},
            unread={tag: unread.why for tag, unread in bad.items() if not unread.damaged},
            manifests={manifest.digest: manifest for manifest in good.values()},
        )
        return await self.with_children(view)

    async def with_manifests(self, view: RepositoryView, digests: Iterable[Digest]) -> RepositoryView:
        """The view with manifests that are named by digest, where they are there, and all below them."""
        return await self.with_children(await self._with(view, digests))

    async def with_referrers(self, view: RepositoryView, digests: Iterable[Digest]) -> RepositoryView:
        """The view with what the registry's referrers API lists for these digests."""
        lists = await asyncio.gather(*(self.registry.referrers(view.name, digest) for digest in digests))
        return await self.with_manifests(view, (each.digest for listed in lists for each in listed))

    async def with_children(self, view: RepositoryView) -> RepositoryView:
        """The view with everything below its indexes that is there."""
        for _ in range(_DEEPEST):
            wanted = _unknown(view)
            if not wanted:
                return view
            view = await self._with(view, wanted)
        beyond = _unknown(view)
        if beyond and self.tolerance is None:
            raise TooMuch(
                f"{view.name} has indexes within indexes on more than {_DEEPEST} levels, which regclean does not "
                "follow; remove them by other means."
            )
        return replace(view, unread={**view.unread, **dict.fromkeys(beyond, TOO_DEEP)})

    async def named(self, repository: RepositoryName, digest: Digest) -> Manifest | None:
        """A manifest by its digest."""
        found = await self._get(Reference(repository, digest))
        return found if isinstance(found, Manifest) else None

    async def _with(self, view: RepositoryView, digests: Iterable[Digest]) -> RepositoryView:
        wanted = [digest for digest in dict.fromkeys(digests) if digest not in view.manifests]
        found = dict(zip(wanted, await self._all(Reference(view.name, digest) for digest in wanted), strict=True))
        bad = {digest: unread for digest, unread in found.items() if isinstance(unread, _Unread)}
        more = {digest: manifest for digest, manifest in found.items() if isinstance(manifest, Manifest)}
        return replace(
            view,
            manifests={**view.manifests, **more},
            broken={**view.broken, **{digest: unread.why for digest, unread in bad.items() if unread.damaged}},
            unread={**view.unread, **{digest: unread.why for digest, unread in bad.items() if not unread.damaged}},
        )

    async def _all(self, references: Iterable[Reference]) -> list[_Found]:
        return await asyncio.gather(*(self._get(reference) for reference in references))

    async def _get(self, reference: Reference) -> _Found:
        self.budget.spend()
        try:
            stored = await self.registry.manifest(reference)
        except RegistryError as error:
            if self.tolerance and self.tolerance.bears(error):
                return _Unread(DAMAGED)
            raise
        if stored is None:
            return _Unread(MISSING)
        if stored.manifest.is_schema1:
            return _Unread(SCHEMA1, damaged=False)
        try:
            refuse_too_wide(reference, stored.manifest)
        except TooMuch:
            if self.tolerance:
                return _Unread(TOO_WIDE, damaged=False)
            raise
        return stored.manifest


def refuse_too_wide(reference: Reference, manifest: Manifest) -> None:
    """Raise TooMuch for an index that lists too many: each of them would be read."""
    if (count := len(manifest.children)) > MOST_CHILDREN:
        raise TooMuch(
            f"{reference} is an index of {count:,} manifests, more than the {MOST_CHILDREN:,} that regclean reads; "
            "remove it by other means."
        )


def _unknown(view: RepositoryView) -> Sequence[Digest]:
    return sorted(view.below - view.manifests.keys() - view.broken.keys() - view.unread.keys())


async def batches(reader: Reader, names: Sequence[RepositoryName]) -> AsyncIterator[list[RepositoryView]]:
    """Repositories, some at a time; raises BudgetSpent before those whose tags are too many."""
    for start in range(0, len(names), _AT_ONCE):
        some = names[start : start + _AT_ONCE]
        tags = await asyncio.gather(*(reader.registry.tags(name) for name in some))
        if not reader.budget.has(sum(len(each or ()) for each in tags)):
            raise BudgetSpent("There are more manifests than may be read.")
        known = [(name, each) for name, each in zip(some, tags, strict=True) if each]
        yield await asyncio.gather(*(reader.tagged(name, each) for name, each in known))


async def whole(reader: Reader, views: Sequence[RepositoryView]) -> tuple[list[RepositoryView], bool]:
    """The other repositories too, and whether that is all of them: no refusal, and within the reader's budget."""
    read = {view.name: view for view in views}
    try:
        names = [name for name in await reader.registry.catalog() if name not in read]
        async for some in batches(reader, names):
            read |= {view.name: view for view in some}
    except RegistryError:
        return list(read.values()), False
    return list(read.values()), True


def snapshot(registry: str, views: Sequence[RepositoryView], abilities: Abilities, *, complete: bool) -> Snapshot:
    by_name: Mapping[RepositoryName, RepositoryView] = {view.name: view for view in views}
    return Snapshot(registry=registry, repositories=by_name, abilities=abilities, whole=complete)
