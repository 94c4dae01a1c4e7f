"""Transaction: WATCH, read, decide, MULTI, EXEC; again with jitter when somebody came between."""

import random
import secrets
import time
from collections.abc import Callable, Sequence
from typing import Final, TypeVar

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import RedisError, WatchError
from redis.exceptions import TimeoutError as RedisTimeoutError

from workers.core.errors import Unavailable
from workers.store import keys

T = TypeVar("T")

_REMEMBERED: Final = 120
_LONGEST_PAUSE: Final = 0.05


def save(redis: Redis, watched: Sequence[str], budget: float, body: Callable[[Pipeline], T]) -> T:
    """Run `body` until its commands are saved, for at most `budget` seconds; its last result.

    `body` reads through the pipeline, calls `multi()` when it wants something saved, and queues commands. Where the
    answer to EXEC is lost, a mark inside the transaction tells whether it was carried out. Raises Unavailable.
    """
    mark = keys.saved(secrets.token_hex(8))
    deadline = time.monotonic() + budget
    tries = 0
    result: T | None = None
    while True:
        try:
            if tries and redis.exists(mark):
                return result  # type: ignore[return-value]  # set by the try whose answer was lost
            with redis.pipeline() as pipe:
                pipe.watch(*watched)
                result = body(pipe)
                if pipe.explicit_transaction:
                    pipe.set(mark, 1, ex=_REMEMBERED)
                    pipe.execute()
                return result
        except (WatchError, RedisConnectionError, RedisTimeoutError) as error:
            if time.monotonic() >= deadline:
                raise Unavailable("Redis did not take it in time; try again in a moment.") from error
        except RedisError as error:
            raise Unavailable(f"Redis refused to save ({error}); tell whoever runs regclean.") from error
        tries += 1
        time.sleep(random.uniform(0, min(_LONGEST_PAUSE, 0.002 * tries)))  # noqa: S311 - jitter is no secret
