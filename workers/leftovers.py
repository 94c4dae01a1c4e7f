"""Leftovers: tags that a registry kept in its list although their manifest was deleted; they come off, too.

distribution deletes a manifest first and its tags after that, and stops at the first tag it cannot read. It answers
500 then, or the answer is lost with the connection; the manifest is gone, and only the list of tags shows the rest.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from workers.core.digest import Digest
from workers.core.names import Reference, Tag
from workers.core.outcome import Outcome, Result
from workers.core.plan import Plan, Step, Untagging
from workers.registries.distribution import Registry
from workers.untagging import Moved, Untagger

_OFF: Final = frozenset({Result.DONE, Result.GONE, Result.UNTAGGED})
_ROUNDS: Final = 3
_NAMED: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftover:
    """A tag of a step that is over; `ours` is the throw-away manifest it stands on, None when nothing is below it."""

    number: int
    step: Step
    tag: Tag
    ours: Digest | None

    def __str__(self) -> str:
        return f"{self.step.repository}:{self.tag}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Leftovers:
    """Looked for when all steps are over, also those of earlier attempts: a killed one may have left some."""

    registry: Registry
    plan: Plan
    how: Untagging | None
    untagger: Callable[[int, Step], Untagger]
    placeholders: Callable[[], Mapping[int, Digest]]

    async def take_off(self, outcomes: Mapping[int, Outcome]) -> str:
        """Take them off; a sentence about those that stay, empty when none does. Raises RegistryError."""
        left = await self._find(outcomes)
        for _ in range(_ROUNDS):
            if not left or self.how is None:
                break
            for each in left:
                await self._take_off(each, self.how)
            left = await self._find(outcomes)
        if not left:
            return ""
        names = ", ".join(map(str, left[:_NAMED]))
        return f"The manifests of {names} are gone, but the registry still lists the tags; its log says why."

    async def _take_off(self, leftover: Leftover, how: Untagging) -> None:
        untagger = self.untagger(leftover.number, leftover.step)
        if leftover.ours:
            await untagger.finish(leftover.ours)
            return
        try:
            await untagger.take_off(leftover.tag, None, how)
        except Moved:
            return  # somebody has pushed it anew

    async def _find(self, outcomes: Mapping[int, Outcome]) -> Sequence[Leftover]:
        ours = self.placeholders()
        over = sorted(self._over(outcomes), key=lambda each: each[1].repository)
        found: list[Leftover] = []
        for name, steps in groupby(over, key=lambda each: each[1].repository):
            listed = frozenset(await self.registry.tags(name) or ())
            for number, step in steps:
                for tag in listed.intersection(step.tags):
                    now = await self.registry.resolve(Reference(name, tag))
                    if now is None or now == ours.get(number):
                        found.append(Leftover(number=number, step=step, tag=tag, ours=now))
        return found

    def _over(self, outcomes: Mapping[int, Outcome]) -> Iterator[tuple[int, Step]]:
        for number, outcome in outcomes.items():
            if outcome.result in _OFF:
                yield number, self.plan.steps[number]
