"""Sight: one repository as it is now, so that what nobody planned for a digest is seen before the digest goes."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from workers.core.deciding import COMPANIONS
from workers.core.digest import Digest
from workers.core.manifest import Manifest
from workers.core.names import Reference, RepositoryName, Tag
from workers.core.plan import Step
from workers.reading import Reader, refuse_too_wide
from workers.registries.stored import Stored

_FRESH: Final = 60.0
"""Seconds for which a reading of a repository's tags is trusted; names not seen in it are read before each step."""

_ROOM: Final = 32 * 2**20
"""Bytes of manifests that are kept at hand, for one repository."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """`moved`: the step's tags that stand elsewhere now, None for those that are gone. The rest is what nobody planned.

    `unplanned`: tags put on the digest since. `holder`: a tag whose index contains it. `companion`: a signature's tag.
    """

    moved: Mapping[Tag, Digest | None]
    unplanned: tuple[Tag, ...] = ()
    holder: Tag | None = None
    companion: Tag | None = None

    @property
    def needed_by(self) -> str:
        """Why the digest has to stay, in a clause; empty when nothing new needs it."""
        if self.unplanned:
            return f"{self.unplanned[0]} was put on it after the plan was made"
        if self.holder:
            return f"the index {self.holder}, which stays, contains it"
        if self.companion:
            return f"{self.companion}, which was not planned, belongs to it"
        return ""


@dataclass(slots=True)
class Sight:
    """`going` are the digests that the plan still deletes here: an index among them does not hold its children."""

    reader: Reader
    name: RepositoryName
    going: set[Digest]
    clock: Callable[[], float] = time.monotonic
    _tags: dict[Tag, Digest | None] = field(default_factory=dict)
    _standing: defaultdict[Digest, set[Tag]] = field(default_factory=lambda: defaultdict(set))
    _parents: defaultdict[Digest, set[Digest]] = field(default_factory=lambda: defaultdict(set))
    _known: set[Digest] = field(default_factory=set)
    _bodies: dict[Digest, Stored] = field(default_factory=dict)
    _room: int = _ROOM
    _read_at: float | None = None
    _turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    _next: asyncio.Task[None] | None = None

    async def look(self, step: Step) -> Seen:
        """What stands between this step and its digest now; raises RegistryError."""
        await self._catch_up()
        await self._resolve(tag for tag in step.tags if tag in self._tags)
        return self._seen(step)

    def stays(self, digest: Digest) -> None:
        """A digest that was to go does not: what it contains is held by it again."""
        self.going.discard(digest)

    async def _catch_up(self) -> None:
        """Read the list of tags anew; steps that wait for a reading which has not begun yet share it."""
        if self._next is None:
            self._next = asyncio.create_task(self._read())
        await asyncio.shield(self._next)

    async def _read(self) -> None:
        async with self._turn:
            self._next = None  # whoever comes from now on needs a newer reading than this one
            began = self.clock()
            listed = await self.reader.registry.tags(self.name) or frozenset()
            stale = self._read_at is None or began - self._read_at > _FRESH
            for tag in self._tags.keys() - listed:
                self._put(tag, None)
                del self._tags[tag]
            new = listed - self._tags.keys()
            await asyncio.gather(*(self._meet(tag) for tag in sorted(new)))
            await self._resolve(listed - new if stale else ())
            self._read_at = began if stale else self._read_at

    async def _meet(self, tag: Tag) -> None:
        """Read a tag for the first time, whole: one call tells its digest and what it contains."""
        stored = await self.reader.registry.manifest(Reference(self.name, tag))
        if stored is None or stored.manifest.is_schema1:
            await self._resolve([tag])
            return
        self._put(tag, stored.manifest.digest)
        self._keep(stored)
        await self._learn_from([stored.manifest])

    def _keep(self, stored: Stored) -> None:
        """Have the bytes of what is to be deleted at hand, as far as they take little room."""
        digest = stored.manifest.digest
        if digest in self.going and digest not in self._bodies and self._room >= len(stored.body):
            self._bodies[digest] = stored
            self._room -= len(stored.body)

    async def manifest(self, digest: Digest) -> Stored | None:
        """A manifest that is to be deleted, as it was read here, or as it is now; None when it is gone."""
        kept = self._bodies.pop(digest, None)
        if kept:
            self._room += len(kept.body)
        return kept or await self.reader.registry.manifest(Reference(self.name, digest))

    async def _resolve(self, tags: Iterable[Tag]) -> None:
        ordered = sorted(tags)
        found = await asyncio.gather(*(self.reader.registry.resolve(Reference(self.name, tag)) for tag in ordered))
        for tag, digest in zip(ordered, found, strict=True):
            self._put(tag, digest)
        await self._learn({digest for digest in found if digest})

    def _put(self, tag: Tag, digest: Digest | None) -> None:
        before = self._tags.get(tag)
        if before:
            self._standing[before].discard(tag)
        self._tags[tag] = digest
        if digest:
            self._standing[digest].add(tag)

    async def _learn(self, digests: set[Digest]) -> None:
        """Find out what indexes contain, and the indexes within them."""
        unknown = digests - self._known
        read = await asyncio.gather(*(self.reader.named(self.name, digest) for digest in sorted(unknown)))
        self._known |= unknown
        await self._learn_from([each for each in read if each])

    async def _learn_from(self, manifests: Sequence[Manifest]) -> None:
        self._known |= {each.digest for each in manifests}
        indexes = [each for each in manifests if each.is_index]
        for index in indexes:
            refuse_too_wide(Reference(self.name, index.digest), index)
            for child in index.children:
                self._parents[child.digest].add(index.digest)
        if below := {child.digest for index in indexes for child in index.children} - self._known:
            await self._learn(below)

    def _seen(self, step: Step) -> Seen:
        standing = self._standing[step.digest]
        return Seen(
            moved={tag: self._tags.get(tag) for tag in step.tags if tag not in standing},
            unplanned=tuple(sorted(standing - set(step.tags))),
            holder=self._holder(step.digest),
            companion=next((tag for tag in _companions(step.digest) if self._is_kept(tag)), None),
        )

    def _is_kept(self, tag: Tag) -> bool:
        return self._tags.get(tag) is not None and self._tags[tag] not in self.going

    def _holder(self, digest: Digest) -> Tag | None:
        """A tag whose index stays and contains the digest, directly or through other indexes."""
        seen: set[Digest] = set()
        above = set(self._parents[digest])
        while above:
            index = above.pop()
            seen.add(index)
            if index not in self.going:
                above |= self._parents[index] - seen
                if tags := self._standing[index]:
                    return min(tags)
        return None


def _companions(digest: Digest) -> Iterable[Tag]:
    return (Tag(f"{digest.algorithm}-{digest.hex}{suffix}") for suffix in COMPANIONS)
