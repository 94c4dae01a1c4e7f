"""Where a login goes, and where it must never arrive: redirects, token servers, proxies."""

import asyncio
from base64 import b64encode
from collections.abc import AsyncIterator
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.contract.clients import client_of
from tests.faulty_registry import FaultyRegistry, Step, faulty_registry, hangs_up, html, says
from workers.config import Secret
from workers.core.digest import Digest
from workers.core.errors import BadInput, RegistryError
from workers.core.names import RepositoryName, Tag
from workers.credentials import Anonymous, Basic, IdentityToken, Token

APP = RepositoryName.parse("app")
TAGS = "/v2/app/tags/list"
ONE_TAG = {"name": "app", "tags": ["1"]}
FOUND = frozenset({Tag("1")})
LOGIN = Basic("me", Secret("S3CRET"))
BASIC = f"Basic {b64encode(b'me:S3CRET').decode()}"
BLOB = b"{}"
BLOB_PATH = f"/v2/app/blobs/{Digest.of(BLOB)}"


@pytest.fixture
async def faulty() -> AsyncIterator[FaultyRegistry]:
    async with faulty_registry() as registry:
        yield registry


@pytest.fixture
async def other() -> AsyncIterator[FaultyRegistry]:
    async with faulty_registry() as registry:
        yield registry


def wants(challenge: str) -> Step:
    return says(401, codes=["UNAUTHORIZED"], headers={"WWW-Authenticate": challenge})


def logins(registry: FaultyRegistry) -> list[str | None]:
    return [seen.headers.get("Authorization") for seen in registry.seen]


def bearer(realm: str) -> str:
    return f'Bearer realm="{realm}",service="reg",scope="repository:app:pull"'


# The registry itself


async def test_a_password_is_sent_only_once_it_is_asked_for(faulty: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, says(200, ONE_TAG), wants('Basic realm="x"'), says(200, ONE_TAG))
    async with client_of(faulty.url, LOGIN) as client:
        for _ in range(3):
            assert await client.tags(APP) == FOUND
    assert logins(faulty) == [None, None, BASIC, BASIC]


async def test_a_wrong_password_is_not_tried_again_and_again(faulty: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, wants('Basic realm="x"'))
    async with client_of(faulty.url, LOGIN) as client:
        for _ in range(2):
            with pytest.raises(RegistryError, match="does not accept the configured login"):
                await client.tags(APP)
    assert logins(faulty) == [None, BASIC, BASIC]


async def test_a_static_token_goes_to_the_registry_only(faulty: FaultyRegistry, other: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, says(200, ONE_TAG), wants(bearer(f"{other.url}/token")))
    async with client_of(faulty.url, Token(Secret("S3CRET"))) as client:
        assert await client.tags(APP) == FOUND
        with pytest.raises(RegistryError, match="does not accept the configured login"):
            await client.tags(APP)
    assert logins(faulty) == ["Bearer S3CRET"] * 2
    assert not other.seen


# Redirects


@pytest.mark.parametrize("login", [LOGIN, Token(Secret("S3CRET"))])
async def test_storage_elsewhere_gets_no_login(
    faulty: FaultyRegistry, other: FaultyRegistry, login: Basic | Token
) -> None:
    place = f"{other.url}/storage?X-Amz-Signature=S3CRET"
    faulty.on("GET", TAGS, wants('Basic realm="x"'), says(200, ONE_TAG))
    faulty.on("GET", BLOB_PATH, says(307, headers={"Location": place}))
    other.on("GET", "/storage", says(200, BLOB))
    async with client_of(faulty.url, login) as client:
        if isinstance(login, Basic):
            await client.tags(APP)
        assert await client.blob(APP, Digest.of(BLOB), 100) == BLOB
    assert logins(faulty)[-1] is not None
    assert logins(other) == [None]
    assert other.targets("GET") == ["/storage?X-Amz-Signature=S3CRET"]


async def test_storage_that_fails_does_not_show_its_signature(faulty: FaultyRegistry, other: FaultyRegistry) -> None:
    place = f"{other.url}/storage?X-Amz-Signature=S3CRET"
    faulty.on("GET", BLOB_PATH, says(307, headers={"Location": place}))
    other.on("GET", "/storage", says(400, "no"), hangs_up)
    async with client_of(faulty.url, attempts=1) as client:
        for _ in range(2):
            with pytest.raises(RegistryError) as caught:
                await client.blob(APP, Digest.of(BLOB), 100)
            assert caught.value.answer.url == f"{other.url}/storage?X-Amz-Signature=REDACTED"
            assert "S3CRET" not in caught.value.sentence
            assert other.url in caught.value.sentence


