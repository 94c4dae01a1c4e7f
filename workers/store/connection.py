"""How Redis is reached: reconnecting with jitter, with a patience that suits the caller."""

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

from redis import ConnectionPool, Redis
from redis.backoff import ExponentialWithJitterBackoff, NoBackoff
from redis.exceptions import AuthenticationError, AuthorizationError, RedisError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from redis.sentinel import SentinelConnectionPool

from workers.core.echo import echo
from workers.core.errors import BadInput, Unavailable
from workers.store import sentinel


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


# Anything else in an address would change the patience above, or what answers look like.
_FILES: Final = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")
_SENTINELS_OWN: Final = ("sentinel_username", "sentinel_password", "replicas")


def connect(url: str, patience: Patience) -> Redis:
    """A client for `redis://`, `rediss://`, `unix://` or `redis+sentinel://`; nothing is sent yet.

    Raises BadInput for any other address, and for certificates that are not there.
    """
    options = {
        "socket_timeout": patience.timeout,
        "socket_connect_timeout": patience.timeout,
        "retry": Retry(ExponentialWithJitterBackoff(base=0.05, cap=patience.cap), patience.retries),
        "retry_on_error": [RedisConnectionError, RedisTimeoutError],
        "health_check_interval": 15,
        "client_name": "regclean",
    }
    is_watched = url.startswith(tuple(f"{scheme}://" for scheme in sentinel.SCHEMES))
    try:
        query = _query(url, (*_FILES, *_SENTINELS_OWN) if is_watched else (*_FILES, "db"))
        return sentinel.connect(url, query, options) if is_watched else Redis.from_url(url, **options)
    except ValueError as error:
        raise BadInput("The address of Redis cannot be used; write it as redis://HOST:PORT/0.") from error


def _query(url: str, known: tuple[str, ...]) -> dict[str, str]:
    """What stands behind the question mark; raises BadInput, naming no value but that of a file."""
    query = {name: values[-1] for name, values in parse_qs(urlsplit(url).query).items()}
    if unknown := sorted(query.keys() - set(known)):
        raise BadInput(f"The address of Redis sets “{echo(unknown[0])}”; only {', '.join(known)} can be set there.")
    for name in _FILES:
        if name in query and not Path(query[name]).is_file():
            raise BadInput(f"There is no file {query[name]}, which the address of Redis names as {name}.")
    return query


def beside(redis: Redis, **changes: Any) -> Redis:
    """The same Redis over connections of its own, with some of their settings changed."""
    pool = redis.connection_pool
    if isinstance(pool, SentinelConnectionPool):
        return Redis(connection_pool=sentinel.beside(pool, **changes))
    return Redis(connection_pool=ConnectionPool(pool.connection_class, **pool.connection_kwargs | changes))


def place(redis: Redis) -> str:
    """Where it is, for people; never the address itself, which may hold a password."""
    pool = redis.connection_pool
    if isinstance(pool, SentinelConnectionPool):
        return f"the primary {pool.service_name} of the sentinels {', '.join(sentinel.places(pool))}"
    found = pool.connection_kwargs
    return str(found.get("path") or f"{found.get('host')}:{found.get('port', 6379)}")


def confirming(redis: Redis) -> int:
    """How many replicas must have what was saved, where a failover may put one of them in its place; else 0."""
    pool = redis.connection_pool
    return sentinel.replicas(pool) if isinstance(pool, SentinelConnectionPool) else 0


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
    return lost and not isinstance(error, AuthenticationError | AuthorizationError) and not _tls_trouble(error)


def _tls_trouble(error: RedisError) -> str:
    """Why there is no TLS with the other side, in OpenSSL's words; empty where that was not the trouble."""
    cause = error.__context__
    if isinstance(cause, ssl.SSLCertVerificationError):
        return cause.verify_message
    lost = (ssl.SSLEOFError, ssl.SSLZeroReturnError, ssl.SSLSyscallError)
    return cause.reason if isinstance(cause, ssl.SSLError) and not isinstance(cause, lost) else ""


def unavailable(error: RedisError) -> Unavailable:
    if isinstance(error, sentinel.NoReplica):
        return Unavailable("Redis takes nothing while no replica follows it; try again in a moment.")
    if passes(error):
        return Unavailable("Redis does not answer; try again in a moment.")
    if why := _tls_trouble(error):
        return Unavailable(f"There is no TLS with Redis ({echo(why)}); look at REDIS_URL and at REDIS_CA_FILE.")
    # The client puts the command, with what would be saved, in front of what Redis said.
    reason = str(error).rpartition("caused error: ")[2]
    return Unavailable(f"Redis refused ({echo(reason)}); tell whoever runs regclean.")
