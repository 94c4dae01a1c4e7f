"""Reading from real registries: catalog, tags, digests, manifests and blobs."""

import json
from pathlib import Path

import pytest

from demo.parts import remote
from demo.parts.images import Flavour, Image, Layer, Recipe, image, index
from demo.parts.registry import RegistryProcess
from demo.parts.storage import Storage
from tests.conftest import MakeRegistry
from tests.contract.clients import client_of
from workers.core.digest import Digest
from workers.core.errors import RegistryError
from workers.core.names import Reference, RepositoryName, Tag

APP = RepositoryName.parse("team/app")
UNKNOWN = RepositoryName.parse("team/unknown")
NOWHERE = Digest("sha256", "0" * 64)

DOCKER = image(Layer("a", 100))
OCI = image(Layer("b", 100), recipe=Recipe(flavour=Flavour.OCI))
SHAPES = {
    "docker-manifest": DOCKER,
    "docker-list": index(DOCKER),
    "oci-manifest": OCI,
    "oci-index": index(OCI, recipe=Recipe(flavour=Flavour.OCI)),
}


async def test_answers_a_ping(registry: RegistryProcess) -> None:
    async with client_of(registry) as client:
        await client.ping()


async def test_lists_every_repository_page_by_page(registry: RegistryProcess) -> None:
    expected = {f"r{number}/app" for number in range(7)}
    with remote.Remote(registry.url) as pusher:
        for name in expected:
            pusher.push(name, "1", DOCKER)
    async with client_of(registry) as client:
        assert [str(name) for name in await client.catalog()] == sorted(expected)


async def test_lists_tags_however_many(registry: RegistryProcess) -> None:
    with remote.Remote(registry.url) as pusher:
        pusher.push(str(APP), "t0", DOCKER)
        for number in range(1, 130):
            pusher.put_manifest(str(APP), f"t{number}", DOCKER)
    async with client_of(registry) as client:
        assert await client.tags(APP) == frozenset({Tag(f"t{number}") for number in range(130)})


async def test_lists_more_than_fits_on_one_page(
    make_registry: MakeRegistry, registry_version: str, tmp_path: Path
) -> None:
    storage = Storage(tmp_path / "storage")
    for number in range(1005):
        storage.put("tags/many", f"t{number}", DOCKER)
        storage.put(f"repositories/r{number}", "1", DOCKER)
    async with client_of(make_registry(version=registry_version, folder=tmp_path)) as client:
        assert len(await client.catalog()) == 1006
        assert await client.tags(RepositoryName.parse("tags/many")) == frozenset(Tag(f"t{n}") for n in range(1005))


async def test_tells_an_emptied_repository_from_an_unknown_one(registry: RegistryProcess) -> None:
    remote.push(registry.url, str(APP), "1", DOCKER)
    async with client_of(registry) as client:
        assert await client.delete_manifest(APP, Digest.parse(DOCKER.digest))
        assert await client.tags(APP) == frozenset()
        assert await client.tags(UNKNOWN) is None


@pytest.mark.parametrize("pushed", SHAPES.values(), ids=SHAPES)
async def test_resolves_a_tag_to_the_digest_of_the_bytes_that_are_stored(
    registry: RegistryProcess, pushed: Image
) -> None:
    remote.push(registry.url, str(APP), "1", pushed)
    reference = Reference(APP, Tag("1"))
    async with client_of(registry) as client:
        assert str(await client.resolve(reference)) == pushed.digest
        stored = await client.manifest(reference)
        assert stored is not None
        assert stored.body == pushed.data
        assert stored.media_type == pushed.media_type
        assert str(stored.manifest.digest) == pushed.digest
        by_digest = await client.manifest(Reference(APP, stored.manifest.digest))
        assert by_digest == stored


async def test_finds_nothing_where_nothing_is(registry: RegistryProcess) -> None:
    remote.push(registry.url, str(APP), "1", DOCKER)
    async with client_of(registry) as client:
        for reference in (Reference(APP, Tag("2")), Reference(APP, NOWHERE), Reference(UNKNOWN, Tag("1"))):
            assert await client.resolve(reference) is None
            assert await client.manifest(reference) is None


async def test_reads_a_blob_up_to_its_limit(registry: RegistryProcess) -> None:
    remote.push(registry.url, str(APP), "1", DOCKER)
    config = DOCKER.content["config"]
    digest = Digest.parse(config["digest"])
    async with client_of(registry) as client:
        assert json.loads(await client.blob(APP, digest, config["size"]))["architecture"] == "amd64"
        with pytest.raises(RegistryError, match=f"more than {config['size'] - 1} bytes") as caught:
            await client.blob(APP, digest, config["size"] - 1)
        assert not caught.value.retryable
        with pytest.raises(RegistryError) as caught:
            await client.blob(APP, NOWHERE, 1000)
        assert caught.value.missing


async def test_has_no_referrers_where_the_registry_has_no_such_list(registry: RegistryProcess) -> None:
    remote.push(registry.url, str(APP), "1", DOCKER)
    async with client_of(registry) as client:
        assert await client.referrers(APP, Digest.parse(DOCKER.digest)) == ()