async def test_a_redirect_within_the_registry_keeps_the_login(faulty: FaultyRegistry) -> None:
    faulty.on("GET", BLOB_PATH, says(302, headers={"Location": "/elsewhere"}))
    faulty.on("GET", "/elsewhere", says(200, BLOB))
    async with client_of(faulty.url, Token(Secret("S3CRET"))) as client:
        assert await client.blob(APP, Digest.of(BLOB), 100) == BLOB
    assert logins(faulty) == ["Bearer S3CRET"] * 2


async def test_redirects_are_followed_three_times(faulty: FaultyRegistry) -> None:
    faulty.on("GET", BLOB_PATH, says(307, headers={"Location": BLOB_PATH}))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="main sends us elsewhere when asked to read the blob"):
            await client.blob(APP, Digest.of(BLOB), 100)
    assert len(faulty.seen) == 4


@pytest.mark.parametrize("location", ["", "ftp://127.0.0.1/x", "http://[::1/x", "http://127.0.0.1:port/"])
async def test_a_redirect_to_nowhere_is_an_error(faulty: FaultyRegistry, location: str) -> None:
    faulty.on("GET", BLOB_PATH, says(307, headers={"Location": location}))
    async with client_of(faulty.url) as client:
        with pytest.raises(
            RegistryError, match=r"main sends us (elsewhere|to an address that cannot be read)"
        ) as caught:
            await client.blob(APP, Digest.of(BLOB), 100)
    assert not caught.value.retryable
    assert len(faulty.seen) == 1


async def test_only_blobs_are_fetched_elsewhere(faulty: FaultyRegistry, other: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, says(301, headers={"Location": f"{other.url}{TAGS}"}))
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="put its final address into its url"):
            await client.tags(APP)
    assert not other.seen


# Token servers; both registries of these tests are on http on this machine, so that a login may go to either


async def test_a_password_buys_a_token(faulty: FaultyRegistry, other: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, wants(bearer(f"{other.url}/token?tenant=1")), says(200, ONE_TAG))
    other.on("GET", "/token", says(200, {"token": "T", "expires_in": 300}))
    async with client_of(faulty.url, LOGIN) as client:
        assert await client.tags(APP) == FOUND
    assert logins(faulty) == [None, "Bearer T"]
    assert logins(other) == [BASIC]
    query = parse_qs(urlsplit(other.targets("GET")[0]).query)
    assert query == {"tenant": ["1"], "service": ["reg"], "scope": ["repository:app:pull"]}


async def test_an_identity_token_buys_a_token(faulty: FaultyRegistry, other: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, wants(bearer(f"{other.url}/token")), says(200, ONE_TAG))
    other.on("POST", "/token", says(200, {"access_token": "T", "expires_in": 300}))
    asked: list[float] = []
    async with client_of(faulty.url, IdentityToken(Secret("S3CRET")), may_write=asked.append) as client:
        assert await client.tags(APP) == FOUND
    assert logins(faulty) == [None, "Bearer T"]
    assert logins(other) == [None]
    form = parse_qs(other.seen[0].body.decode())
    assert form["refresh_token"] == ["S3CRET"]
    assert form["grant_type"] == ["refresh_token"]
    assert not asked, "a token server's POST writes nothing to the registry"


async def test_a_rejected_token_is_replaced_once(faulty: FaultyRegistry, other: FaultyRegistry) -> None:
    challenge = wants(bearer(f"{other.url}/token"))
    faulty.on("GET", TAGS, challenge, says(200, ONE_TAG), challenge, says(200, ONE_TAG), challenge)
    other.on("GET", "/token", says(200, {"token": "A"}), says(200, {"token": "B"}), says(200, {"token": "C"}))
    async with client_of(faulty.url, LOGIN) as client:
        assert await client.tags(APP) == FOUND
        assert await client.tags(APP) == FOUND
        with pytest.raises(RegistryError, match="does not accept the configured login"):
            await client.tags(APP)
    assert logins(faulty) == [None, "Bearer A", "Bearer A", "Bearer B", "Bearer B", "Bearer C"]


async def test_a_token_dies_with_its_time(faulty: FaultyRegistry, other: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, wants(bearer(f"{other.url}/token")), says(200, ONE_TAG))
    other.on("GET", "/token", says(200, {"token": "A", "expires_in": 0.001}), says(200, {"token": "B"}))
    async with client_of(faulty.url, LOGIN) as client:
        assert await client.tags(APP) == FOUND
        await asyncio.sleep(0.01)
        assert await client.tags(APP) == FOUND
        assert await client.tags(APP) == FOUND
    assert logins(faulty) == [None, "Bearer A", "Bearer B", "Bearer B"]


