"""Registries with a certificate, and with bearer tokens, as the wide world has them."""

import re
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from demo.parts import remote, sample
from demo.parts.bearer import BearerAuth
from demo.parts.errors import RemoteError
from demo.parts.images import Layer, image
from demo.parts.registry import RegistryProcess
from demo.parts.registry_config import RegistrySettings, TlsFiles
from demo.parts.remote import Remote
from demo.parts.tls import make_tls
from demo.parts.token_server import ALL, Account, Grant, TokenServer
from tests.conftest import MakeRegistry

CLEANER = ("cleaner", "s3cret")
READER = ("reader", "look")


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    return make_tls(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Making its key takes longer than most of these tests."""
    return tmp_path_factory.mktemp("signer")


@pytest.fixture
def tokens(signer: Path) -> Iterator[TokenServer]:
    accounts = {
        "": Account(password="", grants=(Grant(name="public/*", actions=frozenset({"pull"})),)),
        CLEANER[0]: Account(password=CLEANER[1], grants=ALL),
        READER[0]: Account(password=READER[1], grants=(Grant(actions=frozenset({"pull"})),)),
    }
    with TokenServer(signer, accounts) as server:
        yield server


@pytest.fixture
def guarded(make_registry: MakeRegistry, registry_version: str, tokens: TokenServer) -> RegistryProcess:
    return make_registry(RegistrySettings(token=tokens.auth), version=registry_version)


def bearer(server: TokenServer, account: tuple[str, str], *scopes: str) -> dict[str, str]:
    answer = httpx.get(server.auth.realm, auth=account, params={"service": server.auth.service, "scope": list(scopes)})
    assert answer.status_code == 200
    return {"Authorization": f"Bearer {answer.json()['token']}"}


def test_a_certificate_of_our_own_authority(make_registry: MakeRegistry, registry_version: str, tls: TlsFiles) -> None:
    registry = make_registry(RegistrySettings(tls=tls), version=registry_version)
    assert registry.url.startswith("https://")
    with Remote(registry.url, ca=tls.ca) as client:
        assert client.push("app", "1", image(Layer("a", 100))).digest == client.pull("app", "1").digest
    registry.crash()
    with pytest.raises(httpx.ConnectError, match="CERTIFICATE_VERIFY_FAILED"):
        remote.catalog(registry.url)


@pytest.mark.parametrize(
    ("method", "path", "scope"),
    [
        ("GET", "/v2/_catalog", "registry:catalog:*"),
        ("GET", "/v2/team/app/tags/list", "repository:team/app:pull"),
        ("DELETE", f"/v2/team/app/manifests/sha256:{'0' * 64}", "repository:team/app:delete"),
        ("PUT", "/v2/team/app/manifests/1", "repository:team/app:pull,push"),
    ],
)
def test_says_which_scope_it_wants(
    guarded: RegistryProcess, tokens: TokenServer, method: str, path: str, scope: str
) -> None:
    answer = httpx.request(method, f"{guarded.url}{path}")
    assert answer.status_code == 401
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith("Bearer ")
    said = dict(re.findall(r'(\w+)="([^"]*)"', challenge))
    assert (said["realm"], said["service"]) == (tokens.auth.realm, tokens.auth.service)
    assert sorted(re.split("[:,]", said["scope"])) == sorted(re.split("[:,]", scope)), "the actions come in any order"


def test_a_token_opens_what_it_names_and_nothing_else(guarded: RegistryProcess, tokens: TokenServer) -> None:
    push = bearer(tokens, CLEANER, "repository:team/app:pull,push")
    with Remote(guarded.url) as client:
        client.http.headers.update(push)
        digest = client.push("team/app", "1", image(Layer("a", 100))).digest
        assert client.tags("team/app") == ["1"]
        assert client.delete("team/app", digest).status_code == 401
        assert client.http.get("/v2/_catalog").status_code == 401
        client.http.headers.update(bearer(tokens, CLEANER, "registry:catalog:*", "repository:team/app:delete"))
        assert client.catalog() == ["team/app"]
        assert client.delete("team/app", digest).status_code == 202


def test_a_client_that_answers_the_challenge_gets_through(guarded: RegistryProcess, tokens: TokenServer) -> None:
    sample.seed(guarded.url, BearerAuth(*CLEANER))
    assert remote.catalog(guarded.url, BearerAuth(*CLEANER)) == ["demo/nginx", "library/busybox", "registry"]
    assert ("registry:catalog:*",) in {asked.scopes for asked in tokens.asked}
    with pytest.raises(RemoteError, match="answered 401"):
        remote.push(guarded.url, "team/app", "1", image(Layer("a", 100)), BearerAuth(*READER))


def test_nobody_gets_more_than_is_granted(guarded: RegistryProcess, tokens: TokenServer) -> None:
    refused = bearer(tokens, READER, "registry:catalog:*")
    assert httpx.get(f"{guarded.url}/v2/_catalog", headers=refused).status_code == 401
    everybody = httpx.get(tokens.auth.realm, params={"scope": "repository:public/a:pull"}).json()["token"]
    answer = httpx.get(f"{guarded.url}/v2/public/a/tags/list", headers={"Authorization": f"Bearer {everybody}"})
    assert answer.status_code == 404, "let in, but there is no such repository"


def test_an_expired_token_is_refused(guarded: RegistryProcess, tokens: TokenServer) -> None:
    tokens.lifetime = -120
    dead = bearer(tokens, CLEANER, "registry:catalog:*")
    assert httpx.get(f"{guarded.url}/v2/_catalog", headers=dead).status_code == 401
    tokens.lifetime = 60
    alive = bearer(tokens, CLEANER, "registry:catalog:*")
    assert httpx.get(f"{guarded.url}/v2/_catalog", headers=alive).status_code == 200


def test_a_wrong_password_gets_no_token(tokens: TokenServer) -> None:
    assert httpx.get(tokens.auth.realm, auth=("cleaner", "guess")).status_code == 401
    assert [(asked.account, asked.granted) for asked in tokens.asked] == [("", False)]
