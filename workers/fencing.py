"""Fencing: a registry takes no writes while its collector runs; written down first, proved twice, and mended.

A collector outlives a killed worker, and lifting the fence beside it loses images. So whoever lifts a fence first stops
the collector and sees it gone; who cannot see leaves the fence where it is.
"""

import asyncio
from dataclasses import dataclass

from workers.config import RegistrySettings
from workers.core.errors import CollectorError
from workers.gc.runner import Runner
from workers.runtime import Runtime
from workers.store.fences import Fence
from workers.store.locks import Lock
from workers.surveyor import probe_of


@dataclass(frozen=True, slots=True)
class Fencing:
    """The fence of one registry, under its lock."""

    runtime: Runtime
    settings: RegistrySettings
    runner: Runner
    lock: Lock

    def raise_for(self, request_id: str) -> None:
        """Write the fence down, make the registry read-only and prove it; raises CollectorError or RegistryError."""
        fence = Fence(registry=self.settings.name, request=request_id, since=self.runtime.store.clock().isoformat())
        self.runtime.store.fences.save(fence)
        self.runner.read_only(on=True)
        if self._takes_writes():
            raise CollectorError(
                f"{self.settings.name} still takes writes after gc.read_only_on; nothing was collected. "
                "Correct the command."
            )

    def note_collector(self, token: str) -> None:
        """Write down how to find the collector that is about to start; raises LockLost when it must not start."""
        self.lock.may_write(0)
        fence = self.runtime.store.fences.load(self.settings.name)
        if fence is None:
            raise CollectorError(f"The fence of {self.settings.name} is gone; nothing was collected.")
        self.runtime.store.fences.save(fence.with_collector(token))

    def mend_own(self, request_id: str) -> None:
        """Stop what an earlier attempt of this request may have left running."""
        fence = self.runtime.store.fences.load(self.settings.name)
        if fence and fence.request == request_id:
            self.stop_collector(fence)

    def stop_collector(self, fence: Fence) -> None:
        """See the collector gone; raises CollectorError when that cannot be seen."""
        if fence.collector is None:
            return
        if self.runner.is_collecting(fence.collector):
            self.runner.stop(fence.collector)

    def lift(self) -> bool:
        """See no collector, make the registry writable again and prove it; False when no fence stood.

        Raises CollectorError or RegistryError, and then the fence stands and stays written down.
        """
        fence = self.runtime.store.fences.load(self.settings.name)
        if fence is None:
            return False
        self.stop_collector(fence)
        # Caches go first: a push that met one would be told that blobs are there which the collector took.
        self.runner.flush()
        self.runner.restart()
        self.runner.read_only(on=False)
        if not self._takes_writes():
            raise CollectorError(f"{self.settings.name} still refuses writes after gc.read_only_off.")
        self.runtime.store.fences.lift(self.settings.name)
        return True

    def _takes_writes(self) -> bool:
        return asyncio.run(self._probe())

    async def _probe(self) -> bool:
        async with self.runtime.registry(self.settings) as registry:
            return await registry.accepts_uploads(probe_of(await registry.catalog()))
