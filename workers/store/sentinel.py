"""Sentinel: the primary is whoever the sentinels say it is now; a failover is waited for like a line that was cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self
from urllib.parse import unquote, urlsplit

from redis import Redis
from redis.backoff import NoBackoff
from redis.connection import SSLConnection
from redis.exceptions import AuthenticationError, ReadOnlyError, ResponseError
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.exceptions import TimeoutError as RedisTimeoutError
from redis.retry import Retry
from redis.sentinel import (
    MasterNotFoundError,
    Sentinel,
    SentinelConnectionPool,
    SentinelManagedConnection,
)

from workers.core.errors import BadInput
from workers.store import records

SCHEMES: Final = ("redis+sentinel", "rediss+sentinel")
_PORT: Final = 26_379
_MOST: Final = 10
_ASKING: Final = 0.25
"""Seconds that one sentinel may take to answer: a listener has to ask several of them within its budget."""
_FORM: Final = "write it as redis+sentinel://HOST:26379,HOST:26379,HOST:26379/NAME."


class NoReplica(RedisConnectionError):  # noqa: N818 - named by what happened, as in the tree of errors
    """The primary takes no writes while too few replicas follow it; after a failover they come back by themselves."""


class _Connection(SentinelManagedConnection):
    """What a primary says in the middle of a failover is no refusal: whoever waits finds the next one."""

    def connect_check_health(self, check_health: bool = True, retry_socket_connect: bool = True) -> None:  # noqa: FBT001, FBT002 - as the library has it
        """Ask the sentinels again: redis-py 8.1 takes a connection that broke back to the old primary."""
        if retry_socket_connect:
            self._connect_retry()  # type: ignore[no-untyped-call]  # the library's
        else:
            super().connect_check_health(check_health, retry_socket_connect)

    def read_response(self, *args: Any, **options: Any) -> Any:
        try:
            return super(SentinelManagedConnection, self).read_response(*args, **options)  # without the library's own
        except ResponseError as error:
            kind = _lost(error)
            if kind is None:
                raise
            self.disconnect()  # type: ignore[no-untyped-call]  # the library's
            self.connection_pool.sentinel_manager.turn()
            raise kind(str(error)) from error


def _lost(error: ResponseError) -> type[RedisConnectionError] | None:
    """What to raise for the answer of one that is, or may be, the primary no longer."""
    if str(error).startswith("NOREPLICAS"):
        return NoReplica
    is_other = isinstance(error, ReadOnlyError) or str(error).startswith("UNBLOCKED")
    return RedisConnectionError if is_other else None


class _TlsConnection(_Connection, SSLConnection):
    pass


class _Sentinels(Sentinel):
    """The one that answered is asked first from then on. Threads walk through the list, so it is replaced as a whole.

    The library asks for SENTINEL MASTERS instead, where the one that leads a failover names the old primary to its end.
    """

    replicas: int = 1

    def discover_master(self, service_name: str) -> tuple[str, int]:
        for sentinel in self.sentinels:
            try:
                address: Any = sentinel.sentinel_get_master_addr_by_name(service_name)
            except AuthenticationError:
                raise
            except (RedisConnectionError, RedisTimeoutError):
                continue
            if address:
                self.sentinels = [sentinel, *(each for each in self.sentinels if each is not sentinel)]
                host, port = address
                return records.text(host), int(port)
        raise MasterNotFoundError(f"No sentinel that answers knows a primary {service_name}.")

    def turn(self) -> None:
        """Ask another one next time: what this one said may be out of date."""
        first, *others = self.sentinels
        self.sentinels = [*others, first]


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """`redis+sentinel://[USER:PASSWORD@]HOST[:PORT],…/NAME[/DB]`, `rediss+sentinel` where all of them speak TLS.

    User and password are for Redis; the sentinels' own are sentinel_username and sentinel_password in the query.
    There, too, stands how many `replicas` must have what was saved before it is certain: one, if it says nothing.
    """

    sentinels: Sequence[tuple[str, int]]
    name: str
    database: int
    login: Mapping[str, str]
    uses_tls: bool
    replicas: int

    @classmethod
    def parse(cls, url: str, replicas: str = "1") -> Self:
        """Raises BadInput; never repeats the address, which may hold a password."""
        parts = urlsplit(url)
        credentials, _, hosts = parts.netloc.rpartition("@")
        user, _, password = credentials.partition(":")
        name, _, database = parts.path.removeprefix("/").partition("/")
        if not name or not (database or "0").isdecimal():
            raise BadInput(f"The address of Redis names no primary after the sentinels; {_FORM}")
        if not replicas.isdecimal() or not 0 < int(replicas) < _MOST:
            raise BadInput(
                "The address of Redis sets “replicas” to no number from 1 to 9; leave it out to wait for one."
            )
        login = {"username": unquote(user), "password": unquote(password)}
        return cls(
            sentinels=tuple(_host(each) for each in hosts.split(",")),
            name=unquote(name),
            database=int(database or 0),
            login={key: value for key, value in login.items() if value},
            uses_tls=parts.scheme == SCHEMES[1],
            replicas=int(replicas),
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
    query = dict(query)
    address = Address.parse(url, query.pop("replicas", "1"))
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
    sentinels.replicas = address.replicas
    kind = _TlsConnection if address.uses_tls else _Connection
    kwargs = {**options, **shared, **address.login, "db": address.database}
    return Redis.from_pool(SentinelConnectionPool(address.name, sentinels, connection_class=kind, **kwargs))


def beside(pool: SentinelConnectionPool, **changes: Any) -> SentinelConnectionPool:
    """A pool of the same primary whose connections have some settings changed."""
    kwargs = {name: value for name, value in pool.connection_kwargs.items() if name != "connection_pool"}
    return SentinelConnectionPool(
        pool.service_name, pool.sentinel_manager, connection_class=pool.connection_class, **kwargs | changes
    )


def replicas(pool: SentinelConnectionPool) -> int:
    """How many of them must have what was saved before it is certain."""
    return int(pool.sentinel_manager.replicas)


def places(pool: SentinelConnectionPool) -> Sequence[str]:
    """Where the sentinels are, for people."""
    found = [each.connection_pool.connection_kwargs for each in pool.sentinel_manager.sentinels]
    return sorted(f"{each['host']}:{each['port']}" for each in found)
