"""Writing to real registries: deletes, tag deletes, manifests put, and what they let us do."""

import json
from pathlib import Path

import pytest

from demo.parts import remote
from demo.parts.images import Flavour, Layer, Recipe, image
from demo.parts.registry import RegistryProcess
from demo.parts.registry_config import RegistrySettings
from tests.conftest import MakeRegistry
from tests.contract.clients import client_of
from workers.core.abilities import Abilities
from workers.core.digest import Digest
from workers.core.errors import RegistryError
from workers.core.manifest import OCI_INDEX
from workers.core.names import Reference, RepositoryName, Tag

APP = RepositoryName.parse("team/app")
IMAGE = image(Layer("a", 100))
OTHER = image(Layer("b", 100), recipe=Recipe(flavour=Flavour.OCI))


def sessions_of(registry: RegistryProcess) -> list[Path]:
    """Open sessions; a cancelled one may leave an empty shell of folders, which no registry takes for one."""
    return list(registry.storage_root.glob("**/_uploads/*/startedat"))


async def test_deletes_a_manifest_with_every_tag_on_it(registry: RegistryProcess) -> None:
    for tag in ("1", "2"):
        remote.push(registry.url, str(APP), tag, IMAGE)
    remote.push(registry.url, str(APP), "other", OTHER)
    async with client_of(registry) as client:
        assert await client.delete_manifest(APP, Digest.parse(IMAGE.digest)) is True
        assert await client.tags(APP) == frozenset({Tag("other")})


async def test_says_when_a_manifest_was_gone_already(registry: RegistryProcess) -> None:
    remote.push(registry.url, str(APP), "1", IMAGE)
    async with client_of(registry) as client:
        await client.delete_manifest(APP, Digest.parse(IMAGE.digest))
        assert await client.delete_manifest(APP, Digest.parse(IMAGE.digest)) is False


async def test_deletes_one_tag_only_where_the_registry_can(registry: RegistryProcess) -> None:
    for tag in ("1", "2"):
        remote.push(registry.url, str(APP), tag, IMAGE)
    async with client_of(registry) as client:
        if (await client.abilities(APP)).tag_delete:
            assert await client.delete_tag(APP, Tag("1")) is True
            assert await client.delete_tag(APP, Tag("1")) is False
            assert await client.tags(APP) == frozenset({Tag("2")})
        else:
            with pytest.raises(RegistryError, match="refused to delete team/app:1"):
                await client.delete_tag(APP, Tag("1"))
            assert await client.tags(APP) == frozenset({Tag("1"), Tag("2")})


async def test_only_the_newer_registry_deletes_tags(registry: RegistryProcess) -> None:
    async with client_of(registry) as client:
        found = await client.abilities(APP)
    assert found == Abilities(delete=True, tag_delete=registry.version == "3.1.1", push=True)
    assert not sessions_of(registry)


async def test_moves_a_tag_onto_a_throw_away_index_and_removes_it(registry: RegistryProcess) -> None:
    for tag in ("1", "2"):
        remote.push(registry.url, str(APP), tag, IMAGE)
    body = json.dumps(
        {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [], "annotations": {"unique": "yes"}}
    ).encode()
    async with client_of(registry) as client:
        digest = await client.put_manifest(Reference(APP, Tag("1")), body, OCI_INDEX)
        assert digest == Digest.of(body)
        assert await client.resolve(Reference(APP, Tag("1"))) == digest
        assert await client.delete_manifest(APP, digest)
        assert await client.tags(APP) == frozenset({Tag("2")})
        assert str(await client.resolve(Reference(APP, Tag("2")))) == IMAGE.digest


async def test_puts_a_deleted_manifest_back(registry: RegistryProcess) -> None:
    remote.push(registry.url, str(APP), "1", OTHER)
    digest = Digest.parse(OTHER.digest)
    async with client_of(registry) as client:
        stored = await client.manifest(Reference(APP, digest))
        assert stored is not None
        await client.delete_manifest(APP, digest)
        assert await client.put_manifest(Reference(APP, digest), stored.body, stored.media_type) == digest
        assert await client.put_manifest(Reference(APP, Tag("1")), stored.body, stored.media_type) == digest
        assert await client.manifest(Reference(APP, Tag("1"))) == stored


async def test_an_upload_probe_leaves_no_session_behind(registry: RegistryProcess) -> None:
    async with client_of(registry) as client:
        assert await client.accepts_uploads(APP) is True
    assert not sessions_of(registry)


async def test_sees_that_deleting_is_switched_off(make_registry: MakeRegistry, registry_version: str) -> None:
    registry = make_registry(RegistrySettings(delete_enabled=False), version=registry_version)
    remote.push(registry.url, str(APP), "1", IMAGE)
    async with client_of(registry) as client:
        found = await client.abilities(APP)
        assert (found.delete, found.tag_delete, found.push) == (False, False, True)
        assert "main has deleting switched off" in found.why_not
        with pytest.raises(RegistryError, match=r"storage\.delete\.enabled") as caught:
            await client.delete_manifest(APP, Digest.parse(IMAGE.digest))
        assert caught.value.answer.codes == ("UNSUPPORTED",)
        assert not caught.value.retryable
        assert await client.tags(APP) == frozenset({Tag("1")})


async def test_sees_that_a_registry_is_read_only(make_registry: MakeRegistry, registry_version: str) -> None:
    registry = make_registry(RegistrySettings(read_only=True), version=registry_version)
    async with client_of(registry) as client:
        found = await client.abilities(APP)
        assert (found.delete, found.tag_delete, found.push) == (False, False, False)
        assert found.why_not == "main is read-only at the moment; try again when its maintenance is over."
        assert await client.accepts_uploads(APP) is False
        with pytest.raises(RegistryError, match="read-only"):
            await client.delete_manifest(APP, Digest.parse(IMAGE.digest))
        with pytest.raises(RegistryError, match="read-only"):
            await client.put_manifest(Reference(APP, Tag("1")), IMAGE.data, IMAGE.media_type)


class ForbiddenError(Exception):
    """The lock does not live long enough."""


async def test_asks_the_guard_before_each_write_and_before_no_read(registry: RegistryProcess) -> None:
    remote.push(registry.url, str(APP), "1", IMAGE)
    asked: list[float] = []

    def forbid(seconds: float) -> None:
        asked.append(seconds)
        raise ForbiddenError

    async with client_of(registry, may_write=forbid) as client:
        await client.tags(APP)
        await client.resolve(Reference(APP, Tag("1")))
        assert not asked
        with pytest.raises(ForbiddenError):
            await client.delete_manifest(APP, Digest.parse(IMAGE.digest))
        with pytest.raises(ForbiddenError):
            await client.put_manifest(Reference(APP, Tag("1")), IMAGE.data, IMAGE.media_type)
        with pytest.raises(ForbiddenError):
            await client.accepts_uploads(APP)
        assert asked == [10.0, 10.0, 10.0]
        assert str(await client.resolve(Reference(APP, Tag("1")))) == IMAGE.digest
