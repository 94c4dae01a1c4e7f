"""Cache: the registry's entries in a Redis that it caches blobs in; nothing else in there is touched."""

from dataclasses import dataclass
from typing import Final

from redis import Redis
from redis.exceptions import RedisError

from workers.config.secret import secret_from_file
from workers.core.errors import BadInput, CollectorError

# registry/storage/cache/redis in distribution 2.8 and 3.x.
_KEYS: Final = ("blobs::*", "repository::*")
_AT_ONCE: Final = 1000
_PATIENCE: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cache:
    """`url` has no password; it is read from `password_file` each time."""

    url: str
    password_file: str | None

    def empty(self) -> None:
        """Raises CollectorError."""
        try:
            password = self._password()
            with Redis.from_url(
                self.url, password=password, socket_timeout=_PATIENCE, socket_connect_timeout=_PATIENCE
            ) as redis:
                for pattern in _KEYS:
                    for key in redis.scan_iter(pattern, count=_AT_ONCE):
                        redis.unlink(key)
        except (RedisError, BadInput) as error:
            raise CollectorError(f"The registry's blob cache at {self.url} could not be emptied: {error}.") from error

    def _password(self) -> str | None:
        if self.password_file is None:
            return None
        return secret_from_file(self.password_file, "gc.blob_cache_password_file").reveal()
