"""Begun: steps in which an earlier attempt announced a throw-away manifest, and did not record what became of it.

What that attempt sent before it died may still be on its way: a registry goes on with a request whose sender is gone.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final

from workers.core.digest import Digest
from workers.core.errors import RegistryError
from workers.core.outcome import Outcome, Result
from workers.core.plan import Plan, Step, Verb
from workers.untagging import Untagger

ENDED: Final = "an earlier attempt had begun to take it off"
_LOOK: Final = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """`placeholders`: the throw-away manifests, by step.

    `over_at`: when, by the monotonic clock, no call of an earlier attempt can be under way any more.
    """

    plan: Plan
    placeholders: Mapping[int, Digest]
    over_at: float
    untagger: Callable[[int, Step], Untagger]

    async def is_over(self, number: int, gives_up: Callable[[], bool] = lambda: False) -> bool:
        """Wait until an earlier attempt has ended with this step; False when it was given up before that.

        A throw-away manifest that stands under its tag came through, and nothing else is on its way. Raises
        RegistryError.
        """
        while time.monotonic() < self.over_at and await self._is_awaited(number):
            if gives_up():
                return False
            await asyncio.sleep(_LOOK)
        return True

    async def _is_awaited(self, number: int) -> bool:
        ours, step = self.placeholders.get(number), self.plan.steps[number]
        try:
            return ours is not None and not await self.untagger(number, step).stands(step.tags, ours)
        except RegistryError as error:
            if error.retryable:
                raise
            return True  # the step itself will meet it, and fail by it

    async def has_ended(self, number: int) -> bool:
        """Whether an earlier attempt had begun to take this step's tags off, and they are off now; see Untagger."""
        ours, step = self.placeholders.get(number), self.plan.steps[number]
        return ours is not None and await self.untagger(number, step).ended(step.tags, ours)

    async def end(
        self, done: Mapping[int, Outcome], record: Callable[[Outcome, Step], Awaitable[None]]
    ) -> Mapping[int, Outcome]:
        """What became of those that are not done: nothing more may start, but they are ended, and recorded."""
        ended: dict[int, Outcome] = {}
        for number in sorted(self.placeholders.keys() - done.keys()):
            step = self.plan.steps[number]
            await self.is_over(number)
            if await self.has_ended(number):
                result = Result.DONE if step.verb is Verb.UNTAG else Result.UNTAGGED
                ended[number] = Outcome(step=number, result=result, why=ENDED)
                await record(ended[number], step)
        return ended
