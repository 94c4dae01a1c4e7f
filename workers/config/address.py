"""Addresses: registry URLs, proxy URLs and the host names people type; none may carry a user or a password."""

import ipaddress
import re
from dataclasses import dataclass
from typing import Annotated, Final, Self, TypeAlias

from workers.config.scalars import Reading

_HOST: Final = re.compile(
    r"(?P<name>\[[0-9a-f:.]+\]|[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*)(:(?P<port>[0-9]{1,5}))?"
)
_URL: Final = re.compile(r"(?P<scheme>https?)://(?P<rest>.*)", re.DOTALL)
_PORTS: Final = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Host:
    """A host name or address in lower case, IPv6 in brackets and in its short form, with its port if one was given."""

    name: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `host` or `host:port`; raises ValueError."""
        match = _HOST.fullmatch(text.lower())
        if not match or not 0 < int(match["port"] or 1) <= 65535 or len(match["name"]) > 253:
            raise ValueError("Write a host name with or without a port, such as docker.example.com or [::1]:5000.")
        return cls(_short(match["name"]), int(match["port"]) if match["port"] else None)

    def spellings(self, scheme: str) -> tuple[str, ...]:
        """The ways to write it, as given first: the scheme's own port may be there or not."""
        usual = _PORTS[scheme]
        if self.port is None:
            return (self.name, f"{self.name}:{usual}")
        return (str(self), self.name) if self.port == usual else (str(self),)

    def __str__(self) -> str:
        return self.name if self.port is None else f"{self.name}:{self.port}"


def _short(name: str) -> str:
    if not name.startswith("["):
        return name
    try:
        return f"[{ipaddress.IPv6Address(name[1:-1]).compressed}]"
    except ValueError:
        raise ValueError("Write a proper IPv6 address in the brackets, such as [::1]:5000.") from None


def split(url: str) -> tuple[str, Host]:
    """The scheme and host of a URL that has nothing else; raises ValueError with a sentence that never repeats it."""
    match = _URL.fullmatch(url)
    if not match:
        raise ValueError("Write a URL that begins with https:// or http://, such as https://registry.example.com.")
    if "@" in match["rest"]:
        raise ValueError("Remove the user and password from this URL; secrets never stand in this file.")
    if re.search(r"[/?#]", match["rest"].removesuffix("/")):
        raise ValueError("Remove everything after the host and port; a registry's API lives at the root, in /v2/.")
    return match["scheme"], Host.parse(match["rest"].removesuffix("/"))


def _url(value: object) -> str:
    if not isinstance(value, str):
        raise ValueError("Write a URL such as https://registry.example.com.")  # noqa: TRY004 - pydantic wants ValueError
    scheme, host = split(value)
    return f"{scheme}://{host}"


def _proxy(value: object) -> str:
    try:
        return _url(value)
    except ValueError as error:
        if "user and password" in str(error):
            raise
        raise ValueError("Write the proxy as scheme, host and port, such as http://proxy.example.com:3128.") from None


def _alias(value: object) -> str:
    if not isinstance(value, str) or "/" in value:
        raise ValueError("Write only a host name with or without a port, such as docker.example.com:5000.")
    return str(Host.parse(value))


def _unproxied(value: object) -> str:
    text = value.lower() if isinstance(value, str) else ""
    try:
        if "/" in text:
            return str(ipaddress.ip_network(text, strict=False))
        if text.count(":") > 1 and not text.startswith("["):
            return str(ipaddress.ip_address(text))
        dot = "." if text.startswith(".") else ""
        return text if text == "*" else f"{dot}{Host.parse(text.removeprefix('.'))}"
    except ValueError:
        raise ValueError(
            "Write a host, a domain such as .internal, an address or a network such as 10.0.0.0/8."
        ) from None


Url: TypeAlias = Annotated[str, Reading(_url, {"type": "string", "pattern": "^https?://[^/?#@]+/?$"})]
Proxy: TypeAlias = Annotated[str, Reading(_proxy, {"type": "string", "pattern": "^https?://[^/?#@]+/?$"})]
Alias: TypeAlias = Annotated[str, Reading(_alias, {"type": "string", "pattern": "^[^/@\\s]+$"})]
Unproxied: TypeAlias = Annotated[str, Reading(_unproxied, {"type": "string", "minLength": 1})]
