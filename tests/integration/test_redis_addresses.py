"""Ways to reach a Redis: TLS with and without a certificate of our own, sockets, users; and what is no address."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from demo.parts.processes import free_port
from demo.parts.redis import RedisProcess
from demo.parts.tls import make_authority, make_tls, openssl
from tests import sentences
from tests.integration.deeds import approving, opened, saved, story, waiting
from tests.samples import KEYS
from workers.config import redis_url
from workers.core.errors import BadInput, Unavailable
from workers.core.request import State
from workers.store.connection import Patience, connect, place
from workers.store.store import Store

HURRIED = Patience(timeout=2, retries=0, cap=0.01)


@dataclass(frozen=True, slots=True)
class Guarded:
    """A Redis that speaks TLS, to those who have a certificate of its authority if it `asks`."""

    server: RedisProcess
    url: str
    folder: Path

    def asks(self, wanted: str) -> None:
        with Redis.from_url(self.server.url) as operator:
            operator.config_set("tls-auth-clients", wanted)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory, redis_server: RedisProcess) -> Iterator[Guarded]:
    folder, port = tmp_path_factory.mktemp("tls"), free_port()
    files = make_tls(folder)
    certificate_of_our_own(folder)
    settings = {
        "tls-port": str(port),
        "tls-cert-file": str(files.certificate),
        "tls-key-file": str(files.key),
        "tls-ca-cert-file": str(files.ca),
        "tls-auth-clients": "no",
        "unixsocket": str(folder / "socket"),
    }
    with RedisProcess(folder / "redis", durable=False, settings=settings) as server:
        yield Guarded(server, f"rediss://127.0.0.1:{port}/0", folder)


def certificate_of_our_own(folder: Path) -> None:
    authority = make_authority(folder, "throw-away authority")
    openssl(
        "req", "-x509", "-newkey", "rsa:2048", "-noenc", "-days", "2", "-subj", "/CN=regclean",
        "-addext", "extendedKeyUsage=clientAuth", "-CA", authority.certificate, "-CAkey", authority.key,
        "-keyout", folder / "client.key", "-out", folder / "client.pem",
    )  # fmt: skip


def works(url: str) -> None:
    """Take a request through a decision."""
    with closing(connect(url, HURRIED)) as redis:
        redis.flushall()
        store = Store.open(redis, KEYS, budget=3)
        waiting(store)
        assert saved(store.ledger.change("R-1", approving())).state is State.APPROVED
        assert story(store) == ["opened", "planned", "approved"]


def refused(url: str, words: str) -> None:
    with closing(connect(url, HURRIED)) as redis, pytest.raises(Unavailable, match=words) as caught:
        opened(Store.open(redis, KEYS, budget=1))
    sentences.check(caught.value)


def test_tls_with_the_authority_in_the_environment(guarded: Guarded) -> None:
    url = redis_url({"REDIS_URL": guarded.url, "REDIS_CA_FILE": str(guarded.folder / "ca.pem")})
    assert url
    works(url.reveal())


def test_tls_with_the_authority_in_the_address(guarded: Guarded) -> None:
    works(f"{guarded.url}?ssl_ca_certs={guarded.folder / 'ca.pem'}")


def test_a_certificate_of_an_unknown_authority_is_said_at_once(guarded: Guarded) -> None:
    refused(guarded.url, "There is no TLS with Redis .*certificate.* look at REDIS_URL and at REDIS_CA_FILE")


def test_a_certificate_for_another_host_is_not_trusted(guarded: Guarded, tmp_path: Path) -> None:
    url = guarded.url.replace("127.0.0.1", "127.0.0.2")
    with Redis.from_url(guarded.server.url) as operator:
        operator.config_set("bind", "127.0.0.1 127.0.0.2")
    refused(f"{url}?ssl_ca_certs={guarded.folder / 'ca.pem'}", "There is no TLS with Redis .*127.0.0.2")


def test_a_redis_that_wants_to_see_a_certificate(guarded: Guarded) -> None:
    folder = guarded.folder
    only_ca = {"REDIS_URL": guarded.url, "REDIS_CA_FILE": str(folder / "ca.pem")}
    both = {"REDIS_CERT_FILE": str(folder / "client.pem"), "REDIS_KEY_FILE": str(folder / "client.key")}
    stranger, known = redis_url(only_ca), redis_url(only_ca | both)
    assert stranger
    assert known
    guarded.asks("yes")
    try:
        refused(stranger.reveal(), "There is no TLS with Redis .*CERTIFICATE_REQUIRED")
        works(known.reveal())
    finally:
        guarded.asks("no")


def test_a_socket(guarded: Guarded) -> None:
    works(f"unix://{guarded.folder / 'socket'}?db=3")


def test_a_user_whose_password_holds_everything(guarded: Guarded) -> None:
    with Redis.from_url(guarded.server.url) as operator:
        operator.acl_setuser(
            "re/gc", enabled=True, passwords=["+a:b@c/d?e#f g"], keys=["*"], channels=["*"], commands=["+@all"]
        )
    works(guarded.server.url.replace("redis://", "redis://re%2Fgc:a%3Ab%40c%2Fd%3Fe%23f%20g@"))


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("rediss://a:6379/0?ssl_cert_reqs=none", "sets “ssl_cert_reqs”; only ssl_ca_certs, ssl_certfile, ssl_keyfile"),
        ("redis://a:6379/0?socket_timeout=900", "sets “socket_timeout”"),
        ("rediss://a:6379/0?ssl_ca_certs=/no/such/file", "There is no file /no/such/file, which the address of Redis"),
        ("redis://[::1", "write it as redis://HOST:PORT/0"),
        ("redis+sentinel://a,b", "names no primary after the sentinels; write it as redis.sentinel://HOST:26379"),
        ("redis+sentinel://a,b/cleaning/first", "names no primary"),
        ("redis+sentinel://a,,b/cleaning", "a sentinel without a host"),
        ("redis+sentinel://a:port/cleaning", "an impossible port"),
        ("redis+sentinel:///cleaning", "a sentinel without a host"),
        ("redis+sentinel://a/cleaning?db=1", "sets “db”"),
    ],
)
def test_what_cannot_be_an_address_is_said_so(url: str, words: str) -> None:
    with pytest.raises(BadInput, match=words) as caught:
        connect(url, HURRIED)
    sentences.check(caught.value)


def test_its_place_is_told_without_its_password() -> None:
    places = {
        "redis://user:hidden@redis.example.com/0": "redis.example.com:6379",
        "unix:///run/redis.sock": "/run/redis.sock",
        "redis+sentinel://user:hidden@b:1,a/cleaning?sentinel_password=hidden": (
            "the primary cleaning of the sentinels a:26379, b:1"
        ),
        "rediss+sentinel://[::1]:26379,[::2]/cleaning": "the primary cleaning of the sentinels ::1:26379, ::2:26379",
    }
    for url, told in places.items():
        assert place(connect(url, HURRIED)) == told


def kwargs(url: str) -> dict[str, Any]:
    found: dict[str, Any] = connect(url, HURRIED).connection_pool.connection_kwargs
    return found


def test_what_the_address_of_sentinels_says_reaches_the_connections() -> None:
    found = kwargs("redis+sentinel://us%3Aer:pass%40word@a,b/cleaning/7")
    assert (found["username"], found["password"], found["db"]) == ("us:er", "pass@word", 7)
    assert "username" not in kwargs("redis+sentinel://a/cleaning")
