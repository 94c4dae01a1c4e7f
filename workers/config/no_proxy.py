"""no_proxy: which hosts are reached directly although a proxy is configured.

| Entry             | Covers                                   |
|-------------------|------------------------------------------|
| `*`               | everything                               |
| `example.com`     | that host and every host below it        |
| `.example.com`    | every host below it                      |
| `example.com:443` | the same as without the port, there only |
| `10.1.2.3`, `::1` | that address                             |
| `10.0.0.0/8`      | every address of that network            |

The same rules as in Go's programs, which is what operators are used to. Names are never resolved.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


def is_direct(host: str, port: int, entries: Iterable[str]) -> bool:
    """Whether an entry covers that host and port; `host` is a name or an address without brackets."""
    host = host.lower().rstrip(".")
    return any(_covers(entry.strip().lower(), host, port) for entry in entries)


def _covers(entry: str, host: str, port: int) -> bool:
    if entry == "*":
        return True
    address = _address(host)
    if address is not None and "/" in entry:
        return _in_network(entry, address)
    name, only = _split_port(entry)
    if only is not None and only != port:
        return False
    if address is not None:
        return _address(name) == address
    return _is_below(host, name) if name.startswith(".") else host == name or _is_below(host, f".{name}")


def _is_below(host: str, suffix: str) -> bool:
    return len(suffix) > 1 and host.endswith(suffix) and host != suffix


def _in_network(entry: str, address: IPv4Address | IPv6Address) -> bool:
    try:
        return address in ip_network(entry, strict=False)
    except ValueError:
        return False


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(text.strip("[]"))
    except ValueError:
        return None


def _split_port(entry: str) -> tuple[str, int | None]:
    name, colon, port = entry.rpartition(":")
    is_plain_address = ":" in name and not name.endswith("]")
    if not colon or is_plain_address or not (port.isascii() and port.isdigit()):
        return entry, None
    return name, int(port)
