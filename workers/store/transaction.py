"""Transactions: WATCH, read, decide, MULTI, EXEC; again with jitter when somebody came between."""

import random
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Self, TypeVar

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import RedisError, WatchError

from workers.core.errors import Unavailable
from workers.store import keys
from workers.store.connection import impatient, passes, unavailable

T = TypeVar("T")

_REMEMBERED: Final = 120
_LONGEST_PAUSE: Final = 0.05


@dataclass(frozen=True, slots=True)
class Transactions:
    """Saves within `budget` seconds, over connections that leave trying again to it."""

    redis: Redis
    budget: float

    @classmethod
    def over(cls, redis: Redis, budget: float) -> Self:
        return cls(impatient(redis), budget)

    def save(self, watched: Sequence[str], body: Callable[[Pipeline], T]) -> T:
        """Run `body` until its commands are saved; its last result.

        `body` reads through the pipeline, calls `multi()` when it wants something saved, and queues commands. Where the
        answer to EXEC is lost, a mark inside the transaction tells whether it was carried out. Raises Unavailable.
        """
        mark = keys.saved(secrets.token_hex(8))
        deadline = time.monotonic() + self.budget
        tries = 0
        result: T | None = None
        while True:
            try:
                if tries and self.redis.exists(mark):
                    return result  # type: ignore[return-value]  # set by the try whose answer was lost
                with self.redis.pipeline() as pipe:
                    pipe.watch(*watched)
                    result = body(pipe)
                    if pipe.explicit_transaction:
                        pipe.set(mark, 1, ex=_REMEMBERED)
                        pipe.execute()
                    return result
            except RedisError as error:
                if not (isinstance(error, WatchError) or passes(error)):
                    raise unavailable(error) from error
                if time.monotonic() >= deadline:
                    raise Unavailable("Redis did not take it in time; try again in a moment.") from error
            tries += 1
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.002 * tries)))  # noqa: S311 - jitter is no secret
