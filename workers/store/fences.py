"""Fences: which registries take no writes because of us, written down before they are fenced."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from redis import Redis

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
    """Methods raise Unavailable when Redis does not answer."""

    redis: Redis
    transactions: Transactions

    @asking()
    def load(self, registry: str) -> Fence | None:
        stored = self.redis.get(keys.fence(registry))
        return None if stored is None else records.read(stored, Fence.from_json, f"fence of {registry}")

    def save(self, fence: Fence) -> None:
        self.transactions.write(lambda pipe: pipe.set(keys.fence(fence.registry), records.write(fence.as_json())))

    def lift(self, registry: str) -> None:
        """Forget the fence: the registry was seen to take writes again."""
        self.transactions.write(lambda pipe: pipe.delete(keys.fence(registry)))
