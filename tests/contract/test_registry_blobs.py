"""Blobs weighed and read in full: from real registries whose storage is damaged, and from registries that lie."""

import hashlib
import tracemalloc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web

from demo.parts import remote
from demo.parts.images import Blob, Layer, image
from demo.parts.registry import RegistryProcess
from tests.contract.clients import client_of
from tests.faulty_registry import FaultyRegistry, Step, breaks_off, drips, faulty_registry, hangs_up, html, says
from workers.core.digest import Digest
from workers.core.errors import RegistryError
from workers.core.names import RepositoryName

APP = RepositoryName.parse("team/app")
CONTENT = image(Layer("content", 100_000))
LAYER = CONTENT.blobs[1]
DIGEST = Digest.parse(LAYER.digest)
NOWHERE = Digest("sha256", "0" * 64)
BODY = b"0123456789" * 100
NAME = Digest.of(BODY)
PATH = f"/v2/team/app/blobs/{NAME}"


def data(registry: RegistryProcess, blob: Blob) -> Path:
    digits = blob.digest.removeprefix("sha256:")
    return registry.storage_root / "docker/registry/v2/blobs/sha256" / digits[:2] / digits / "data"


async def test_weighs_and_reads_what_is_sound(registry: RegistryProcess) -> None:
    remote.push(registry.url, str(APP), "1", CONTENT)
    async with client_of(registry) as client:
        assert await client.blob_size(APP, DIGEST) == LAYER.size
        assert await client.intact(APP, DIGEST, LAYER.size)
        assert not await client.intact(APP, DIGEST, LAYER.size - 1)
        assert not await client.intact(APP, DIGEST, LAYER.size + 1)


async def test_misses_what_is_not_there(registry: RegistryProcess) -> None:
    remote.push(registry.url, str(APP), "1", CONTENT)
    async with client_of(registry) as client:
        for repository in (APP, RepositoryName.parse("team/unknown")):
            assert await client.blob_size(repository, NOWHERE) is None
            assert not await client.intact(repository, NOWHERE, 1)


async def test_sees_bytes_that_rotted(registry: RegistryProcess) -> None:
    remote.push(registry.url, str(APP), "1", CONTENT)
    data(registry, LAYER).write_bytes(bytes(LAYER.size))
    async with client_of(registry) as client:
        assert await client.blob_size(APP, DIGEST) == LAYER.size
        assert not await client.intact(APP, DIGEST, LAYER.size)


@pytest.mark.parametrize("kept", [0, 1000])
async def test_sees_a_blob_cut_short_below_the_registrys_cache(registry: RegistryProcess, kept: int) -> None:
    """The registry still announces the size it remembers, and then breaks off."""
    remote.push(registry.url, str(APP), "1", CONTENT)
    data(registry, LAYER).write_bytes(data(registry, LAYER).read_bytes()[:kept])
    async with client_of(registry) as client:
        assert not await client.intact(APP, DIGEST, LAYER.size)


@pytest.fixture
async def faulty() -> AsyncIterator[FaultyRegistry]:
    async with faulty_registry() as registry:
        yield registry


async def test_a_blob_elsewhere_is_weighed_and_read_there_without_our_login(faulty: FaultyRegistry) -> None:
    async with faulty_registry() as storage:
        for method in ("HEAD", "GET"):
            faulty.on(method, PATH, says(307, headers={"Location": f"{storage.url}/bucket/object?signature=x"}))
            storage.on(method, "/bucket/object", says(200, BODY))
        async with client_of(faulty.url) as client:
            assert await client.blob_size(APP, NAME) == len(BODY)
            assert await client.intact(APP, NAME, len(BODY))
        assert all("Authorization" not in seen.headers for seen in storage.seen)


async def test_a_blob_that_storage_behind_the_registry_lost_is_missing(faulty: FaultyRegistry) -> None:
    async with faulty_registry() as storage:
        for method in ("HEAD", "GET"):
            faulty.on(method, PATH, says(307, headers={"Location": f"{storage.url}/bucket/object"}))
            storage.on(method, "/bucket/object", says(404))
        async with client_of(faulty.url) as client:
            assert await client.blob_size(APP, NAME) is None
            assert not await client.intact(APP, NAME, len(BODY))


