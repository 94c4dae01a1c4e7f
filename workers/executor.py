"""Executor: carries out an approved plan step by step, re-checking each against Redis and the registry first."""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from workers.begun import Begun
from workers.config import RegistrySettings
from workers.core.digest import Digest
from workers.core.errors import BadRecord, RegcleanError, RegistryError
from workers.core.names import Reference, RepositoryName
from workers.core.outcome import Outcome, Result
from workers.core.plan import Plan, Step, Untagging, Verb
from workers.core.protection import protecting
from workers.core.request import Request
from workers.crossing import Crossing
from workers.guard import Halt, check_halted, check_request
from workers.leftovers import Leftovers
from workers.reading import Reader
from workers.recorder import Recorder
from workers.registries.distribution import Registry
from workers.sight import Seen, Sight
from workers.store.journal import Saved
from workers.store.store import Store
from workers.untagging import Moved, Untagger, moved_to

GONE: Final = "it was gone already"


class LeftOver(RegcleanError):  # noqa: N818 - the tree is named by what happened
    """Tags are still listed although their manifests are gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """An approved request with its plan, the registry it is about, and what an earlier attempt left behind.

    `untagging` is how a single tag comes off there, None when it cannot. `placeholders` and `begun_over_at`: see Begun.
    """

    request: Request
    plan: Plan
    settings: RegistrySettings
    untagging: Untagging | None
    placeholders: Mapping[int, Digest]
    begun_over_at: float


@dataclass(slots=True, kw_only=True)
class Executor:
    """`out_of_time` says when no further step should start in this attempt.

    `registry` asks whether the lock is still ours, right before it sends anything that changes something.
    """

    work: Work
    registry: Registry
    store: Store
    recorder: Recorder
    out_of_time: Callable[[], bool]
    _sights: dict[RepositoryName, Sight] = field(default_factory=dict)
    _crossings: dict[RepositoryName, Crossing] = field(default_factory=dict)
    _outcomes: dict[int, Outcome] = field(default_factory=dict)
    _stopping: bool = False

    async def run(self, done: Mapping[int, Outcome]) -> bool:
        """Carry out what is not done; whether all is done, False when time ran out first.

        Raises Halt when nothing more may start, RegistryError when the registry stopped answering, Unavailable when
        Redis or the lock did, BadRecord or NotAuthentic for what Redis says and cannot be, and LeftOver.
        """
        if any(number >= len(self.work.plan.steps) for number in {*done, *self.work.placeholders}):
            raise BadRecord("Redis names a step as carried out, or begun, that is not in the plan.")
        for number, outcome in done.items():
            self._note(outcome, self.work.plan.steps[number])
        self._outcomes |= done
        try:
            finished = await self._waves()
        except Halt as halt:
            # What a step has begun is finished, although no further one may start.
            left = await self._end_begun() if halt.state else ""
            raise Halt(halt.state, " ".join(filter(None, [halt.why, left]))) from halt
        if finished and (left := await self._take_off_leftovers()):
            raise LeftOver(left)
        return finished

    async def _waves(self) -> bool:
        todo = [(number, step) for number, step in enumerate(self.work.plan.steps) if number not in self._outcomes]
        for _, wave in groupby(todo, key=lambda each: each[1].depth):
            if not await self._wave(list(wave)):
                return False
        return True

    @property
    def _begun(self) -> Begun:
        return Begun(
            plan=self.work.plan,
            placeholders=self.work.placeholders,
            over_at=self.work.begun_over_at,
            untagger=self._untagger,
        )

    async def _end_begun(self) -> str:
        self._outcomes |= await self._begun.end(self._outcomes, self.recorder.record)
        return await self._take_off_leftovers()

    async def _take_off_leftovers(self) -> str:
        leftovers = Leftovers(
            registry=self.registry,
            plan=self.work.plan,
            how=self.work.untagging,
            untagger=self._untagger,
            placeholders=lambda: self.store.journal.placeholders(self.work.request.id),
        )
        return await leftovers.take_off(self._outcomes)

    async def _wave(self, steps: Sequence[tuple[int, Step]]) -> bool:
        """Steps that do not depend on each other, several lanes at once; the first error ends all lanes."""
        queue = iter(steps)
        lanes = min(self.work.settings.concurrency, len(steps))
        tasks = [asyncio.create_task(self._lane(queue)) for _ in range(lanes)]
        try:
            return all(await asyncio.gather(*tasks))
        finally:
            # A step in flight ends and is recorded: it must not be torn between its deletion and its record.
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _lane(self, queue: Iterator[tuple[int, Step]]) -> bool:
        try:
            for number, step in queue:
                if self._must_stop() or not await self._begun.is_over(number, self._must_stop):
                    return False
                await self._check()
                outcome = await self._carry_out(number, step)
                self._note(outcome, step)
                await self.recorder.record(outcome, step)
                self._outcomes[number] = outcome
        except BaseException:
            self._stopping = True
            raise
        return True

    def _must_stop(self) -> bool:
        return self._stopping or self.out_of_time()

    async def _check(self) -> None:
        request = await asyncio.to_thread(self.store.ledger.load, self.work.request.id)
        check_request(request, self.store.clock())
        check_halted(await asyncio.to_thread(self.store.anchors.halted))

    async def _carry_out(self, number: int, step: Step) -> Outcome:
        """One step's outcome. A registry that refuses this step fails it; one that is away ends the attempt."""
        left = 0
        try:
            result, why, left = await self._act(number, step)
        except Moved as moved:
            result, why = Result.SKIPPED, f"{moved}; nothing was touched"
        except RegistryError as error:
            if error.retryable:
                raise
            result, why = Result.FAILED, error.sentence
        return Outcome(step=number, result=result, why=why, left=left)

    async def _act(self, number: int, step: Step) -> tuple[Result, str, int]:
        """The result, why, and how many of the step's tags were left alone although others of them went."""
        protected = (protecting(self.work.settings.protected, step.repository, tag) for tag in step.tags)
        if pattern := next((pattern for pattern in protected if pattern), None):
            return Result.SKIPPED, f"“{pattern}” protects it now", 0
        if step.verb is Verb.UNTAG:
            return (*await self._untag(number, step), 0)
        return await self._delete(number, step)

    async def _untag(self, number: int, step: Step) -> tuple[Result, str]:
        (tag,) = step.tags
        if await self._begun.has_ended(number):
            return Result.DONE, ""
        now = await self.registry.resolve(Reference(step.repository, tag))
        if now is None:
            return Result.GONE, GONE
        if now != step.digest:
            return Result.SKIPPED, f"{moved_to(tag, now)} after the plan was made; nothing was touched"
        how = step.untagging or Untagging.PLACEHOLDER
        result = await self._untagger(number, step).take_off(tag, step.digest, how)
        return result, GONE if result is Result.GONE else ""

    async def _delete(self, number: int, step: Step) -> tuple[Result, str, int]:
        reference = Reference(step.repository, step.digest)
        resumed = await self._begun.has_ended(number)
        sight = self._sight(step.repository)
        seen = await sight.look(step)
        elsewhere = ", ".join(moved_to(tag, now) for tag, now in seen.moved.items())
        if resumed and len(seen.moved) == len(step.tags):
            return Result.UNTAGGED, "the digest was needed when an earlier attempt took its tags off, so it stays", 0
        if step.tags and len(seen.moved) == len(step.tags):
            if await self.registry.manifest(reference) is None:
                return Result.GONE, GONE, 0
            return Result.SKIPPED, f"{elsewhere} after the plan was made; nothing was touched", 0
        if seen.needed_by:
            return (*await self._untag_instead(number, step, seen), len(seen.moved))
        stored = await sight.manifest(step.digest)
        if stored is None:
            return Result.GONE, GONE, 0
        saved = Saved(
            registry=self.work.plan.registry,
            reference=str(reference),
            media_type=stored.media_type,
            tags=tuple(str(tag) for tag in step.tags),
            body=stored.body,
        )
        await asyncio.to_thread(self.store.journal.keep, [saved])
        async with self._crossing(step.repository).together():
            deleted = await self.registry.delete_manifest(
                step.repository, step.digest, recheck=lambda: self._still_free(step)
            )
        why = f"{elsewhere} and was left alone" if elsewhere else ""
        return (Result.DONE if deleted else Result.GONE), why, len(seen.moved)

    async def _still_free(self, step: Step) -> None:
        """Before a delete is sent again after a pause."""
        await self._check()
        seen = await self._sight(step.repository).look(step)
        if seen.needed_by:
            raise Halt(None, f"{seen.needed_by} while the registry did not answer.")

    async def _untag_instead(self, number: int, step: Step, seen: Seen) -> tuple[Result, str]:
        """Someone needs the digest now: the approved tags come off it, where that can be done, and it stays."""
        how = self.work.untagging
        tags = [tag for tag in step.tags if tag not in seen.moved]
        if not tags or how is None:
            return Result.SKIPPED, f"{seen.needed_by}; nothing was touched"
        untagger = self._untagger(number, step)
        for tag in tags:
            await untagger.take_off(tag, step.digest, how)
        return Result.UNTAGGED, f"{seen.needed_by}, so the digest stays and only {', '.join(map(str, tags))} came off"

    def _untagger(self, number: int, step: Step) -> Untagger:
        async def announce(placeholder: Digest) -> None:
            await asyncio.to_thread(self.store.journal.announce, self.work.request.id, number, placeholder)

        return Untagger(self.registry, step.repository, announce, self._crossing(step.repository))

    def _crossing(self, name: RepositoryName) -> Crossing:
        return self._crossings.setdefault(name, Crossing())

    def _sight(self, name: RepositoryName) -> Sight:
        if name not in self._sights:
            deletes = (step for step in self.work.plan.steps if step.repository == name and step.verb is Verb.DELETE)
            self._sights[name] = Sight(Reader(self.registry), name, {step.digest for step in deletes})
        return self._sights[name]

    def _note(self, outcome: Outcome, step: Step) -> None:
        """An index that was to go and did not holds its children again."""
        if step.verb is Verb.DELETE and outcome.result not in {Result.DONE, Result.GONE}:
            self._sight(step.repository).stays(step.digest)
