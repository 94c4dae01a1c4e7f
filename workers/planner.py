"""Planner: reads a registry and returns the Plan for what was asked; it changes nothing, and never asks anyone."""

from collections.abc import Sequence
from dataclasses import dataclass

from workers.config import RegistrySettings
from workers.core.abilities import Abilities
from workers.core.choosing import Policy
from workers.core.deciding import decide
from workers.core.digest import Digest
from workers.core.names import Reference, RepositoryName
from workers.core.plan import Plan
from workers.core.snapshot import RepositoryView
from workers.reading import Budget, BudgetSpent, Reader, snapshot, whole
from workers.registries.distribution import Registry


class Refusal(Exception):  # noqa: N818 - a refusal is not an error
    """Why no plan can be made, in one sentence; `plan` has what was found out, where there is anything."""

    def __init__(self, sentence: str, plan: Plan | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.plan = plan


@dataclass(frozen=True, slots=True)
class Planner:
    """`manifests`: how many may be read over the whole registry before its bytes become an upper bound."""

    registry: Registry
    settings: RegistrySettings
    manifests: int

    async def remove(self, targets: Sequence[Reference]) -> Plan:
        """A plan for these targets; raises Refusal, or RegistryError when the registry cannot be read."""
        await self.registry.ping()
        reader = Reader(self.registry, Budget(self.manifests))
        own = await self._targets(reader, targets)
        abilities = await self.able(own)
        views, complete = await whole(reader, own)
        shot = snapshot(self.settings.name, views, abilities, complete=complete)
        return self.worth_it(decide(shot, targets, self.policy))

    async def able(self, views: Sequence[RepositoryView]) -> Abilities:
        """What can be done, probed in a repository that is there; raises Refusal when nothing can be deleted."""
        there = next((view.name for view in views if not view.absent), None)
        abilities = await self.registry.abilities(there or views[0].name, uploads=there is not None)
        if not abilities.delete:
            raise Refusal(abilities.why_not)
        return abilities

    @property
    def policy(self) -> Policy:
        return Policy(protected=self.settings.protected, untag=self.settings.untag)

    @staticmethod
    def worth_it(plan: Plan) -> Plan:
        """The plan, or a Refusal when nothing would be done."""
        if plan.is_empty:
            raise Refusal("Nothing would be removed; the reasons are listed.", plan)
        return plan

    async def _targets(self, reader: Reader, targets: Sequence[Reference]) -> list[RepositoryView]:
        """The targets' own repositories, in full, or not at all: what else is on a digest has to be known."""
        names = list(dict.fromkeys(target.repository for target in targets))
        try:
            return [await self._target(reader, name, targets) for name in names]
        except BudgetSpent as spent:
            raise self.too_many(names) from spent

    def too_many(self, names: Sequence[RepositoryName]) -> Refusal:
        """What to say when these repositories hold more manifests than may be read."""
        which = f"{', '.join(map(str, names[:3]))}{' and others' if len(names) > 3 else ''}"
        verb = "holds" if len(names) == 1 else "hold"
        return Refusal(
            f"{which} {verb} more than the {self.manifests:,} manifests that limits.plan_manifests lets one request "
            "read; ask whoever runs regclean to raise it."
        )

    async def _target(self, reader: Reader, name: RepositoryName, targets: Sequence[Reference]) -> RepositoryView:
        view = await reader.repository(name)
        if view.absent:
            return view
        named = [target for target in targets if target.repository == name]
        view = await reader.with_manifests(view, (target.digest for target in named if target.digest))
        return await reader.with_referrers(view, _digests(view, named))


def _digests(view: RepositoryView, targets: Sequence[Reference]) -> Sequence[Digest]:
    """The digests that the targets stand on, as far as they are there."""
    found = (digest for target in targets for digest in _below(view, target))
    return list(dict.fromkeys(digest for digest in found if digest in view.manifests))


def _below(view: RepositoryView, target: Reference) -> Sequence[Digest]:
    if target.short:
        return view.beginning_with(target.short)
    digest = view.tags.get(target.tag) if target.tag else target.digest
    return [digest] if digest else []
