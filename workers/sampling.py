"""Sampling: which blobs are read in full after a collection, and what comes of reading them."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from workers.core.damage import Damage
from workers.core.digest import Digest
from workers.core.errors import RegistryError
from workers.core.names import RepositoryName
from workers.core.sizes import human
from workers.reading import Tolerance
from workers.registries.distribution import Registry
from workers.store.stopping import stopping

NOT_WHOLE: Final = "cannot be read in full, or is not what its digest names"
_LANES: Final = 4
"""Blobs read at once: hashing keeps one processor busy with about that many, and people pull meanwhile."""
_LOOK: Final = 0.5
"""Seconds between looks at whether this worker was told to stop."""


@asynccontextmanager
async def within(seconds: float) -> AsyncIterator[None]:
    """Raise TimeoutError when the time is up, or soon after this worker was told to stop."""
    async with asyncio.timeout(seconds) as limit:
        watcher = asyncio.create_task(_end_when_stopping(limit))
        try:
            yield
        finally:
            watcher.cancel()


async def _end_when_stopping(limit: asyncio.Timeout) -> None:
    while not stopping():  # noqa: ASYNC110 - a signal sets the flag, and signals wake no event loop
        await asyncio.sleep(_LOOK)
    limit.reschedule(asyncio.get_running_loop().time())


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A blob that may be read; `image` is one that consists of it."""

    repository: RepositoryName
    digest: Digest
    size: int
    image: str


@dataclass(slots=True)
class Sample:
    """`most` of all that are offered, each as likely as any other (reservoir sampling, Vitter's algorithm R)."""

    most: int
    offered: int = 0
    chosen: list[Candidate] = field(default_factory=list)
    _random: random.Random = field(default_factory=random.SystemRandom)

    def offer(self, candidate: Candidate) -> None:
        self.offered += 1
        if len(self.chosen) < self.most:
            self.chosen.append(candidate)
        elif (place := self._random.randrange(self.offered)) < self.most:
            self.chosen[place] = candidate


@dataclass(slots=True)
class FullReading:
    """Reads blobs within `size` bytes and `seconds`, in order; what is too large for what is left is passed over."""

    registry: Registry
    tolerance: Tolerance
    size: int
    seconds: float
    read: list[Candidate] = field(default_factory=list)
    damage: list[Damage] = field(default_factory=list)

    @property
    def bytes_read(self) -> int:
        return sum(candidate.size for candidate in self.read)

    async def run(self, candidates: Sequence[Candidate]) -> Sequence[Candidate]:
        """Those that were not read; raises RegistryError when the registry does not answer any more."""
        queue = self._fitting(candidates)
        try:
            async with within(self.seconds), asyncio.TaskGroup() as lanes:
                for _ in range(_LANES):
                    lanes.create_task(self._lane(queue))
        except TimeoutError:
            pass  # what was not reached is among those that were not read
        except BaseExceptionGroup as group:
            raise group.exceptions[0] from None
        done = {(candidate.repository, candidate.digest) for candidate in self.read}
        return [each for each in candidates if (each.repository, each.digest) not in done]

    def _fitting(self, candidates: Sequence[Candidate]) -> Iterator[Candidate]:
        for candidate in candidates:
            if candidate.size <= self.size:
                self.size -= candidate.size
                yield candidate

    async def _lane(self, queue: Iterator[Candidate]) -> None:
        for candidate in queue:
            if not await self._is_intact(candidate):
                why = f"the blob {candidate.digest.short} {NOT_WHOLE}"
                self.damage.append(Damage(what=candidate.image, why=why))
            self.read.append(candidate)

    async def _is_intact(self, candidate: Candidate) -> bool:
        try:
            return await self.registry.intact(candidate.repository, candidate.digest, candidate.size)
        except RegistryError as error:
            if self.tolerance.bears(error):
                return False
            raise


def passed_over(candidates: Sequence[Candidate]) -> str:
    """What was not read, in a clause; empty when that is nothing."""
    if not candidates:
        return ""
    total = human(sum(candidate.size for candidate in candidates))
    if len(candidates) == 1:
        return f"1 blob of {total} was too much to read in full"
    return f"{len(candidates):,} blobs of {total} were too much to read in full"
