"""Surveyor: plans what needs the collector's own dry run: a collection, and the removal of untagged manifests."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from workers.core.collection import Report, untagged
from workers.core.damage import Damage
from workers.core.deciding import decide
from workers.core.digest import Digest
from workers.core.errors import CollectorError
from workers.core.names import Reference, RepositoryName
from workers.core.plan import Collection, Plan
from workers.core.snapshot import RepositoryView
from workers.diagnosis import Diagnosis, Diagnostician
from workers.gc.runner import Runner
from workers.planner import Planner, Refusal
from workers.reading import Budget, BudgetSpent, Reader, Tolerance, snapshot, whole
from workers.store import tracing

PROBE: Final = RepositoryName("regclean/probe")
"""Where uploads are started and cancelled in a registry without any repository."""
MOST_DAMAGE: Final = 1_000
"""Damaged images that a plan names: whoever accepts them should be able to read them all."""


@dataclass(frozen=True, slots=True)
class Surveyor:
    """Every method raises Refusal, RegistryError, or CollectorError when the collector cannot be asked."""

    planner: Planner
    runner: Runner
    clock: Callable[[], datetime]

    async def collect(self, *, accepts_damage: bool = False) -> Plan:
        """What a collection would free; refused where images are damaged already, unless that is accepted."""
        registry = self.planner.registry
        await registry.ping()
        names = await registry.catalog()
        if not await registry.accepts_uploads(probe_of(names)):
            raise Refusal(
                f"{self._name} is read-only already, so regclean could not prove its own fence; "
                "make it writable first, then ask again."
            )
        report = await self._dry_run(names)
        reader = Reader(registry, Budget(self.planner.manifests), Tolerance())
        seen = report if isinstance(report, Report) else None
        found = await Diagnostician(reader, self.runner.storage, seen).examine(names)
        if isinstance(report, CollectorError):
            raise self._stopped(report, found.damage)
        plan = self._collection(report, found)
        if plan.damage and not accepts_damage:
            raise Refusal(self._damaged(plan.damage), plan)
        return plan

    async def _dry_run(self, names: Sequence[RepositoryName]) -> Report | CollectorError:
        """The collector's own, or why it failed; where nobody ever pushed anything, that is no failure to people."""
        try:
            return await self._rehearsed()
        except CollectorError as error:
            if names:
                return error
            raise Refusal(f"There is no repository in {self._name}, so there is nothing to collect.") from error

    async def _rehearsed(self) -> Report:
        with tracing.step("dry run"):
            return await asyncio.to_thread(self.runner.dry_run)

    async def untagged(self, repositories: Sequence[RepositoryName]) -> Plan:
        """The removal, by digest, of what no tag, index or referrer leads to."""
        registry = self.planner.registry
        await registry.ping()
        there = [name for name in repositories if await registry.tags(name) is not None]
        if not there:
            raise Refusal(f"There is no repository {', '.join(map(str, repositories))} in {self._name}.")
        abilities = await registry.abilities(there[0])
        if not abilities.delete:
            raise Refusal(abilities.why_not)
        report = await self._rehearsed()
        reader = Reader(registry, Budget(self.planner.manifests))
        try:
            read = [await reader.repository(name) for name in repositories]
            left = untagged(report, reachable(read))
            views = [await reader.with_manifests(view, left.get(view.name, ())) for view in read]
        except BudgetSpent as spent:
            raise self.planner.too_many(repositories) from spent
        views, complete = await whole(reader, views)
        shot = snapshot(self._name, views, abilities, complete=complete)
        targets = [Reference(name, digest) for name in repositories for digest in _loose(shot.repositories[name], left)]
        if not targets:
            raise Refusal(f"There is no untagged manifest in {', '.join(map(str, repositories))}.")
        plan = decide(shot, targets, self.planner.policy)
        note = f"Untagged manifests of {', '.join(map(str, repositories))}, as the collector's dry run sees them."
        return Planner.worth_it(replace(plan, notes=(note, *plan.notes)))

    @property
    def _name(self) -> str:
        return self.planner.settings.name

    def _stopped(self, error: CollectorError, damage: Sequence[Damage]) -> Refusal | CollectorError:
        """A collector that fails on damaged storage cannot be made to go on; people are told what to repair."""
        if not damage:
            return error
        return Refusal(
            f"The collector of {self._name} fails, and {_counted(damage)} damaged; repair what is listed first, for "
            f"--accept-damage does not help here. {error.sentence}",
            Plan(registry=self._name, damage=tuple(damage[:MOST_DAMAGE])),
        )

    def _damaged(self, damage: Sequence[Damage]) -> str:
        return (
            f"In {self._name} {_counted(damage)} damaged, and collecting may stop at that or take too much. Repair "
            f"what is listed, or accept it: /regclean gc {self._name} --accept-damage"
        )

    def _collection(self, report: Report, found: Diagnosis) -> Plan:
        if len(found.damage) > MOST_DAMAGE:
            raise Refusal(
                f"In {self._name} {_counted(found.damage)} damaged, too many for anybody to accept; restore its "
                "storage from a backup before collecting."
            )
        storage = self.runner.storage
        eligible = tuple(sorted(report.eligible_blobs))
        sizes = storage.blob_sizes(eligible) if storage else None
        left = {} if found.unread else untagged(report, found.reachable)
        loose = frozenset[Digest]().union(*left.values())
        collection = Collection(
            eligible=eligible,
            size=sizes.total if sizes else None,
            untagged=sum(len(digests) for digests in left.values()),
            untagged_size=storage.blob_sizes(loose).total if storage else None,
            emptied=storage.empty_repositories(self.clock()) if storage and storage.writable else (),
        )
        plan = Plan(
            registry=self._name,
            collection=collection,
            frees=sizes.total if sizes else 0,
            exact=sizes is not None,
            notes=tuple(self._notes(found.unread)),
            damage=tuple(found.damage),
        )
        if not collection.eligible and not collection.emptied:
            also = f", but {_counted(plan.damage)} damaged" if plan.damage else ""
            raise Refusal(f"There is nothing to collect in {self._name}{also}.", plan)
        return plan

    def _notes(self, unread: str) -> Iterable[str]:
        yield from self.runner.notes
        storage = self.runner.storage
        if storage is None:
            yield "The storage cannot be read here, so bytes are planned and not measured."
        elif why_not := storage.why_not_writable:
            yield why_not
        if unread:
            yield (
                "The registry was not read in full, so untagged manifests were not counted and damage may be unseen: "
                f"{unread}."
            )


def probe_of(names: Sequence[RepositoryName]) -> RepositoryName:
    """A repository to try uploads in: one that exists, since trying in another would leave a folder behind."""
    return names[0] if names else PROBE


def reachable(views: Iterable[RepositoryView]) -> Mapping[RepositoryName, frozenset[Digest]]:
    """What tags lead to, indexes and referrers of what they lead to included."""
    return {view.name: view.kept for view in views}


def _counted(damage: Sequence[Damage]) -> str:
    """`app:1 is`, `app:1 and 3 more are`."""
    more = len(damage) - 1
    return f"{damage[0].what} and {more:,} more are" if more else f"{damage[0].what} is"


def _loose(view: RepositoryView, left: Mapping[RepositoryName, frozenset[Digest]]) -> Sequence[Digest]:
    """Of the untagged ones, those that belong to nothing that stays."""
    return sorted(left.get(view.name, frozenset()) - view.kept)