async def test_a_token_server_may_come_back_later(faulty: FaultyRegistry, other: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, wants(bearer(f"{other.url}/token")), says(200, ONE_TAG))
    other.on("GET", "/token", says(503), says(429, headers={"Retry-After": "0"}), says(200, {"token": "A"}))
    async with client_of(faulty.url, LOGIN) as client:
        assert await client.tags(APP) == FOUND


TOKEN_FAILURES = {
    "refused": (says(403, {"details": "no"}), "does not accept the login for main", 1),
    "page": (html(), "gave no usable token", 1),
    "empty": (says(200, {}), "gave no usable token", 1),
    "control-characters": (says(200, {"token": "a\r\nX-Evil: 1"}), "gave no usable token", 1),
    "moved": (says(302, headers={"Location": "https://elsewhere.example.com/"}), r"gave no token \(status 302\)", 1),
    "broken": (says(500), r"gave no token \(status 500\)", 3),
    "away": (hangs_up, "closed the connection at http://127", 3),
}


@pytest.mark.parametrize(("answer", "sentence", "tries"), TOKEN_FAILURES.values(), ids=TOKEN_FAILURES)
async def test_a_token_server_that_fails_is_told(
    faulty: FaultyRegistry, other: FaultyRegistry, answer: Step, sentence: str, tries: int
) -> None:
    faulty.on("GET", TAGS, wants(bearer(f"{other.url}/token")))
    other.on("GET", "/token", answer)
    async with client_of(faulty.url, LOGIN) as client:
        with pytest.raises(RegistryError, match=sentence) as caught:
            await client.tags(APP)
    assert urlsplit(caught.value.answer.url).netloc == urlsplit(other.url).netloc
    assert "scope" in caught.value.answer.url
    # aiohttp itself sends a read again once when a connection that was kept open drops.
    assert tries <= len(other.seen) <= 2 * tries


@pytest.mark.parametrize("realm", ["http://auth.example.com/token", "/token", "", "ftp://127.0.0.1/token"])
async def test_an_unsafe_token_server_gets_no_login(faulty: FaultyRegistry, realm: str) -> None:
    faulty.on("GET", TAGS, wants(bearer(realm)))
    async with client_of(faulty.url, LOGIN) as client:
        with pytest.raises(RegistryError, match="no login is sent there") as caught:
            await client.tags(APP)
    assert not caught.value.retryable
    assert logins(faulty) == [None]


async def test_an_anonymous_token_is_asked_for_without_login(faulty: FaultyRegistry, other: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, wants(bearer(f"{other.url}/token")), says(200, ONE_TAG))
    other.on("GET", "/token", says(200, {"token": "A"}))
    async with client_of(faulty.url, Anonymous()) as client:
        assert await client.tags(APP) == FOUND
    assert logins(other) == [None]


# Proxies


async def test_a_proxy_takes_everything_but_what_is_excepted(faulty: FaultyRegistry, other: FaultyRegistry) -> None:
    other.on("GET", TAGS, says(200, ONE_TAG))
    async with client_of("http://registry.invalid", proxy=other.url) as client:
        assert await client.tags(APP) == FOUND
    assert [seen.headers["Host"] for seen in other.seen] == ["registry.invalid"]
    faulty.on("GET", TAGS, says(200, ONE_TAG))
    async with client_of(faulty.url, proxy=other.url, no_proxy=("127.0.0.0/8",)) as client:
        assert await client.tags(APP) == FOUND
    assert len(other.seen) == len(faulty.seen) == 1


async def test_proxies_of_the_environment_are_not_used(
    faulty: FaultyRegistry, other: FaultyRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, other.url)
    faulty.on("GET", TAGS, says(200, ONE_TAG))
    async with client_of(faulty.url) as client:
        assert await client.tags(APP) == FOUND
    assert not other.seen


async def test_a_proxy_that_does_not_run_is_told() -> None:
    async with client_of("http://registry.invalid", proxy="http://127.0.0.1:9", attempts=1) as client:
        with pytest.raises(RegistryError, match="The proxy of main cannot be reached; check its proxy setting"):
            await client.ping()


async def test_a_proxy_that_refuses_is_told(other: FaultyRegistry) -> None:
    async with client_of("https://registry.invalid", proxy=other.url, attempts=1) as client:
        with pytest.raises(RegistryError, match="The proxy of main did not connect to https://"):
            await client.ping()


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1080", "127.0.0.1:3128", "http://", "http://[::1"])
def test_a_proxy_of_another_kind_is_refused(proxy: str) -> None:
    with pytest.raises(BadInput, match="The proxy of main must be an http:// or https:// address"):
        client_of("http://registry.invalid", proxy=proxy)
