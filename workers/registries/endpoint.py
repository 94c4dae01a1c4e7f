"""Endpoint: where one registry is and how it may be talked to."""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv6Address
from pathlib import Path
from typing import Self
from urllib.parse import SplitResult, urlsplit

from workers.core.errors import BadInput

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port of a URL (RFC 6454), lower-case and with the port spelled out."""

    scheme: str
    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> Self:
        """The origin of an absolute http or https URL; raises BadInput for anything else."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as error:
            raise BadInput("A web address in a registry's configuration or answer cannot be read.") from error
        return cls(*_checked(parts, port))

    @property
    def is_loopback(self) -> bool:
        return self.host in _LOOPBACK

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}"

    @property
    def authority(self) -> str:
        """`host`, or `host:port` where the port is not the scheme's own."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _DEFAULT_PORTS[self.scheme] else f"{host}:{self.port}"


def _checked(parts: SplitResult, port: int | None) -> tuple[str, str, int]:
    scheme, host = parts.scheme.lower(), (parts.hostname or "").rstrip(".")
    if scheme not in _DEFAULT_PORTS or not (_is_name(host) or _is_ipv6(host)):
        raise BadInput("A registry's address must start with http:// or https:// and a host name.")
    return scheme, host, port or _DEFAULT_PORTS[scheme]


def _is_name(host: str) -> bool:
    """A name of DNS, international ones included, or an IPv4 address: no sign that parsers of URLs disagree about."""
    return re.fullmatch(r"[\w.~-]+", host) is not None


def _is_ipv6(host: str) -> bool:
    try:
        IPv6Address(host)
    except AddressValueError:
        return False
    return True


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """One registry's address and limits.

    `ca_file` is trusted in addition to the system's authorities. `proxy` is an http or https URL, of which only
    scheme, host and port count; proxies of the environment are never used. `no_proxy` entries are described in
    `workers.config.no_proxy`. `concurrency` is the number of requests in flight, `timeout` the seconds that one
    attempt may take in all, `attempts` how often a call is tried.
    """

    name: str
    url: str
    ca_file: Path | None = None
    proxy: str | None = None
    no_proxy: tuple[str, ...] = ()
    concurrency: int = 8
    timeout: float = 60.0
    attempts: int = 5

    @property
    def origin(self) -> Origin:
        return Origin.of(self.url)
