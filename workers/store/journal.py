"""Journal: what a request's steps did, written with their audit entries before the next step starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from redis import Redis
from redis.client import Pipeline

from workers.core.audit import Event
from workers.core.digest import Digest
from workers.core.errors import BadName
from workers.core.outcome import Outcome, Tally
from workers.store import keys, records
from workers.store.connection import asking
from workers.store.ledger import Ledger, Telling
from workers.store.transaction import Transactions

UNDO_KEPT: Final = 14 * 86_400
UNDO_CAP: Final = 64 * 2**20
"""Bytes of saved manifests in all; the oldest make room."""

# In one go: two that make room at once would each throw out what the other one leaves.
_EVICT: Final = """
while tonumber(redis.call('get', KEYS[2])) > tonumber(ARGV[1]) do
  local oldest = redis.call('rpop', KEYS[1])
  if not oldest then return end
  local size, key = string.match(oldest, '^(%d+) (.+)$')
  if size then
    redis.call('del', key)
    redis.call('decrby', KEYS[2], size)
  end
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saved:
    """A manifest as it was before it was deleted, with what it takes to put it back."""

    registry: str
    reference: str
    media_type: str
    tags: tuple[str, ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Journal:
    """Outcomes of steps, throw-away manifests in flight, and manifests saved before their deletion.

    Methods raise Unavailable when Redis does not answer.
    """

    redis: Redis
    ledger: Ledger
    transactions: Transactions

    @asking()
    def outcomes(self, request_id: str) -> Mapping[int, Outcome]:
        stored = self.redis.hgetall(keys.outcomes(request_id))
        read = (records.read(value, Outcome.from_json, f"outcome of {request_id}") for value in stored.values())
        return {outcome.step: outcome for outcome in read}

    def tally(self, request_id: str) -> Tally:
        return Tally.of(self.outcomes(request_id).values())

    def record(self, request_id: str, outcomes: Sequence[Outcome], events: Sequence[Event]) -> None:
        """Save outcomes, each with its audit entry; a step that has an outcome keeps it.

        So an attempt that was stopped and wakes up when another one has taken over tells nothing twice.
        """

        def look(pipe: Pipeline) -> Telling | None:
            known = (
                pipe.hmget(keys.outcomes(request_id), [str(outcome.step) for outcome in outcomes]) if outcomes else []
            )
            new = [
                (outcome, event)
                for outcome, event, before in zip(outcomes, events, known, strict=True)
                if before is None
            ]

            def also(pipe: Pipeline) -> None:
                for outcome, _ in new:
                    pipe.hset(keys.outcomes(request_id), str(outcome.step), records.write(outcome.as_json()))
                    pipe.hdel(keys.placeholders(request_id), str(outcome.step))

            return Telling([event for _, event in new], also) if new else None

        self.ledger.tell_of(request_id, look)

    @asking()
    def placeholders(self, request_id: str) -> Mapping[int, Digest]:
        """Throw-away manifests that were announced and may still be under a tag, by step."""
        stored = self.redis.hgetall(keys.placeholders(request_id))
        what = f"throw-away manifest of {request_id}"
        return {records.number(step, what): _digest(digest, what) for step, digest in stored.items()}

    def announce(self, request_id: str, step: int, placeholder: Digest) -> None:
        """Save a throw-away manifest's digest before it is pushed, so that a tag on it is known to be ours."""
        self.transactions.write(lambda pipe: pipe.hset(keys.placeholders(request_id), str(step), str(placeholder)))

    def keep(self, saved: Sequence[Saved]) -> None:
        """Keep manifests for an undo, for 14 days and within the size cap."""

        def body(pipe: Pipeline) -> None:
            for each in saved:
                key = keys.undo(each.registry, each.reference)
                pipe.hset(key, "media_type", each.media_type)
                pipe.hset(key, "tags", " ".join(each.tags))
                pipe.hset(key, "body", each.body)
                pipe.expire(key, UNDO_KEPT)
                pipe.lpush(keys.UNDO_SIZES, f"{len(each.body)} {key}")
                pipe.incrby(keys.UNDO_TOTAL, len(each.body))
                pipe.eval(_EVICT, 2, keys.UNDO_SIZES, keys.UNDO_TOTAL, UNDO_CAP)

        if saved:
            self.transactions.write(body)


def _digest(stored: object, what: str) -> Digest:
    try:
        return Digest.parse(records.text(stored))
    except BadName as error:
        raise records.damaged(what) from error
