"""Verification: after a collection every manifest that stayed is read with its blobs' sizes, and some blobs in full."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from workers.config import RegistrySettings
from workers.core.damage import Damage, merged
from workers.core.digest import Digest
from workers.core.names import RepositoryName
from workers.core.snapshot import RepositoryView
from workers.gc.runner import StorageAccess
from workers.inspection import Inspector, Marked, Wrong, blobs_of, links_of
from workers.reading import Reader, Tolerance
from workers.registries.distribution import Registry
from workers.runtime import Runtime
from workers.sampling import Candidate, FullReading, Sample, passed_over, within
from workers.store.stopping import stopping

_AT_ONCE: Final = 32
"""Repositories held in memory at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How much a verification takes; what lies beyond is said, not verified.

    `seconds` for manifests and sizes: about a million calls at the 700 a second that a registry answers, and no other
    request is worked on meanwhile. `sample` blobs are read in full: where one blob in twenty is bad, 50 show it nine
    times in ten (1 - 0.95^50 = 0.92). `size` bytes are read in all, which a disk or a gigabit line gives in about two
    minutes, within `reading` seconds.
    """

    seconds: float = 1_800.0
    sample: int = 50
    size: int = 10 * 2**30
    reading: float = 600.0


CAPS: Final = Caps()


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified:
    """What was looked at, what is damaged, and in clauses what was not looked at."""

    manifests: int
    blobs: int
    read: int
    read_bytes: int
    damage: Sequence[Damage]
    left: Sequence[str]
    done: frozenset[RepositoryName]
    """The touched repositories of which every blob was read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What is to be verified: `marked` is what the collector keeps, `touched` what was changed since the last time."""

    storage: StorageAccess | None
    marked: Marked
    touched: frozenset[RepositoryName]


async def verify(runtime: Runtime, settings: RegistrySettings, scope: Scope, caps: Caps = CAPS) -> Verified:
    """Look at what stayed; raises RegistryError or CollectorError when that cannot be done."""
    async with runtime.registry(settings) as registry:
        return await _Verification(registry, scope, caps).run()


@dataclass(slots=True)
class _Verification:
    """`blobs` are those that were weighed, `careful` all of touched repositories."""

    registry: Registry
    scope: Scope
    caps: Caps
    tolerance: Tolerance = field(default_factory=Tolerance)
    manifests: int = 0
    blobs: set[int] = field(default_factory=set)
    damage: list[Damage] = field(default_factory=list)
    unread: Counter[str] = field(default_factory=Counter)
    reached: int = 0
    careful: list[Candidate] = field(default_factory=list)
    sample: Sample = field(default_factory=lambda: Sample(0))

    async def run(self) -> Verified:
        self.sample = Sample(self.caps.sample)
        links = await links_of(self.scope.storage)
        reader = Reader(self.registry, tolerance=self.tolerance)
        inspector = Inspector(reader, self.scope.storage, self.scope.marked, links)
        self.damage += await inspector.stored()
        names = sorted({*await self.registry.catalog(), *self.scope.marked})
        try:
            async with within(self.caps.seconds):
                for start in range(0, len(names), _AT_ONCE):
                    await self._take(inspector, names[start : start + _AT_ONCE])
        except TimeoutError:
            pass  # what was not reached is counted
        reading, left = await self._read_in_full()
        return Verified(
            manifests=self.manifests,
            blobs=len(self.blobs),
            read=len(reading.read),
            read_bytes=reading.bytes_read,
            damage=merged((*self.damage, *reading.damage)),
            left=list(filter(None, (self._unreached(len(names)), *self._unhandled(), passed_over(left)))),
            done=self.scope.touched
            - self._unfinished({each.digest for each in reading.read})
            - {*names[self.reached :]},
        )

    def _unfinished(self, read: set[Digest]) -> set[RepositoryName]:
        """Touched repositories with a blob that was not read, nor under another repository's name."""
        return {candidate.repository for candidate in self.careful if candidate.digest not in read}

    async def _take(self, inspector: Inspector, names: Sequence[RepositoryName]) -> None:
        look = await inspector.look(names)
        for view in look.views:
            self._count(view)
            self._choose(view, look.wrong[view.name])
        self.damage += [each for damage in look.damage.values() for each in damage]
        self.reached += len(names)

    def _count(self, view: RepositoryView) -> None:
        self.manifests += len(view.manifests)
        self.unread.update(view.unread.values())

    def _choose(self, view: RepositoryView, wrong: Wrong) -> None:
        """Blobs to be read: each of a touched repository, and a sample over all, in which no blob stands twice."""
        for candidate in _candidates(view):
            number = _short(candidate.digest)
            is_sound = candidate.digest not in wrong
            if is_sound and number not in self.blobs:
                self.sample.offer(candidate)
            if is_sound and view.name in self.scope.touched:
                self.careful.append(candidate)
            self.blobs.add(number)

    async def _read_in_full(self) -> tuple[FullReading, Sequence[Candidate]]:
        """The sample first, which stands for all; then touched repositories, their smallest blobs first; each once."""
        reading = FullReading(self.registry, self.tolerance, self.caps.size, self.caps.reading)
        careful = sorted(self.careful, key=lambda candidate: candidate.size)
        chosen: dict[Digest, Candidate] = {}
        for candidate in (*self.sample.chosen, *careful):
            chosen.setdefault(candidate.digest, candidate)
        return reading, await reading.run(list(chosen.values()))

    def _unreached(self, total: int) -> str:
        if self.reached == total:
            return ""
        before = "before this worker was told to stop" if stopping() else f"within {self.caps.seconds / 60:.3g} minutes"
        return f"{total - self.reached:,} of {total:,} repositories were not reached {before}"

    def _unhandled(self) -> Iterator[str]:
        for why, number in sorted(self.unread.items()):
            yield f"{number:,} {'manifest' if number == 1 else 'manifests, each of which'} {why}"


def _short(digest: Digest) -> int:
    """64 bits of a digest: millions of them are held, only to count and to choose."""
    return int(digest.hex[:16], 16)


def _candidates(view: RepositoryView) -> Iterator[Candidate]:
    images = _images(view)
    wanted = blobs_of(view)
    named: dict[Digest, str] = {}
    for digest, manifest in view.manifests.items():
        for blob in manifest.blobs.keys() & wanted.keys():
            named.setdefault(blob, images[digest])
    for digest, size in wanted.items():
        yield Candidate(repository=view.name, digest=digest, size=size, image=named[digest])


def _images(view: RepositoryView) -> Mapping[Digest, str]:
    """For each manifest a tag that leads to it, or itself."""
    images = {digest: f"{view.name}@{digest}" for digest in view.manifests}
    for tag in sorted(view.tags, reverse=True):
        images |= dict.fromkeys(view.reach([view.tags[tag]]), f"{view.name}:{tag}")
    return images
