"""A storage folder filled directly is one that a real registry serves, and collects without loss."""

from pathlib import Path

import pytest

from demo.parts.images import Layer, Recipe, image, index
from demo.parts.registryctl import restart
from demo.parts.remote import Remote
from demo.parts.storage import Shape, Storage, fill
from tests.conftest import MakeRegistry
from tests.contract.test_parts_collecting import collect


def test_it_is_served_as_if_it_had_been_pushed(
    make_registry: MakeRegistry, registry_version: str, tmp_path: Path
) -> None:
    stored = fill(tmp_path / "storage", Shape(repositories=3, tags=4))
    registry = make_registry(version=registry_version, folder=tmp_path)
    with Remote(registry.url) as client:
        assert client.catalog() == ["load/r00000", "load/r00001", "load/r00002"]
        assert sorted(client.tags("load/r00001")) == ["1.0.0", "1.0.1", "1.0.2", "1.0.3"]
        for repository, tag, digest in stored:
            assert client.pull(repository, tag).digest == digest
    assert len({entry.digest for entry in stored}) == 12


def test_it_can_be_deleted_from_and_collected(
    make_registry: MakeRegistry, registry_version: str, tmp_path: Path
) -> None:
    """Shared layers stay as long as one of the repository's images does."""
    first, second = fill(tmp_path / "storage", Shape(repositories=1, tags=2))
    registry = make_registry(version=registry_version, folder=tmp_path)
    with Remote(registry.url) as client:
        assert client.delete(first.repository, first.digest).status_code == 202
        assert client.tags(first.repository) == [second.tag]
        assert "4 blobs marked, 3 blobs and 0 manifests eligible for deletion" in collect(registry)
        restart(registry.folder)
        assert client.pull(second.repository, second.tag).digest == second.digest


@pytest.mark.parametrize("name", ["registry", "a/b/c"])
def test_an_index_comes_with_its_children(
    make_registry: MakeRegistry, registry_version: str, tmp_path: Path, name: str
) -> None:
    content = index(image(Layer("amd64", 10)), image(Layer("arm64", 10), recipe=Recipe(platform="linux/arm64")))
    Storage(tmp_path / "storage").put(name, "1", content)
    registry = make_registry(version=registry_version, folder=tmp_path)
    with Remote(registry.url) as client:
        assert len(client.pull(name, "1").manifests) == 3
