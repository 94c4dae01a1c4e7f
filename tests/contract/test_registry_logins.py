"""Finding the login: only when it is needed, again when it is rejected, and from the configuration."""

from collections.abc import AsyncIterator, Callable, Iterator
from itertools import chain, repeat
from time import sleep

import pytest

from demo.parts import remote
from demo.parts.images import Layer, image
from demo.parts.registry_config import RegistrySettings as ProcessSettings
from tests.conftest import MakeRegistry
from tests.contract.clients import client_of
from tests.faulty_registry import FaultyRegistry, faulty_registry, says
from workers.config import RegistrySettings, Secret
from workers.core.errors import BadInput, RegistryError, Unavailable
from workers.core.names import RepositoryName, Tag
from workers.credentials import Anonymous, Basic, Credentials, Token
from workers.registries import open_registry

APP = RepositoryName.parse("app")
TAGS = "/v2/app/tags/list"
FOUND = frozenset({Tag("1")})
LIST = says(200, {"name": "app", "tags": ["1"]})
ASK_USER = says(401, codes=["UNAUTHORIZED"], headers={"WWW-Authenticate": 'Basic realm="x"'})


@pytest.fixture
async def faulty() -> AsyncIterator[FaultyRegistry]:
    async with faulty_registry() as registry:
        yield registry


def each(*logins: Credentials | Exception) -> Callable[[], Credentials]:
    """Finds these logins one after the other, the last one again and again."""
    found: Iterator[Credentials | Exception] = chain(logins, repeat(logins[-1]))

    def find() -> Credentials:
        login = next(found)
        if isinstance(login, Exception):
            raise login
        return login

    return find


def used(registry: FaultyRegistry) -> list[str | None]:
    return [seen.headers.get("Authorization") for seen in registry.seen]


async def test_a_rotated_password_is_found(faulty: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, ASK_USER, LIST, ASK_USER, LIST)
    logins = each(Basic("me", Secret("old")), Basic("me", Secret("new")))
    async with client_of(faulty.url, logins) as client:
        for _ in range(3):
            assert await client.tags(APP) == FOUND
    assert len(set(used(faulty))) == 3, "none, the old one, the new one"


async def test_a_rotated_token_is_found(faulty: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, LIST, ASK_USER, LIST)
    async with client_of(faulty.url, each(Token(Secret("old")), Token(Secret("new")))) as client:
        for _ in range(3):
            assert await client.tags(APP) == FOUND
    assert used(faulty) == ["Bearer old", "Bearer old", "Bearer new", "Bearer new"]


async def test_a_login_rotated_at_the_token_server_is_found_by_the_next_call(faulty: FaultyRegistry) -> None:
    challenge = {"WWW-Authenticate": f'Bearer realm="{faulty.url}/token"'}
    faulty.on("GET", TAGS, says(401, headers=challenge), LIST)
    faulty.on("GET", "/token", says(401), says(200, {"token": "T"}))
    async with client_of(faulty.url, each(Basic("me", Secret("old")), Basic("me", Secret("new")))) as client:
        with pytest.raises(RegistryError, match="The token server"):
            await client.tags(APP)
        assert await client.tags(APP) == FOUND
    assert used(faulty)[-1] == "Bearer T"


@pytest.mark.parametrize("trouble", [BadInput("The file is empty."), Unavailable("The helper failed.")])
async def test_a_login_that_cannot_be_found_is_told_and_looked_for_again(
    faulty: FaultyRegistry, trouble: BadInput | Unavailable
) -> None:
    faulty.on("GET", TAGS, LIST)
    async with client_of(faulty.url, each(trouble, Anonymous())) as client:
        with pytest.raises(type(trouble), match=str(trouble)):
            await client.tags(APP)
        assert not faulty.seen
        assert await client.tags(APP) == FOUND


async def test_a_slow_credential_helper_takes_none_of_the_calls_time(faulty: FaultyRegistry) -> None:
    def find() -> Credentials:
        sleep(0.5)
        return Anonymous()

    faulty.on("GET", TAGS, LIST)
    async with client_of(faulty.url, find, timeout=0.3, attempts=1) as client:
        assert await client.tags(APP) == FOUND


async def test_no_cookie_is_kept(faulty: FaultyRegistry) -> None:
    faulty.on("GET", TAGS, says(200, {"tags": ["1"]}, headers={"Set-Cookie": "sid=1; Path=/"}))
    async with client_of(faulty.url) as client:
        for _ in range(2):
            assert await client.tags(APP) == FOUND
    assert all("Cookie" not in seen.headers for seen in faulty.seen)


async def test_opens_a_registry_as_it_is_configured(make_registry: MakeRegistry) -> None:
    registry = make_registry(ProcessSettings(user="me", password="s3cret"))
    remote.push(registry.url, "app", "1", image(Layer("a", 10)), ("me", "s3cret"))
    settings = RegistrySettings.model_validate(
        {
            "name": "main",
            "url": registry.url,
            "plain_http": True,
            "credentials": {"username": "me", "password_env": "MAIN_PASSWORD"},
        }
    )
    async with open_registry(settings, {"MAIN_PASSWORD": "s3cret"}) as client:
        assert await client.tags(APP) == FOUND
    async with open_registry(settings, {}) as client:
        with pytest.raises(BadInput, match="MAIN_PASSWORD is not set"):
            await client.tags(APP)


async def test_hands_every_setting_on(make_registry: MakeRegistry, faulty: FaultyRegistry) -> None:
    settings = RegistrySettings.model_validate(
        {
            "name": "main",
            "url": "http://registry.invalid",
            "plain_http": True,
            "proxy": faulty.url,
            "no_proxy": [".elsewhere"],
            "concurrency": 1,
            "timeout": "2s",
        }
    )
    asked: list[float] = []
    faulty.on("GET", TAGS, LIST)
    faulty.on("POST", "/v2/app/blobs/uploads/", says(405))
    async with open_registry(settings, {}, may_write=asked.append) as client:
        assert await client.tags(APP) == FOUND
        assert await client.accepts_uploads(APP) is False
    assert asked == [2.0]
    with pytest.raises(BadInput, match="The ca_file of main cannot be used"):
        open_registry(settings.model_copy(update={"ca_file": "/nowhere/ca.pem"}), {})
