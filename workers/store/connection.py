"""How Redis is reached: reconnecting with jitter, within a time budget that suits the caller."""

from dataclasses import dataclass
from typing import Final

from redis import Redis
from redis.backoff import ExponentialWithJitterBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry


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


def connect(url: str, patience: Patience) -> "Redis":
    """A client for `redis://`, `rediss://` or `unix://`; nothing is sent yet."""
    return Redis.from_url(
        url,
        socket_timeout=patience.timeout,
        socket_connect_timeout=patience.timeout,
        retry=Retry(ExponentialWithJitterBackoff(base=0.05, cap=patience.cap), patience.retries),
        retry_on_error=[RedisConnectionError, RedisTimeoutError],
        health_check_interval=15,
        client_name="regclean",
    )
