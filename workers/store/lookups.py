"""Lookups: questions that change nothing, with their answers, kept for an hour for paging."""

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from redis import Redis
from redis.client import Pipeline

from workers.core.errors import BadRecord
from workers.core.listing import Listing, Query
from workers.core.request import Origin
from workers.store import keys, records, tracing
from workers.store.connection import asking
from workers.store.queues import Queues
from workers.store.tasks import Job
from workers.store.transaction import Transactions

_KEPT: Final = 3_600
_SEEN_FOR: Final = 3_600
LARGEST: Final = 256 * 2**20
"""Bytes of a list; a million images need about 200 MB."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lookup:
    """A question: who asked what, from where."""

    id: str
    asker: str
    origin: Origin
    query: Query

    def as_json(self) -> dict[str, Any]:
        return {
            "version": 1,
            "id": self.id,
            "asker": self.asker,
            "origin": self.origin.as_json(),
            "query": self.query.as_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(
            id=str(data["id"]),
            asker=str(data["asker"]),
            origin=Origin.from_json(data["origin"]),
            query=Query.from_json(data["query"]),
        )


@dataclass(frozen=True, slots=True)
class Lookups:
    """Saves questions with the job that answers them, and answers with the job that posts them.

    Methods raise Unavailable when Redis does not answer.
    """

    redis: Redis
    queues: Queues
    transactions: Transactions

    def open(self, lookup: Lookup, payload: str) -> bool:
        """Save a question; False when this payload (a trigger id) was taken before."""
        tracing.named({"lookup": lookup.id})

        def body(pipe: Pipeline) -> bool:
            if pipe.exists(keys.seen(payload)):
                return False
            pipe.multi()
            pipe.set(keys.seen(payload), 1, ex=_SEEN_FOR)
            pipe.hset(keys.lookup(lookup.id), "question", records.write(lookup.as_json()))
            pipe.expire(keys.lookup(lookup.id), _KEPT)
            self.queues.push(Job(task="look", subject=lookup.id, mark="1"), pipe)
            return True

        return self.transactions.save([keys.seen(payload)], body)

    def load(self, lookup_id: str) -> Lookup:
        """Raises BadRecord when it is older than an hour."""
        return records.read(self._stored(lookup_id, "question"), Lookup.from_json, f"question {lookup_id}")

    def answer(self, lookup_id: str, listing: Listing) -> None:
        """Save the answer and ask for it to be posted; a second answer is not posted again."""

        def body(pipe: Pipeline) -> None:
            if pipe.hexists(keys.lookup(lookup_id), "answer"):
                return
            pipe.multi()
            pipe.hset(keys.lookup(lookup_id), "answer", zlib.compress(json.dumps(listing.as_json()).encode()))
            pipe.expire(keys.lookup(lookup_id), _KEPT)
            self.queues.push(Job(task="answer", subject=lookup_id, mark="1"), pipe)

        self.transactions.save([keys.lookup(lookup_id)], body)

    def listing(self, lookup_id: str) -> Listing:
        """Raises BadRecord when there is none, or it is older than an hour."""
        stored = self._stored(lookup_id, "answer")
        return records.read(unpacked(stored), Listing.from_json, f"list {lookup_id}")

    def _stored(self, lookup_id: str, part: str) -> bytes:
        with asking():
            stored = self.redis.hget(keys.lookup(lookup_id), part)
        if not isinstance(stored, bytes):
            raise BadRecord("This list is more than an hour old; ask for it again.")
        return stored


def unpacked(stored: bytes, most: int = LARGEST) -> bytes:
    """What `answer` packed; raises BadRecord, also for more than `most` bytes: a few may be made to fill the memory."""
    packing = zlib.decompressobj()
    try:
        content = packing.decompress(stored, most)
    except zlib.error as error:
        raise BadRecord("The stored list is damaged; ask for it again.") from error
    if not packing.eof:
        raise BadRecord("The stored list is cut short or too large; ask for it again.")
    return content
