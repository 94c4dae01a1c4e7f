"""Collected: which collection took what a removal left to be collected, and whose cards still have to say so."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from redis import Redis
from redis.client import Pipeline

from workers.core.request import Action, Request
from workers.store import keys, records
from workers.store.connection import asking

MOST_CARDS: Final = 20
"""How many cards of a registry one collection brings up to date; older ones say it when somebody clicks on them."""
_MOST_COLLECTIONS: Final = 1_000


def removed(pipe: Pipeline, request: Request) -> None:
    """Remember a removal that ended and took something, as part of the transaction that ends it."""
    if request.action is Action.COLLECT or not request.tally.done or request.ended_at is None:
        return
    waiting = keys.uncollected(request.registry)
    pipe.zadd(waiting, {request.id: request.ended_at.timestamp()})
    pipe.zremrangebyrank(waiting, 0, -MOST_CARDS - 1)


def collected(pipe: Pipeline, collection: Request, now: datetime) -> None:
    """Remember that a collector did its work, as part of the transaction that tells it.

    Both hold the registry's lock, so what ended before now was collected, and nothing else was.
    """
    done = keys.collections(collection.registry)
    pipe.zadd(done, {collection.id: now.timestamp()})
    pipe.zremrangebyrank(done, 0, -_MOST_COLLECTIONS - 1)


@dataclass(frozen=True, slots=True)
class Collected:
    """Methods raise Unavailable when Redis does not answer."""

    redis: Redis

    @asking()
    def by(self, request: Request) -> str:
        """The id of the collection that took what a request removed, or of itself when it collected; empty if none."""
        done = keys.collections(request.registry)
        if request.action is Action.COLLECT:
            return request.id if self.redis.zscore(done, request.id) is not None else ""
        if request.ended_at is None or not request.tally.done:
            return ""
        found = self.redis.zrangebyscore(done, request.ended_at.timestamp(), "+inf", 0, 1)
        return records.text(found[0]) if found else ""

    @asking()
    def untold(self, collection: Request) -> Sequence[str]:
        """The removals that this one collected after, and that do not say so yet; none when it did not collect."""
        now = self.redis.zscore(keys.collections(collection.registry), collection.id)
        found = self.redis.zrangebyscore(keys.uncollected(collection.registry), "-inf", now) if now is not None else ()
        return [records.text(each) for each in found]

    @asking()
    def told(self, registry: str, request_id: str) -> None:
        self.redis.zrem(keys.uncollected(registry), request_id)
