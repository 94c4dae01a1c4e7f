"""Headers and addresses that a registry sends, and the addresses an operator writes."""

from datetime import UTC, datetime
from typing import Final

from fuzz.target import Target, chosen, seed, text
from workers.config.address import Host, split
from workers.config.no_proxy import is_direct
from workers.core.errors import BadInput
from workers.registries.auth import is_safe_realm
from workers.registries.challenge import challenges
from workers.registries.endpoint import Origin
from workers.registries.links import next_link, own_target
from workers.registries.patience import LONGEST_ASKED, Patience, retry_after
from workers.registries.redaction import redacted
from workers.registries.tokens import merged

_BASE: Final = "https://registry.example.com:5000"
_NOW: Final = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
_PASSWORD: Final = "hunter2-hunter2"  # noqa: S105 - looked for where it must not be


def _challenge(header: str) -> None:
    for each in challenges(header.split("\n")):
        assert each.scheme == each.scheme.lower()
        assert all(name == name.lower() and name for name in each.parameters)
        merged(each.parameters.get("scope", "").split())
        realm = each.parameters.get("realm", "")
        if is_safe_realm(realm, Origin.of(_BASE)):
            assert Origin.of(realm).scheme == "https", "a login would be sent in the clear"


def _link(header: str) -> None:
    link = next_link(header.split("\n"))
    target = None if link is None else own_target(f"{_BASE}/v2/_catalog?n=2", link)
    if target is not None:
        assert target.startswith("/")
        assert Origin.of(_BASE + target) == Origin.of(_BASE), "the next page is elsewhere"


def _retry_after(header: str) -> None:
    asked = retry_after(header, _NOW)
    assert asked is None or asked >= 0
    assert 0 <= Patience().pause(1, asked) <= LONGEST_ASKED + 1


def _no_proxy(content: str) -> None:
    """The first line is a host, the others are entries."""
    host, *entries = content.split("\n")
    is_direct(host, 443, entries)
    assert is_direct(host, 443, [*entries, "*"])


def _redacted(rest: str) -> None:
    """The password stands before the host, or in a query parameter, and the rest around it is anything."""
    for url in (f"https://user:{_PASSWORD}@{rest}", f"https://registry.example.com/v2/?state={_PASSWORD}&{rest}"):
        assert _PASSWORD not in redacted(url)
    redacted(rest)


def _address(content: str) -> None:
    try:
        scheme, host = split(content)
    except ValueError as error:
        assert content not in str(error) or len(content) < 40, "a wrong URL may hold a password"
        return
    assert Host.parse(str(host)) == host
    assert str(host) in host.spellings(scheme)
    assert Origin.of(f"{scheme}://{host}").scheme == scheme


def _origin(url: str) -> None:
    try:
        origin = Origin.of(url)
    except BadInput:
        return
    assert Origin.of(str(origin)) == origin


_KINDS: Final = (_challenge, _link, _retry_after, _no_proxy, _redacted, _address, _origin)


def run(data: bytes) -> None:
    kind, content = chosen(data, _KINDS)
    kind(text(content))


_SEEDS: Final = {
    _challenge: (
        'Bearer realm="https://auth.example.com/token",service="registry",scope="repository:a/b:pull,delete"',
        'Basic realm="a \\"quoted\\" one", Bearer realm="http://registry.example.com/token"\nNegotiate',
        "Basic",
        'bearer realm=https://a, scope="repository:a:pull repository:a:delete registry:catalog:*"',
    ),
    _link: (
        '</v2/_catalog?last=b&n=2>; rel="next"',
        '<https://registry.example.com:5000/v2/_catalog?last=b>; rel=next; title="a, b"',
        '<http://evil.example/v2/>; rel="next", <//evil.example/>; rel="prev next"\n<?last=c>; rel=next',
        "<https://registry.example.com:5000@evil.example/>; rel=next",
    ),
    _retry_after: ("120", "Sun, 01 Mar 2026 12:01:00 GMT", "Fri, 31 Dec 9999 23:59:59 -1200", "9" * 400, "-1", "1.5"),
    _no_proxy: (
        "registry.example.com\n.example.com\n10.0.0.0/8\n[::1]:5000",
        "10.1.2.3\n10.0.0.0/8\n*",
        "::1\n::/0\n::1:5",
    ),
    _redacted: ("https://registry.example.com/v2/?n=1&last=a&state=b", "[::1]:5000/a?b#c", "registry.example.com"),
    _address: ("https://registry.example.com:5000/", "http://[2001:db8:0:0:0:0:0:1]:5000", "https://user:secret@a"),
    _origin: ("https://Registry.Example.com.:443/v2/", "http://[::1]:5000", "ftp://a", "https://a:99999"),
}
TARGET: Final = Target(
    holds="a value within its bounds or none: pages stay at their origin, logins off plain http, passwords out of "
    "what is shown, and waits between zero and a minute",
    run=run,
    seeds=tuple(seed(_KINDS.index(kind), content) for kind, contents in _SEEDS.items() for content in contents),
    longest=1024,
    words=(
        "Bearer ",
        "Basic ",
        "realm=",
        "scope=",
        "service=",
        "https://",
        "http://",
        "rel=next",
        'rel="next"',
        "@",
        "//",
        "registry.example.com:5000",
        "GMT",
        "Dec",
        "9999",
        "-1200",
        "[::1]",
        "/8",
        '\\"',
        "%2f",
        "\u2025",
        "\u2024",
    ),
)
