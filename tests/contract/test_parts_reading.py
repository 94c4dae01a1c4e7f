"""What real registries answer to readers: the digest by Accept, lists and their pages, names inside names."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.parts.binaries import OLD_REGISTRY, REGISTRY_VERSIONS
from demo.parts.errors import RemoteError
from demo.parts.images import (
    ALL_MANIFEST_TYPES,
    Flavour,
    Image,
    Layer,
    Recipe,
    artifact,
    digest_of,
    fallback_tag,
    image,
    index,
    referrers_index,
    signature_tag,
)
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from demo.parts.sample import sample_images, seed
from demo.parts.skopeo import skopeo_copy

OCI = Recipe(flavour=Flavour.OCI)
ARM = Recipe(platform="linux/arm64")
AMD_CHILD = image(Layer("amd64", 100))
HELD: dict[str, Image] = {
    "docker": image(Layer("docker", 100)),
    "list": index(AMD_CHILD, image(Layer("arm64", 100), recipe=ARM)),
    "oci": image(Layer("oci", 100), recipe=OCI),
    "index": index(image(Layer("in an index", 100), recipe=OCI), recipe=OCI),
}
EVERYTHING = ", ".join(ALL_MANIFEST_TYPES)
ANOTHER = "a digest that no push ever had"
BY_ACCEPT = [
    # what the tag holds, Accept, then for 2.8.2 and 3.1.1: a digest where the answer is 200, else the status
    ("docker", "*/*", (ANOTHER, HELD["docker"].digest)),
    ("docker", Flavour.OCI.manifest, (ANOTHER, HELD["docker"].digest)),
    ("list", Flavour.DOCKER.manifest, (AMD_CHILD.digest, AMD_CHILD.digest)),
    ("list", "*/*", (ANOTHER, 400)),
    ("oci", Flavour.DOCKER.manifest, (404, 404)),
    ("index", Flavour.OCI.manifest, (404, HELD["index"].digest)),
    *[(kind, EVERYTHING, (held.digest, held.digest)) for kind, held in HELD.items()],
]


@pytest.fixture
def client(registry: RegistryProcess) -> Iterator[Remote]:
    with Remote(registry.url) as client:
        yield client


@pytest.mark.parametrize(("kind", "accept", "answers"), BY_ACCEPT)
def test_the_digest_of_a_tag_depends_on_accept(
    client: Remote, registry_version: str, kind: str, accept: str, answers: tuple[str | int, str | int]
) -> None:
    client.push("app", "1", HELD[kind])
    answer = client.http.get("/v2/app/manifests/1", headers={"Accept": accept})
    expected = answers[REGISTRY_VERSIONS.index(registry_version)]
    if isinstance(expected, int):
        assert answer.status_code == expected
    elif expected == ANOTHER:
        assert answer.status_code == 200
        assert digest_of(answer.content) != HELD[kind].digest
        assert answer.json()["schemaVersion"] == 1
    else:
        assert (answer.status_code, digest_of(answer.content)) == (200, expected)


def test_the_sample_is_what_it_says(registry: RegistryProcess, client: Remote, tmp_path: Path) -> None:
    digests = seed(registry.url)
    assert digests["demo/nginx", "1.26"] == digests["demo/nginx", "latest"]
    assert len(set(digests.values())) == 4
    assert client.catalog() == ["demo/nginx", "library/busybox", "registry"]
    assert {(name, tag) for name in client.catalog() for tag in client.tags(name)} == set(sample_images())
    for (repository, tag), digest in digests.items():
        assert client.pull(repository, tag).digest == digest
    skopeo_copy(registry.url, "registry", "latest", tmp_path / "copy")
    assert digest_of((tmp_path / "copy" / "manifest.json").read_bytes()) == digests["registry", "latest"]


def test_pushing_again_uploads_nothing(client: Remote) -> None:
    first = client.push("app", "1", HELD["docker"])
    assert first.uploaded == {blob.digest for blob in HELD["docker"].blobs}
    assert client.push("app", "2", HELD["docker"]).uploaded == set()
    mounted = client.push("other", "1", HELD["docker"], mount_from="app")
    assert set(mounted.blobs.values()) == {"mounted"}


def test_the_catalog_comes_in_pages_with_a_relative_link(client: Remote) -> None:
    for name in ("c", "a/b", "a"):
        client.push(name, "1", HELD["docker"])
    page = client.http.get("/v2/_catalog?n=2")
    assert page.json() == {"repositories": ["a", "a/b"]}
    assert page.headers["Link"] == '</v2/_catalog?last=a%2Fb&n=2>; rel="next"'
    assert client.catalog(page=1) == ["a", "a/b", "c"]
    refused = client.http.get("/v2/_catalog?n=1001")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "PAGINATION_NUMBER_INVALID")


def test_only_the_newer_registry_pages_its_tags(client: Remote, registry_version: str) -> None:
    for tag in ("3", "1", "2"):
        client.push("app", tag, HELD["docker"])
    page = client.http.get("/v2/app/tags/list?n=2")
    if registry_version == OLD_REGISTRY:
        assert sorted(page.json()["tags"]) == ["1", "2", "3"]
        assert "Link" not in page.headers
    else:
        assert page.json()["tags"] == ["1", "2"]
        assert page.headers["Link"] == '</v2/app/tags/list?last=2&n=2>; rel="next"'
    assert sorted(client.tags("app", page=1)) == ["1", "2", "3"]


def test_one_repository_lies_inside_another(registry: RegistryProcess, client: Remote) -> None:
    client.push("registry", "1", HELD["docker"])
    client.push("registry/app", "1", HELD["oci"])
    repositories = registry.storage_root / "docker/registry/v2/repositories"
    assert (repositories / "registry" / "app" / "_manifests").is_dir()
    assert client.catalog() == ["registry", "registry/app"]
    client.delete("registry", HELD["docker"].digest)
    assert client.pull("registry/app", "1").digest == HELD["oci"].digest


def test_there_is_no_referrers_api_but_subjects_are_kept(client: Remote) -> None:
    subject = client.push("app", "1", HELD["oci"]).digest
    signature = artifact(HELD["oci"], "application/vnd.dev.cosign.simplesigning.v1+json", b"signed")
    client.push("app", signature_tag(subject), signature)
    client.push("app", fallback_tag(subject), referrers_index(signature))
    assert client.http.get(f"/v2/app/referrers/{subject}").status_code == 404
    assert client.manifest("app", signature.digest).json()["subject"]["digest"] == subject
    hexadecimal = subject.removeprefix("sha256:")
    assert sorted(client.tags("app")) == ["1", f"sha256-{hexadecimal}", f"sha256-{hexadecimal}.sig"]


def test_pulling_finds_a_blob_that_is_not_what_it_was(registry: RegistryProcess, client: Remote) -> None:
    config = HELD["docker"].blobs[0].digest.removeprefix("sha256:")
    client.push("app", "1", HELD["docker"])
    data = registry.storage_root / "docker/registry/v2/blobs/sha256" / config[:2] / config / "data"
    data.write_bytes(b"x" * data.stat().st_size)
    with pytest.raises(RemoteError, match=config):
        client.pull("app", "1")
