"""How Redis is reached: reconnecting with jitter, with a patience that suits the caller."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from redis import ConnectionPool, Redis
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import AuthenticationError, AuthorizationError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry

from workers.core.echo import echo
from workers.core.errors import BadInput, Unavailable


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """`timeout`: seconds for one call; `retries`: how often it is tried again; `cap`: longest pause, in seconds."""

    timeout: float
    retries: int
    cap: float


# A listener must answer Slack within 3 s, and has work of its own after the save.
LISTENER: Final = Patience(timeout=0.5, retries=2, cap=0.2)
# A worker rides out a Redis restart; seen to survive 12 s away.
WORKER: Final = Patience(timeout=10, retries=20, cap=3)


def connect(url: str, patience: Patience) -> Redis:
    """A client for `redis://`, `rediss://` or `unix://`; nothing is sent yet. Raises BadInput for any other address."""
    try:
        return Redis.from_url(
            url,
            socket_timeout=patience.timeout,
            socket_connect_timeout=patience.timeout,
            retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=patience.cap), patience.retries),
            retry_on_error=[RedisConnectionError, RedisTimeoutError],
            health_check_interval=15,
            client_name="regclean",
        )
    except ValueError as error:
        raise BadInput("The address of Redis cannot be used; write it as redis://HOST:PORT/0.") from error


def beside(redis: Redis, **changes: Any) -> Redis:
    """The same Redis over connections of its own, with some of their settings changed."""
    pool = redis.connection_pool
    return Redis(connection_pool=ConnectionPool(pool.connection_class, **pool.connection_kwargs | changes))


def impatient(redis: Redis) -> Redis:
    """The same Redis, each call tried once: for whoever has a time budget to keep."""
    return beside(redis, retry=Retry(NoBackoff(), 0), retry_on_error=[])


@contextmanager
def asking() -> Iterator[None]:
    """Raise Unavailable in place of what a client raises when Redis does not answer, or refuses; a decorator, too."""
    try:
        yield
    except RedisError as error:
        raise unavailable(error) from error


def passes(error: RedisError) -> bool:
    """Whether it may go away by itself."""
    lost = isinstance(error, RedisConnectionError | RedisTimeoutError)
    return lost and not isinstance(error, AuthenticationError | AuthorizationError)


def unavailable(error: RedisError) -> Unavailable:
    if passes(error):
        return Unavailable("Redis does not answer; try again in a moment.")
    # The client puts the command, with what would be saved, in front of what Redis said.
    reason = str(error).rpartition("caused error: ")[2]
    return Unavailable(f"Redis refused ({echo(reason)}); tell whoever runs regclean.")
