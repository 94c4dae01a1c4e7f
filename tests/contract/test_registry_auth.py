"""Logging in to real registries: htpasswd, bearer tokens, and certificates of our own authority."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.parts import remote
from demo.parts.bearer import BearerAuth
from demo.parts.images import Layer, image
from demo.parts.registry import RegistryProcess
from demo.parts.registry_config import RegistrySettings, TlsFiles
from demo.parts.tls import make_tls
from demo.parts.token_server import ALL, Account, Grant, TokenServer
from tests.conftest import MakeRegistry
from tests.contract.clients import client_of
from tests.faulty_registry import faulty_registry, says
from workers.config import Secret
from workers.core.digest import Digest
from workers.core.errors import BadInput, RegistryError
from workers.core.names import Reference, RepositoryName, Tag
from workers.credentials import Anonymous, Basic, Credentials, IdentityToken, Token

APP = RepositoryName.parse("team/app")
IMAGE = image(Layer("a", 100))
CLEANER = Basic("cleaner", Secret("s3cret:with:colons"))
READER = Basic("reader", Secret("look"))
WRONG = Basic("cleaner", Secret("guess"))


@pytest.fixture
def locked(make_registry: MakeRegistry, registry_version: str) -> RegistryProcess:
    registry = make_registry(
        RegistrySettings(user=CLEANER.username, password=CLEANER.password.reveal()), version=registry_version
    )
    remote.push(registry.url, str(APP), "1", IMAGE, (CLEANER.username, CLEANER.password.reveal()))
    return registry


async def test_a_user_and_password_open_an_htpasswd_registry(locked: RegistryProcess) -> None:
    async with client_of(locked, CLEANER) as client:
        await client.ping()
        assert await client.catalog() == (APP,)
        assert (await client.abilities(APP)).delete
        assert await client.delete_manifest(APP, Digest.parse(IMAGE.digest))


@pytest.mark.parametrize(
    ("login", "sentence"),
    [
        (Anonymous(), "main wants a login to list its repositories, and none is configured; add credentials for it."),
        (WRONG, "main does not accept the configured login; check the user and the password or token."),
        (
            Token(Secret("secret")),
            "main does not accept the configured login; check the user and the password or token.",
        ),
        (
            IdentityToken(Secret("secret")),
            "main does not accept the configured login; check the user and the password or token.",
        ),
    ],
    ids=["none", "wrong-password", "token", "identity-token"],
)
async def test_a_login_that_does_not_fit_is_told(locked: RegistryProcess, login: Credentials, sentence: str) -> None:
    async with client_of(locked, login) as client:
        with pytest.raises(RegistryError) as caught:
            await client.catalog()
        assert caught.value.sentence == sentence
        assert caught.value.answer.status == 401
        assert not caught.value.retryable
        found = await client.abilities(APP)
        assert (found.delete, found.tag_delete, found.push) == (False, False, False)
        assert found.why_not.startswith("main ")


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("signer")


@pytest.fixture
def tokens(signer: Path) -> Iterator[TokenServer]:
    accounts = {
        "": Account(password="", grants=(Grant(name="public/*", actions=frozenset({"pull"})),)),
        CLEANER.username: Account(password=CLEANER.password.reveal(), grants=ALL),
        READER.username: Account(password=READER.password.reveal(), grants=(Grant(actions=frozenset({"pull"})),)),
    }
    with TokenServer(signer, accounts) as server:
        yield server


@pytest.fixture
def guarded(make_registry: MakeRegistry, registry_version: str, tokens: TokenServer) -> RegistryProcess:
    registry = make_registry(RegistrySettings(token=tokens.auth), version=registry_version)
    for name in (str(APP), "public/app"):
        remote.push(registry.url, name, "1", IMAGE, BearerAuth(CLEANER.username, CLEANER.password.reveal()))
    tokens.asked.clear()
    return registry


async def test_tokens_open_everything_that_is_granted(guarded: RegistryProcess) -> None:
    async with client_of(guarded, CLEANER) as client:
        await client.ping()
        assert len(await client.catalog()) == 2
        assert (await client.abilities(APP)).push
        assert str(await client.put_manifest(Reference(APP, Tag("2")), IMAGE.data, IMAGE.media_type)) == IMAGE.digest
        assert await client.delete_manifest(APP, Digest.parse(IMAGE.digest))
        assert await client.tags(APP) == frozenset()


async def test_a_token_is_asked_for_once_and_shared(guarded: RegistryProcess, tokens: TokenServer) -> None:
    async with client_of(guarded, CLEANER) as client:
        await client.tags(APP)
        await asyncio.gather(*(client.resolve(Reference(APP, Tag("1"))) for _ in range(20)))
        await client.manifest(Reference(APP, Tag("1")))
    assert [asked.scopes for asked in tokens.asked] == [("repository:team/app:pull",)]


async def test_deleting_needs_one_token_more(guarded: RegistryProcess, tokens: TokenServer) -> None:
    async with client_of(guarded, CLEANER) as client:
        for digest in (Digest.of(b"1"), Digest.of(b"2"), Digest.of(b"3")):
            assert await client.delete_manifest(APP, digest) is False
    assert [asked.scopes for asked in tokens.asked] == [("repository:team/app:delete,pull",)]


async def test_many_first_calls_ask_for_one_token(guarded: RegistryProcess, tokens: TokenServer) -> None:
    async with client_of(guarded, CLEANER) as client:
        await asyncio.gather(*(client.resolve(Reference(APP, Tag("1"))) for _ in range(20)))
    assert len(tokens.asked) == 1


async def test_a_token_that_dies_early_is_replaced_once(guarded: RegistryProcess, tokens: TokenServer) -> None:
    tokens.lifetime = -120
    async with client_of(guarded, CLEANER) as client:
        with pytest.raises(RegistryError, match="does not accept the configured login"):
            await client.tags(APP)
        tokens.lifetime = 300
        assert await client.tags(APP) == frozenset({Tag("1")})


async def test_a_login_without_the_right_is_told(guarded: RegistryProcess) -> None:
    async with client_of(guarded, READER) as client:
        assert await client.tags(APP) == frozenset({Tag("1")})
        with pytest.raises(RegistryError) as caught:
            await client.delete_manifest(APP, Digest.parse(IMAGE.digest))
        assert caught.value.answer.status == 401
        assert caught.value.sentence.startswith(f"The login for main has no right to delete {APP}@sha256:")
        found = await client.abilities(APP)
        assert (found.delete, found.tag_delete, found.push) == (False, False, False)
        assert "has no right" in found.why_not


async def test_everybody_reads_what_is_public(guarded: RegistryProcess) -> None:
    async with client_of(guarded) as client:
        assert await client.tags(RepositoryName.parse("public/app")) == frozenset({Tag("1")})
        with pytest.raises(RegistryError, match="wants a login to list the tags of team/app"):
            await client.tags(APP)


async def test_a_wrong_password_at_the_token_server_is_told(guarded: RegistryProcess) -> None:
    async with client_of(guarded, WRONG) as client:
        with pytest.raises(
            RegistryError, match=r"The token server http://127\.0\.0\.1:[0-9]+ does not accept"
        ) as caught:
            await client.tags(APP)
        assert caught.value.answer.status == 401
        assert not caught.value.retryable


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    return make_tls(tmp_path_factory.mktemp("tls"))


async def test_trusts_an_authority_of_our_own(
    make_registry: MakeRegistry, registry_version: str, tls: TlsFiles, tmp_path: Path
) -> None:
    registry = make_registry(RegistrySettings(tls=tls), version=registry_version)
    async with client_of(registry, ca_file=tls.ca) as client:
        await client.ping()
        assert await client.accepts_uploads(APP)
    async with client_of(registry) as client:
        with pytest.raises(RegistryError) as caught:
            await client.ping()
        assert caught.value.sentence == (
            "The certificate of main is signed by an authority that is not known here; set ca_file to that authority's "
            "certificate."
        )
        assert not caught.value.retryable


async def test_a_certificate_for_another_host_is_told(make_registry: MakeRegistry, tmp_path: Path) -> None:
    tls = make_tls(tmp_path, "registry.example.com")
    registry = make_registry(RegistrySettings(tls=tls))
    async with client_of(registry, ca_file=tls.ca) as client:
        with pytest.raises(RegistryError, match="The certificate of main is for another host name"):
            await client.ping()


async def test_http_and_https_mixed_up_are_told(make_registry: MakeRegistry, tls: TlsFiles) -> None:
    with_tls = make_registry(RegistrySettings(tls=tls))
    async with client_of(f"http://{with_tls.host}") as client:
        with pytest.raises(RegistryError, match="if it speaks TLS, its url must start with https://"):
            await client.ping()
    plain = make_registry()
    async with client_of(f"https://{plain.host}") as client:
        with pytest.raises(RegistryError, match="if it speaks plain HTTP, its url must start with http://") as caught:
            await client.ping()
        assert not caught.value.retryable


@pytest.mark.parametrize("content", [None, "", "not a certificate"])
async def test_a_useless_ca_file_is_told(tmp_path: Path, content: str | None) -> None:
    path = tmp_path / "ca.pem"
    if content is not None:
        path.write_text(content)
    with pytest.raises(BadInput, match="The ca_file of main cannot be used"):
        client_of("https://127.0.0.1:1", ca_file=path)


async def test_a_redirect_from_https_down_to_http_is_not_followed(tls: TlsFiles) -> None:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(tls.certificate, tls.key)
    path = f"/v2/{APP}/blobs/{Digest.parse(IMAGE.digest)}"
    async with faulty_registry(context) as registry, faulty_registry() as storage:
        registry.on("GET", path, says(307, headers={"Location": f"{storage.url}/blob"}))
        async with client_of(registry.url, ca_file=tls.ca) as client:
            with pytest.raises(RegistryError, match="main sends us elsewhere"):
                await client.blob(APP, Digest.parse(IMAGE.digest), 1000)
        assert not storage.seen
