"""Fencing: a registry takes no writes while its collector runs; written down first, proved twice, and mended.

A collector outlives a killed worker, and lifting the fence beside it loses images. So whoever lifts a fence first stops
the collector and sees it gone; who cannot see leaves the fence where it is.
"""

import asyncio
import time
from dataclasses import dataclass
from functools import partial
from typing import Final

from workers.config import RegistrySettings
from workers.core.errors import CollectorError, RegcleanError, RegistryError
from workers.gc.runner import Runner
from workers.runtime import Runtime
from workers.store import tracing
from workers.store.fences import Fence
from workers.store.locks import Lock
from workers.surveyor import probe_of

COMING_BACK: Final = 30.0
"""Seconds for a registry that was started just now to answer."""

_PAUSE: Final = 0.5
# Whoever answers so may well be a registry; any other answer comes from something before one that is away.
_MAY_SERVE: Final = frozenset({401, 403, 429})


@dataclass(frozen=True, slots=True)
class Fencing:
    """The fence of one registry, under its lock."""

    runtime: Runtime
    settings: RegistrySettings
    runner: Runner
    lock: Lock

    @tracing.step("fence")
    def raise_for(self, request_id: str) -> None:
        """Write the fence down, make the registry read-only and prove it; raises CollectorError or RegistryError."""
        earlier = self.runtime.store.fences.load(self.settings.name)
        # Once fenced, the registry does not look any more as it was found.
        own = earlier if earlier and earlier.request == request_id else None
        found = own.found if own and own.found else self.runner.as_found()
        since = self.runtime.store.clock().isoformat()
        self.still_ours()
        self.runtime.store.fences.save(Fence(registry=self.settings.name, request=request_id, since=since, found=found))
        self.runner.read_only(on=True, found=found)
        self._prove()

    def note_collector(self, token: str) -> None:
        """Write down how to find the collector that is about to start; raises LockLost when it must not start."""
        self.still_ours()
        fence = self.runtime.store.fences.load(self.settings.name)
        if fence is None:
            raise CollectorError(f"The fence of {self.settings.name} is gone; nothing was collected.")
        self.runtime.store.fences.save(fence.with_collector(token))
        self.still_ours()

    def mend_own(self, request_id: str) -> None:
        """Stop what an earlier attempt of this request may have left running."""
        fence = self.runtime.store.fences.load(self.settings.name)
        if fence and fence.request == request_id:
            self.stop_collector(fence)

    @tracing.step("stop collector")
    def stop_collector(self, fence: Fence) -> None:
        """See the collector gone; raises CollectorError when that cannot be seen."""
        if fence.collector is None:
            return
        if self.runner.is_collecting(fence.collector):
            self.runner.stop(fence.collector)

    @tracing.step("unfence")
    def lift(self, patience: float = COMING_BACK) -> bool:
        """See no collector, make the registry writable again and prove it; False when no fence stood.

        It is given `patience` seconds to come back. Raises CollectorError or RegistryError, and then the fence stands
        and stays written down; LockLost when somebody else may be at work inside this fence, or inside a new one.
        """
        self.still_ours()
        fence = self.runtime.store.fences.load(self.settings.name)
        if fence is None:
            return False
        self.stop_collector(fence)
        # Caches go first: a push that met one would be told that blobs are there which the collector took.
        for act in (
            self.runner.flush,
            self.runner.restart,
            partial(self.runner.read_only, on=False, found=fence.found),
        ):
            self.still_ours()
            act()
        if not self._takes_writes(patience):
            raise CollectorError(f"{self.settings.name} still refuses writes although its fence was lifted.")
        self.still_ours()
        self.runtime.store.fences.lift(fence)
        return True

    def still_ours(self) -> None:
        """Raise LockLost unless the lock will be ours for a while yet.

        A process that was stopped for longer than its lock lives wakes up in what has become somebody else's fence, and
        would lift it beside a running collector.
        """
        self.lock.sure(self.lock.life / 3)

    def left_standing(self, error: RegcleanError) -> str:
        """What people have to know and do when the fence could not be lifted."""
        if self.runner.stops_registry:
            return f"{self.settings.name} stays stopped: {error.sentence} Start it by hand."
        return f"{self.settings.name} stays read-only: {error.sentence} Make it writable by hand."

    def _prove(self) -> None:
        """Raise CollectorError unless the registry is seen to take no writes."""
        if not self.runner.stops_registry:
            if self._takes_writes(COMING_BACK):
                raise CollectorError(
                    f"{self.settings.name} still takes writes after gc.read_only_on; nothing was collected. "
                    "Correct the command."
                )
        elif asyncio.run(self._serves()):
            raise CollectorError(
                f"Something still answers for {self.settings.name} although its container stands still, and may take "
                "pushes; nothing was collected. Stop what else serves it, or correct `container` in gc."
            )

    def _takes_writes(self, patience: float) -> bool:
        """As the registry says within so many seconds: one that was started just now does not answer at once."""
        until = time.monotonic() + patience
        while True:
            try:
                return asyncio.run(self._probe())
            except RegistryError as error:
                if not (error.retryable or error.missing) or time.monotonic() > until:
                    raise
            time.sleep(_PAUSE)

    async def _serves(self) -> bool:
        async with self.runtime.registry(self.settings) as registry:
            try:
                await registry.ping()
            except RegistryError as error:
                return error.answer.status in _MAY_SERVE
            return True

    async def _probe(self) -> bool:
        async with self.runtime.registry(self.settings) as registry:
            return await registry.accepts_uploads(probe_of(await registry.catalog()))
