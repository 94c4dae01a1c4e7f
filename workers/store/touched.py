"""Touched: the repositories that were changed since a collection was last verified; the next one reads them in full."""

from collections.abc import Iterable
from dataclasses import dataclass

from redis import Redis

from workers.core.errors import BadName
from workers.core.names import RepositoryName
from workers.store import keys, records
from workers.store.connection import asking


@dataclass(frozen=True, slots=True)
class Touched:
    """Methods raise Unavailable when Redis does not answer."""

    redis: Redis

    @asking()
    def add(self, registry: str, names: Iterable[RepositoryName]) -> None:
        """Written down before the first change; one that then does not happen only costs a closer look."""
        if members := sorted(map(str, names)):
            self.redis.sadd(keys.touched(registry), *members)

    @asking()
    def load(self, registry: str) -> frozenset[RepositoryName]:
        return frozenset(_name(member, registry) for member in self.redis.smembers(keys.touched(registry)))

    @asking()
    def clear(self, registry: str, names: Iterable[RepositoryName]) -> None:
        """Forget those that were verified since."""
        if members := sorted(map(str, names)):
            self.redis.srem(keys.touched(registry), *members)


def _name(member: object, registry: str) -> RepositoryName:
    try:
        return RepositoryName.parse(records.text(member))
    except BadName as error:
        raise records.damaged(f"list of touched repositories of {registry}") from error
