"""Surveyor: plans what needs the collector's own dry run: a collection, and the removal of untagged manifests."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from workers.core.collection import Report, unmarked, untagged
from workers.core.deciding import decide
from workers.core.digest import Digest
from workers.core.errors import CollectorError
from workers.core.names import Reference, RepositoryName
from workers.core.plan import Collection, Plan
from workers.core.snapshot import RepositoryView
from workers.gc.runner import Runner
from workers.planner import Planner, Refusal
from workers.reading import Budget, BudgetSpent, Reader, snapshot, whole

PROBE: Final = RepositoryName("regclean/probe")
"""Where uploads are started and cancelled in a registry without any repository."""


@dataclass(frozen=True, slots=True)
class Surveyor:
    """Every method raises Refusal, RegistryError, or CollectorError when the collector cannot be asked."""

    planner: Planner
    runner: Runner
    clock: Callable[[], datetime]

    async def collect(self) -> Plan:
        """What a collection would free."""
        registry = self.planner.registry
        await registry.ping()
        names = await registry.catalog()
        if not await registry.accepts_uploads(probe_of(names)):
            raise Refusal(
                f"{self._name} is read-only already, so regclean could not prove its own fence; "
                "make it writable first, then ask again."
            )
        report = await self._dry_run(names)
        views, complete = await whole(Reader(registry, Budget(self.planner.manifests)), ())
        if complete:
            self._refuse_losses(report, views)
        return self._collection(report, views if complete else None)

    async def _dry_run(self, names: Sequence[RepositoryName]) -> Report:
        """The collector's own; it fails on a storage that nobody ever pushed to, which is no failure to people."""
        try:
            return await asyncio.to_thread(self.runner.dry_run)
        except CollectorError as error:
            if names:
                raise
            raise Refusal(f"There is no repository in {self._name}, so there is nothing to collect.") from error

    async def untagged(self, repositories: Sequence[RepositoryName]) -> Plan:
        """The removal, by digest, of what no tag, index or referrer leads to."""
        registry = self.planner.registry
        await registry.ping()
        abilities = await registry.abilities(repositories[0])
        if not abilities.delete:
            raise Refusal(abilities.why_not)
        report = await asyncio.to_thread(self.runner.dry_run)
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

    def _refuse_losses(self, report: Report, views: Iterable[RepositoryView]) -> None:
        """A manifest people can pull but the collector would not keep is damage that collecting makes worse."""
        lost = unmarked(report, reachable(views))
        if lost:
            name, digests = next(iter(lost.items()))
            raise Refusal(
                f"The collector would take blobs that {name}@{min(digests)} still needs, because the storage of "
                f"{name} is damaged; repair or remove it first."
            )

    def _collection(self, report: Report, views: Sequence[RepositoryView] | None) -> Plan:
        storage = self.runner.storage
        eligible = tuple(sorted(report.eligible_blobs))
        sizes = storage.blob_sizes(eligible) if storage else None
        left = untagged(report, reachable(views)) if views is not None else {}
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
            notes=tuple(self._notes(views)),
        )
        if not collection.eligible and not collection.emptied:
            raise Refusal(f"There is nothing to collect in {self._name}.", plan)
        return plan

    def _notes(self, views: Sequence[RepositoryView] | None) -> Iterable[str]:
        yield from self.runner.notes
        storage = self.runner.storage
        if storage is None:
            yield "The storage cannot be read here, so bytes are planned and not measured."
        elif why_not := storage.why_not_writable:
            yield why_not
        if views is None:
            yield "The registry could not be read in full, so untagged manifests were not counted."


def probe_of(names: Sequence[RepositoryName]) -> RepositoryName:
    """A repository to try uploads in: one that exists, since trying in another would leave a folder behind."""
    return names[0] if names else PROBE


def reachable(views: Iterable[RepositoryView]) -> Mapping[RepositoryName, frozenset[Digest]]:
    """What tags lead to, indexes and referrers of what they lead to included."""
    return {view.name: _kept(view) for view in views}


def _kept(view: RepositoryView) -> frozenset[Digest]:
    kept = view.reach(view.tags.values())
    while more := {digest for digest, each in view.manifests.items() if each.subject in kept} - kept:
        kept = view.reach([*kept, *more])
    return kept


def _loose(view: RepositoryView, left: Mapping[RepositoryName, frozenset[Digest]]) -> Sequence[Digest]:
    """Of the untagged ones, those that belong to nothing that stays."""
    return sorted(left.get(view.name, frozenset()) - _kept(view))
