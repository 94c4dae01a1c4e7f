"""Fences: which registries take no writes because of us, written down before they are fenced."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from redis import Redis
from redis.client import Pipeline

from workers.core.approval import KeyRing
from workers.core.errors import NotAuthentic
from workers.store import keys, records
from workers.store.connection import asking
from workers.store.transaction import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class Fence:
    """`request` fenced the registry at `since` (UTC, ISO 8601); `collector` describes a collector that was started.

    `found` is what the runner needs to know to bring the registry back to how it was.
    """

    registry: str
    request: str
    since: str
    collector: str | None = None
    alerted: bool = False
    found: str | None = None

    def with_collector(self, collector: str) -> Self:
        return replace(self, collector=collector)

    def as_json(self) -> dict[str, Any]:
        return {
            "registry": self.registry,
            "request": self.request,
            "since": self.since,
            "collector": self.collector,
            "alerted": self.alerted,
            "found": self.found,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            registry=str(data["registry"]),
            request=str(data["request"]),
            since=str(data["since"]),
            collector=None if data["collector"] is None else str(data["collector"]),
            alerted=bool(data["alerted"]),
            found=None if data.get("found") is None else str(data["found"]),
        )


@dataclass(frozen=True, slots=True)
class Fences:
    """Signed, since whoever mends a fence stops and starts what it names; `ring` is None for those who only look.

    Methods raise Unavailable when Redis does not answer, and NotAuthentic for a fence that regclean did not write.
    """

    redis: Redis
    transactions: Transactions
    ring: KeyRing | None = None

    @asking()
    def load(self, registry: str) -> Fence | None:
        stored = self.redis.get(keys.fence(registry))
        return None if stored is None else self._read(stored, registry)

    def save(self, fence: Fence) -> None:
        signature = self.ring.sign(_message(fence)) if self.ring else ""
        stored = records.write(fence.as_json() | {"signature": signature})
        self.transactions.write(lambda pipe: pipe.set(keys.fence(fence.registry), stored))

    def lift(self, fence: Fence) -> None:
        """Forget the fence: the registry was seen to take writes again. One that was raised since stays."""

        def body(pipe: Pipeline) -> None:
            stored = pipe.get(keys.fence(fence.registry))
            standing = self._read(stored, fence.registry) if stored else None
            if standing and (standing.request, standing.since) == (fence.request, fence.since):
                pipe.multi()
                pipe.delete(keys.fence(fence.registry))

        self.transactions.save([keys.fence(fence.registry)], body)

    def _read(self, stored: bytes | str, registry: str) -> Fence:
        fence, signature = records.read(stored, _signed, f"fence of {registry}")
        try:
            if self.ring:
                self.ring.verify(_message(fence), signature)
        except NotAuthentic:
            raise _foreign(registry) from None
        if fence.registry != registry:
            raise _foreign(registry)
        return fence


def _signed(data: Mapping[str, Any]) -> tuple[Fence, str]:
    return Fence.from_json(data), str(data.get("signature", ""))


def _message(fence: Fence) -> bytes:
    return records.write(fence.as_json())


def _foreign(registry: str) -> NotAuthentic:
    return NotAuthentic(
        f"The fence of {registry} in Redis was not written by regclean; see that no collector runs, make the registry "
        f"writable, and delete the key {keys.fence(registry)}."
    )
