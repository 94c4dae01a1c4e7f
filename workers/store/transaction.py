"""Transactions: WATCH, read, decide, MULTI, EXEC; again with jitter when somebody came between.

Behind Sentinel what was saved is seen on a replica, too: what only the primary has goes with it in a failover.
"""

import random
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final, Generic, Self, TypeVar

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, WatchError
from redis.exceptions import TimeoutError as RedisTimeoutError

from workers.core.errors import NotCertain, Unavailable
from workers.store import keys
from workers.store.connection import confirming, impatient, passes, unavailable
from workers.store.sentinel import NoReplica

T = TypeVar("T")

_REMEMBERED: Final = 120
_LONGEST_PAUSE: Final = 0.05
_CONFIRMING: Final = 0.3
"""Seconds that one question for a replica's word may take: less than any patience allows a call."""
_LOOK: Final = "look at “/regclean status” in a minute before you try again."


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
        answer to EXEC is lost, a mark inside the transaction tells whether it was carried out. Raises Unavailable when
        nothing was saved, and NotCertain when that is not known, or no replica has it.
        """
        saving = _Saving(self.redis, watched, body, time.monotonic() + self.budget)
        tries = 0
        while True:
            try:
                return saving.attempt()
            except RedisError as error:
                saving.judge(error)
            tries += 1
            time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.002 * tries)))  # noqa: S311 - jitter is no secret

    def write(self, body: Callable[[Pipeline], object]) -> None:
        """Save what depends on nothing that is stored."""

        def blindly(pipe: Pipeline) -> None:
            pipe.multi()
            body(pipe)

        self.save((), blindly)


@dataclass(slots=True)
class _Saving(Generic[T]):
    """One change on its way into Redis; `sent` says that an EXEC may have been carried out."""

    redis: Redis
    watched: Sequence[str]
    body: Callable[[Pipeline], T]
    deadline: float
    mark: str = field(default_factory=lambda: keys.saved(secrets.token_hex(8)))
    sent: bool = False
    result: T | None = None

    def attempt(self) -> T:
        """Raises RedisError when it has to be tried again, and NotCertain when no replica has it in time."""
        with self.redis.pipeline() as pipe:
            # An EXEC whose connection broke may still arrive; watched, the mark keeps it from being the second one.
            pipe.watch(*self.watched, self.mark)
            if not (self.sent and pipe.exists(self.mark)):
                self.sent = False
                self.result = self.body(pipe)
                if not pipe.explicit_transaction:
                    return self.result
                pipe.set(self.mark, 1, ex=_REMEMBERED)
                self._execute(pipe)
        if wanted := confirming(self.redis):
            self._confirm(wanted)
        return self.result  # type: ignore[return-value]  # set by the try that was carried out

    def _execute(self, pipe: Pipeline) -> None:
        self.sent = True
        try:
            pipe.execute()
        except RedisError as error:
            self.sent = _may_have_arrived(error)
            raise

    def _confirm(self, wanted: int) -> None:
        """Wait until so many replicas have it.

        WAIT is about what was written over its own connection, so the mark is written once more: who has that has what
        came before. A mark that is not there was lost in a failover, with all that was saved beside it.
        """
        while True:
            pipe = self.redis.pipeline(transaction=False)
            pipe.expire(self.mark, _REMEMBERED)
            pipe.wait(wanted, int(_CONFIRMING * 1000))
            is_there, replicas = pipe.execute()
            if not is_there:
                self.sent = False
                raise WatchError("A failover lost what was saved.")
            if replicas >= wanted:
                return
            if self._is_late:
                raise NotCertain(f"It was saved, but too few replicas of Redis confirmed it in time; {_LOOK}")
            # Its replicas may follow another one already; whoever that is, the sentinels know.
            self.redis.connection_pool.disconnect(inuse_connections=False)

    @property
    def _is_late(self) -> bool:
        return time.monotonic() >= self.deadline

    def judge(self, error: RedisError) -> None:
        """Return when it is worth another try; raises Unavailable, or NotCertain, when it is not."""
        if not (isinstance(error, WatchError) or passes(error)):
            raise unavailable(error) from error
        if not self._is_late:
            return
        if self.sent:
            raise NotCertain(f"Redis was lost while it saved this, and it is not known if it did; {_LOOK}") from error
        if isinstance(cause := _cause(error), NoReplica):
            raise unavailable(cause) from error
        raise Unavailable("Redis did not take it in time; try again in a moment.") from error


def _cause(error: RedisError) -> BaseException | None:
    """What became of an EXEC; the client makes a WatchError of a connection that broke, too."""
    return error.__context__ if isinstance(error, WatchError) else error


def _may_have_arrived(error: RedisError) -> bool:
    """Whether an EXEC that ended like this may have been carried out."""
    cause = _cause(error)
    return isinstance(cause, RedisConnectionError | RedisTimeoutError) and not isinstance(cause, NoReplica)
