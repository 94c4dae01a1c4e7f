"""What real registries do when something is deleted: by digest, by tag, not at all, and what stays behind."""

from collections.abc import Iterator

import httpx
import pytest

from demo.parts.binaries import OLD_REGISTRY
from demo.parts.images import Flavour, Layer, Recipe, artifact, image, index, signature_tag
from demo.parts.registry import RegistryProcess
from demo.parts.registry_config import RegistrySettings
from demo.parts.remote import Remote
from tests.conftest import MakeRegistry

APP = image(Layer("app", 100))
OTHER = image(Layer("other", 100))
ALL_INDEX = index(APP, OTHER)


@pytest.fixture
def client(registry: RegistryProcess) -> Iterator[Remote]:
    with Remote(registry.url) as client:
        yield client


def code(answer: httpx.Response) -> str:
    return str(answer.json()["errors"][0]["code"])


def test_a_digest_goes_with_every_tag_on_it(client: Remote) -> None:
    for tag in ("1", "latest"):
        client.push("app", tag, APP)
    client.push("app", "other", OTHER)
    client.push("copy", "1", APP)
    assert client.delete("app", APP.digest).status_code == 202
    assert client.tags("app") == ["other"]
    assert client.tags("copy") == ["1"], "other repositories keep theirs"
    again = client.delete("app", APP.digest)
    assert (again.status_code, code(again)) == (404, "MANIFEST_UNKNOWN")


def test_only_the_newer_registry_deletes_a_tag(client: Remote, registry_version: str) -> None:
    for tag in ("1", "latest"):
        client.push("app", tag, APP)
    answer = client.delete("app", "1")
    if registry_version == OLD_REGISTRY:
        assert (answer.status_code, code(answer)) == (400, "DIGEST_INVALID")
        assert sorted(client.tags("app")) == ["1", "latest"]
    else:
        assert answer.status_code == 202
        assert client.tags("app") == ["latest"]
        assert client.pull("app", "latest").digest == APP.digest


def test_a_throw_away_index_takes_one_tag_with_it(client: Remote) -> None:
    """How a tag is taken off its digest where tags cannot be deleted: the index needs no blob, and must be unique."""
    for tag in ("1", "latest"):
        client.push("app", tag, APP)
    recipe = Recipe(flavour=Flavour.OCI, annotations={"unique": "3f1c"})
    throw_away = client.put_manifest("app", "1", index(recipe=recipe))
    assert client.digest("app", "1") == throw_away
    assert client.delete("app", throw_away).status_code == 202
    assert client.tags("app") == ["latest"]
    assert client.pull("app", "latest").digest == APP.digest


@pytest.mark.parametrize("reference", [APP.digest, "1"])
def test_delete_can_be_disabled(make_registry: MakeRegistry, registry_version: str, reference: str) -> None:
    registry = make_registry(RegistrySettings(delete_enabled=False), version=registry_version)
    with Remote(registry.url) as client:
        client.push("app", "1", APP)
        answer = client.delete("app", reference)
        assert (answer.status_code, code(answer)) == (405, "UNSUPPORTED")
        assert client.tags("app") == ["1"]


def test_a_read_only_registry_refuses_every_write(make_registry: MakeRegistry, registry_version: str) -> None:
    registry = make_registry(RegistrySettings(read_only=True), version=registry_version)
    with Remote(registry.url) as client:
        answers = [
            client.http.post("/v2/app/blobs/uploads/"),
            client.http.put("/v2/app/manifests/1", content=APP.data, headers={"Content-Type": APP.media_type}),
            client.delete("app", APP.digest),
        ]
    for answer in answers:
        assert answer.status_code == 405
        assert answer.headers["Content-Type"].startswith("text/plain")
        assert answer.headers["Allow"] == "GET, HEAD"


def test_an_emptied_repository_stays_in_the_catalog(client: Remote) -> None:
    client.push("app", "1", APP)
    client.delete("app", APP.digest)
    assert client.http.get("/v2/app/tags/list").json() == {"name": "app", "tags": None}
    assert client.catalog() == ["app"]


def test_an_index_leaves_its_children(client: Remote) -> None:
    client.push("app", "1", ALL_INDEX)
    assert client.delete("app", ALL_INDEX.digest).status_code == 202
    assert client.tags("app") == []
    assert client.pull("app", APP.digest).digest == APP.digest


def test_a_child_leaves_a_broken_index(client: Remote) -> None:
    client.push("app", "1", ALL_INDEX)
    assert client.delete("app", APP.digest).status_code == 202
    assert client.digest("app", "1") == ALL_INDEX.digest
    assert client.digest("app", APP.digest) is None


def test_signatures_outlive_their_subject(client: Remote) -> None:
    client.push("app", "1", APP)
    client.push("app", signature_tag(APP.digest), artifact(APP, "application/vnd.test.signature", b"signed"))
    client.delete("app", APP.digest)
    assert client.tags("app") == [signature_tag(APP.digest)]


def test_the_same_bytes_put_again_bring_all_back(client: Remote) -> None:
    client.push("app", "1", ALL_INDEX)
    client.delete("app", ALL_INDEX.digest)
    client.delete("app", APP.digest)
    orphaned = client.http.put(
        "/v2/app/manifests/1", content=ALL_INDEX.data, headers={"Content-Type": ALL_INDEX.media_type}
    )
    assert (orphaned.status_code, code(orphaned)) == (400, "MANIFEST_BLOB_UNKNOWN")
    assert client.put_manifest("app", APP.digest, APP) == APP.digest
    assert client.put_manifest("app", "1", ALL_INDEX) == ALL_INDEX.digest
    assert client.pull("app", "1").digest == ALL_INDEX.digest
