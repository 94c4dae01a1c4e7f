"""Reading what a hostile registry, or a hostile pusher, would have us read: bounded, and said in a sentence."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.contract.clients import client_of
from tests.faulty_registry import FaultyRegistry, faulty_registry, says
from workers.core.digest import Digest
from workers.core.errors import RegistryError
from workers.core.manifest import OCI_INDEX, OCI_MANIFEST
from workers.core.names import RepositoryName, Tag
from workers.reading import DAMAGED, MOST_CHILDREN, TOO_DEEP, Budget, BudgetSpent, Reader, Tolerance, TooMuch, whole

APP = RepositoryName.parse("app")
ONE = Tag("1")


@pytest.fixture
async def hostile() -> AsyncIterator[FaultyRegistry]:
    async with faulty_registry() as registry:
        registry.on("GET", "/v2/_catalog", says(200, {"repositories": ["app"]}))
        registry.on("GET", "/v2/app/tags/list", says(200, {"tags": ["1"]}))
        yield registry


def descriptor(body: bytes, kind: str = OCI_INDEX) -> dict[str, Any]:
    return {"mediaType": kind, "digest": str(Digest.of(body)), "size": len(body)}


def index(*entries: dict[str, Any], mark: str = "") -> bytes:
    content = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": entries, "annotations": {"mark": mark}}
    return json.dumps(content).encode()


def serve(registry: FaultyRegistry, body: bytes, *references: str, kind: str = OCI_INDEX) -> None:
    for reference in references or (str(Digest.of(body)),):
        registry.on("GET", f"/v2/app/manifests/{reference}", says(200, body, media_type=kind))


async def test_an_index_that_claims_to_contain_itself_is_found_out(hostile: FaultyRegistry) -> None:
    """No index can name its own hash, so a registry that serves a circle serves other bytes than it was asked for."""
    inner = index(mark="any")
    outer = index(descriptor(inner))
    serve(hostile, outer, "1", str(Digest.of(inner)))
    async with client_of(hostile.url) as client:
        with pytest.raises(RegistryError, match=r"main sent other bytes than those of sha256:.*; nothing was used\.$"):
            await Reader(client).repository(APP)
        view = await Reader(client, tolerance=Tolerance()).repository(APP)
    assert view.broken == {Digest.of(inner): DAMAGED}
    assert view.incomplete(Digest.of(outer)) == "incomplete: 1 of 1 platforms is missing"
    assert len(hostile.seen) < 10


async def test_two_indexes_that_claim_to_contain_each_other_are_found_out(hostile: FaultyRegistry) -> None:
    first = index(mark="first")
    second = index(descriptor(first))
    serve(hostile, index(descriptor(second)), "1", str(Digest.of(first)))
    serve(hostile, second)
    async with client_of(hostile.url) as client:
        with pytest.raises(RegistryError, match="main sent other bytes than those of sha256:"):
            await Reader(client).repository(APP)
    assert len(hostile.seen) < 10


async def test_a_nest_that_is_too_deep_is_refused_and_said(hostile: FaultyRegistry) -> None:
    body = index()
    for level in range(12):
        serve(hostile, body)
        body = index(descriptor(body), mark=str(level))
    serve(hostile, body, "1")
    async with client_of(hostile.url) as client:
        with pytest.raises(TooMuch, match=r"^app has indexes within indexes on more than 8 levels.*\.$") as caught:
            await Reader(client).repository(APP)
        assert not caught.value.retryable
        view = await Reader(client, tolerance=Tolerance()).repository(APP)
    assert list(view.unread.values()) == [TOO_DEEP]
    assert not view.broken


async def test_an_index_with_very_many_children_is_refused_and_none_of_them_is_read(hostile: FaultyRegistry) -> None:
    entry = descriptor(b"child", OCI_MANIFEST)
    serve(hostile, index(*[entry] * (MOST_CHILDREN + 1)), "1")
    async with client_of(hostile.url) as client:
        with pytest.raises(TooMuch, match=r"^app:1 is an index of 1,001 manifests, more than the 1,000.*\.$"):
            await Reader(client).repository(APP)
        view = await Reader(client, tolerance=Tolerance()).repository(APP)
        assert list(view.unusable) == list(view.unread) == [ONE]
    assert sum("sha256" in target for target in hostile.targets("GET")) == 0


async def test_an_index_of_100000_children_is_refused_by_its_length(hostile: FaultyRegistry) -> None:
    serve(hostile, index(*[descriptor(b"child", OCI_MANIFEST)] * 100_000), "1")
    async with client_of(hostile.url) as client:
        with pytest.raises(
            RegistryError, match="main sent more than 4194304 bytes when asked to read app:1; nothing was used"
        ):
            await Reader(client).repository(APP)
    assert len(hostile.seen) == 2, "once is enough"


async def test_more_tags_than_may_be_read_are_not_read_at_all(hostile: FaultyRegistry) -> None:
    hostile.on("GET", "/v2/app/tags/list", says(200, {"tags": [f"t{number}" for number in range(50)]}))
    async with client_of(hostile.url) as client:
        with pytest.raises(BudgetSpent):
            await Reader(client, Budget(49)).repository(APP)
        assert await whole(Reader(client, Budget(49)), ()) == ([], False)
    assert not any("manifests" in target for target in hostile.targets("GET"))


async def test_children_count_as_well(hostile: FaultyRegistry) -> None:
    children = [index(mark=str(number)) for number in range(20)]
    for child in children:
        serve(hostile, child)
    serve(hostile, index(*map(descriptor, children)), "1")
    async with client_of(hostile.url) as client:
        with pytest.raises(BudgetSpent):
            await Reader(client, Budget(20)).repository(APP)
        assert len((await Reader(client, Budget(21)).repository(APP)).manifests) == 21


async def test_a_registry_that_fails_on_everything_is_not_taken_for_damaged(hostile: FaultyRegistry) -> None:
    tags = [f"t{number}" for number in range(9)]
    hostile.on("GET", "/v2/app/tags/list", says(200, {"tags": tags}))
    for tag in tags:
        hostile.on("GET", f"/v2/app/manifests/{tag}", says(500, codes=["UNKNOWN"]))
    async with client_of(hostile.url) as client:
        view = await Reader(client, tolerance=Tolerance(9)).repository(APP)
        assert set(view.unusable.values()) == {DAMAGED}
        with pytest.raises(RegistryError, match="main failed inside when asked to read app:t"):
            await Reader(client, tolerance=Tolerance(8)).repository(APP)
