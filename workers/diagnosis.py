"""Diagnosis: what is damaged of a registry before a collection, and what collecting would take from it."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from workers.core.collection import Report
from workers.core.damage import Damage, losses, merged
from workers.core.digest import Digest
from workers.core.errors import RegistryError
from workers.core.names import RepositoryName
from workers.core.snapshot import RepositoryView
from workers.gc.runner import StorageAccess
from workers.inspection import AllLinks, Inspector, Marked, links_of
from workers.reading import BudgetSpent, Reader

LONGEST: Final = 1_800.0
"""Seconds for reading a registry: about a million calls at the 700 a second that one answers."""
_AT_ONCE: Final = 32
"""Repositories held in memory at a time."""


@dataclass(slots=True)
class Diagnosis:
    """`reachable`: by repository, what tags lead to. `unread`: why not all was looked at, in a clause; else empty."""

    reachable: dict[RepositoryName, frozenset[Digest]] = field(default_factory=dict)
    damage: Sequence[Damage] = ()
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Diagnostician:
    """`report` is the collector's dry run, None when it could not be had. Methods raise CollectorError."""

    reader: Reader
    storage: StorageAccess | None
    report: Report | None

    async def examine(self, names: Sequence[RepositoryName]) -> Diagnosis:
        """Look at these repositories, and at those that the catalog leaves out although they hold something."""
        links = await links_of(self.storage)
        inspector = Inspector(self.reader, self.storage, self._marked(links), links)
        found = Diagnosis()
        seen = [*await inspector.stored()]
        everything = sorted({*names, *(name for name, each in links.items() if each.revisions)})
        try:
            async with asyncio.timeout(LONGEST):
                for start in range(0, len(everything), _AT_ONCE):
                    look = await inspector.look(everything[start : start + _AT_ONCE])
                    seen += [damage for each in look.damage.values() for damage in each]
                    seen += self._take(look.views, found)
        except BudgetSpent:
            found.unread = "it holds more manifests than limits.plan_manifests lets one request read"
        except TimeoutError:
            found.unread = f"it took longer than {LONGEST / 60:.0f} minutes"
        except RegistryError as error:
            found.unread = error.sentence.removesuffix(".")
        found.damage = merged(seen)
        return found

    def _take(self, views: Iterable[RepositoryView], found: Diagnosis) -> Iterable[Damage]:
        eligible = self.report.eligible_blobs if self.report else frozenset[Digest]()
        for view in views:
            found.reachable[view.name] = view.kept
            yield from losses(view, eligible)

    def _marked(self, links: AllLinks) -> Marked:
        """What the collector keeps, tagged or not; without its word everything that has a link."""
        if self.report:
            return self.report.marked_manifests
        return {name: frozenset(each.revisions) for name, each in links.items()}
