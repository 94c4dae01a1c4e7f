"""Sentinel: the primary is whoever the sentinels say it is now; a failover is waited for like a line that was cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import AuthenticationError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from redis.sentinel import (
    MasterNotFoundError,
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
    SentinelManagedSSLConnection,
)

from workers.core.errors import BadInput

SCHEMES: Final = ("redis+sentinel", "rediss+sentinel")
_PORT: Final = 26_379
_ASKING: Final = 0.25
"""Seconds that one sentinel may take to answer: a listener has to ask several of them within its budget."""
_FORM: Final = "write it as redis+sentinel://HOST:26379,HOST:26379,HOST:26379/NAME."


class NoReplica(RedisConnectionError):  # noqa: N818 - named by what happened, as in the tree of errors
    """The primary takes no writes while too few replicas follow it; after a failover they come back by themselves."""


class _Failover:
    """What a primary says in the middle of a failover is no refusal: whoever waits finds the next one."""

    def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return super().read_response(*args, **options)  # type: ignore[misc]  # mixed into a connection
        except ResponseError as error:
            said = str(error)
            if said.startswith("NOREPLICAS"):
                raise NoReplica(said) from error
            if said.startswith("UNBLOCKED"):
                self.disconnect()  # type: ignore[attr-defined]  # mixed into a connection
                raise RedisConnectionError(said) from error
            raise


class _Connection(_Failover, SentinelManagedConnection):
    pass


class _TlsConnection(_Failover, SentinelManagedSSLConnection):
    pass


class _Sentinels(Sentinel):
    def discover_master(self, service_name: str) -> tuple[str, int]:
        """As the library does it, save that a list which other threads walk through is replaced and not reordered."""
        for sentinel in self.sentinels:
            try:
                masters: Any = sentinel.sentinel_masters()
            except AuthenticationError:
                raise
            except (RedisConnectionError, RedisTimeoutError):
                continue
            state = masters.get(service_name)
            if state and self.check_master_state(state, service_name):  # type: ignore[no-untyped-call]  # the library's
                self.sentinels = [sentinel, *(each for each in self.sentinels if each is not sentinel)]
                return state["ip"], state["port"]
        raise MasterNotFoundError(f"No sentinel knows a primary {service_name} that is up.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`redis+sentinel://[USER:PASSWORD@]HOST[:PORT],…/NAME[/DB]`, `rediss+sentinel` where all of them speak TLS.

    User and password are for Redis; the sentinels' own are sentinel_username and sentinel_password in the query.
    """

    sentinels: Sequence[tuple[str, int]]
    name: str
    database: int
    login: Mapping[str, str]
    uses_tls: bool

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises BadInput; never repeats the address, which may hold a password."""
        parts = urlsplit(url)
        credentials, _, hosts = parts.netloc.rpartition("@")
        user, _, password = credentials.partition(":")
        name, _, database = parts.path.removeprefix("/").partition("/")
        if not name or not (database or "0").isdecimal():
            raise BadInput(f"The address of Redis names no primary after the sentinels; {_FORM}")
        login = {"username": unquote(user), "password": unquote(password)}
        return cls(
            sentinels=tuple(_host(each) for each in hosts.split(",")),
            name=unquote(name),
            database=int(database or 0),
            login={key: value for key, value in login.items() if value},
            uses_tls=parts.scheme == SCHEMES[1],
        )


def _host(text: str) -> tuple[str, int]:
    try:
        parts = urlsplit(f"//{text}")
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    if not host:
        raise BadInput(f"The address of Redis has a sentinel without a host or with an impossible port; {_FORM}")
    return host, port or _PORT


def connect(url: str, query: Mapping[str, Any], options: Mapping[str, Any]) -> Redis:
    """A client of whoever is the primary. `query` is that of the address, `options` are for connections to Redis."""
    address = Address.parse(url)
    own = {name.removeprefix("sentinel_"): value for name, value in query.items() if name.startswith("sentinel_")}
    shared = {name: value for name, value in query.items() if not name.startswith("sentinel_")}
    tls = {name: value for name, value in shared.items() if name.startswith("ssl_")}
    asking: dict[str, Any] = {
        "socket_timeout": _ASKING,
        "socket_connect_timeout": _ASKING,
        "retry": Retry(NoBackoff(), 0),
        "ssl": address.uses_tls,
        **tls,
        **own,
    }
    sentinels = _Sentinels(address.sentinels, sentinel_kwargs=asking)  # type: ignore[no-untyped-call]  # the library's
    kind = _TlsConnection if address.uses_tls else _Connection
    kwargs = {**options, **shared, **address.login, "db": address.database}
    return Redis.from_pool(SentinelConnectionPool(address.name, sentinels, connection_class=kind, **kwargs))


def beside(pool: SentinelConnectionPool, **changes: Any) -> SentinelConnectionPool:
    """A pool of the same primary whose connections have some settings changed."""
    kwargs = {name: value for name, value in pool.connection_kwargs.items() if name != "connection_pool"}
    return SentinelConnectionPool(
        pool.service_name, pool.sentinel_manager, connection_class=pool.connection_class, **kwargs | changes
    )


def places(pool: SentinelConnectionPool) -> Sequence[str]:
    """Where the sentinels are, for people."""
    found = [each.connection_pool.connection_kwargs for each in pool.sentinel_manager.sentinels]
    return sorted(f"{each['host']}:{each['port']}" for each in found)
