"""Store: everything that survives, opened over one Redis client."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from redis import Redis

from workers.core.approval import KeyRing
from workers.store.anchors import Anchors
from workers.store.cards import Cards
from workers.store.chain import Chain
from workers.store.collected import Collected
from workers.store.fences import Fences
from workers.store.journal import Journal
from workers.store.ledger import Ledger
from workers.store.locks import Locks
from workers.store.lookups import Lookups
from workers.store.queues import Queues
from workers.store.touched import Touched
from workers.store.transaction import Transactions


def utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    redis: Redis
    keys: KeyRing
    queues: Queues
    ledger: Ledger
    journal: Journal
    locks: Locks
    fences: Fences
    touched: Touched
    collected: Collected
    lookups: Lookups
    cards: Cards
    anchors: Anchors
    clock: Callable[[], datetime]

    @classmethod
    def open(cls, redis: Redis, keys: KeyRing, *, budget: float = 30, clock: Callable[[], datetime] = utc_now) -> Self:
        """`budget`: seconds within which a change must be saved."""
        queues = Queues(redis, keys)
        transactions = Transactions.over(redis, budget)
        ledger = Ledger(Chain(redis, keys), queues, clock, transactions)
        return cls(
            redis=redis,
            keys=keys,
            queues=queues,
            ledger=ledger,
            journal=Journal(redis, ledger, transactions),
            locks=Locks(redis),
            fences=Fences(redis, transactions, keys),
            touched=Touched(redis),
            collected=Collected(redis),
            lookups=Lookups(redis, queues, transactions),
            cards=Cards(redis, transactions),
            anchors=Anchors(redis, transactions),
            clock=clock,
        )