BROKEN = {
    "other bytes": says(200, BODY[::-1]),
    "fewer bytes": says(200, BODY[:-1]),
    "more bytes": says(200, BODY + b"x"),
    "many more bytes": says(200, BODY * 20_000),
    "fewer bytes than announced": breaks_off(BODY[:500], promised=len(BODY)),
    "no bytes though announced": breaks_off(b"", promised=len(BODY)),
    "not there": says(404, codes=["BLOB_UNKNOWN"]),
}


@pytest.mark.parametrize("answer", BROKEN.values(), ids=BROKEN)
async def test_a_broken_blob_is_not_intact(faulty: FaultyRegistry, answer: Step) -> None:
    faulty.on("GET", PATH, answer)
    async with client_of(faulty.url) as client:
        assert not await client.intact(APP, NAME, len(BODY))


async def test_a_blob_that_broke_off_once_is_read_again_from_its_beginning(faulty: FaultyRegistry) -> None:
    faulty.on("GET", PATH, breaks_off(BODY[:500], promised=len(BODY)), says(503), hangs_up, says(200, BODY))
    async with client_of(faulty.url, attempts=4) as client:
        assert await client.intact(APP, NAME, len(BODY))
    assert len(faulty.seen) == 4


UNCLEAR = {
    "away": (says(503), "failed inside when asked to"),
    "a web page": (html(), "is not a registry"),
    "not allowed": (says(403, codes=["DENIED"]), "wants a login to"),
    "hanging up": (hangs_up, "closed the connection"),
}


@pytest.mark.parametrize(("answer", "sentence"), UNCLEAR.values(), ids=UNCLEAR)
async def test_what_cannot_be_known_is_no_damage(faulty: FaultyRegistry, answer: Step, sentence: str) -> None:
    faulty.on("GET", PATH, answer)
    faulty.on("HEAD", PATH, answer)
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match=sentence) as caught:
            await client.intact(APP, NAME, len(BODY))
        assert not caught.value.blames_content
        with pytest.raises(RegistryError, match=sentence) as caught:
            await client.blob_size(APP, NAME)
        assert not caught.value.blames_content


async def test_a_registry_that_fails_on_this_blob_alone_is_told_from_one_that_is_away(faulty: FaultyRegistry) -> None:
    failing = says(500, codes=["UNKNOWN"], headers={"Docker-Distribution-Api-Version": "registry/2.0"})
    faulty.on("GET", PATH, failing)
    faulty.on("HEAD", PATH, failing)
    async with client_of(faulty.url) as client:
        for ask in (client.blob_size(APP, NAME), client.intact(APP, NAME, len(BODY))):
            with pytest.raises(RegistryError) as caught:
                await ask
            assert caught.value.blames_content


async def test_slow_bytes_end_in_time(faulty: FaultyRegistry) -> None:
    faulty.on("GET", PATH, drips(BODY, pause=0.05))
    async with client_of(faulty.url, timeout=0.3, attempts=1) as client:
        with pytest.raises(RegistryError, match="did not answer in time"):
            await client.intact(APP, NAME, len(BODY))


async def test_an_answer_without_a_size_is_refused(faulty: FaultyRegistry) -> None:
    async def endless(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse()
        response.enable_chunked_encoding()
        await response.prepare(request)
        return response

    faulty.on("HEAD", PATH, endless)
    async with client_of(faulty.url) as client:
        with pytest.raises(RegistryError, match="sent no size when asked to weigh the blob"):
            await client.blob_size(APP, NAME)


PART = bytes(2**20)
PARTS = 64


@asynccontextmanager
async def large_blob() -> AsyncIterator[tuple[str, Digest]]:
    """A registry with one blob of 64 MiB, which it makes as it goes."""
    counted = hashlib.sha256()
    for _ in range(PARTS):
        counted.update(PART)

    async def send(request: web.BaseRequest) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Length": str(len(PART) * PARTS)})
        await response.prepare(request)
        for _ in range(PARTS):
            await response.write(PART)
        return response

    digest = Digest("sha256", counted.hexdigest())
    async with faulty_registry() as registry:
        registry.on("GET", f"/v2/team/app/blobs/{digest}", send)
        yield registry.url, digest


async def test_a_large_blob_is_never_held_as_a_whole() -> None:
    async with large_blob() as (url, digest), client_of(url) as client:
        tracemalloc.start()
        try:
            assert await client.intact(APP, digest, len(PART) * PARTS)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < len(PART) * PARTS / 8
