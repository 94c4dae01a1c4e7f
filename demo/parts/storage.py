"""Fill a registry's storage folder directly: thousands of images a second, where a push takes milliseconds each."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from demo.parts.images import Image, Layer, Recipe, image


class Stored(NamedTuple):
    """One tag in the storage."""

    repository: str
    tag: str
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """How much there is to be: each image has a layer of its own and one that its whole repository shares."""

    repositories: int
    tags: int
    layer_bytes: int = 100


class Storage:
    """The folder layout both registries read (distribution, registry/storage/paths.go); fill it before they start.

    `_layers` has to be there: without it a repository misses in the catalog and collection sweeps its blobs. The
    `index` folder beside a tag's `current` is left out: it is only read when a tag is deleted.
    """

    def __init__(self, root: Path) -> None:
        self._blobs = root / "docker/registry/v2/blobs/sha256"
        self._repositories = root / "docker/registry/v2/repositories"
        self._written: set[str] = set()

    def put(self, repository: str, tag: str, content: Image) -> Stored:
        """What a push of that image would leave behind."""
        home = self._repositories / repository
        self._manifest(home, content)
        _write(home / "_manifests/tags" / tag / "current/link", content.digest.encode())
        return Stored(repository, tag, content.digest)

    def _manifest(self, home: Path, content: Image) -> None:
        for child in content.children:
            self._manifest(home, child)
        for blob in content.blobs:
            self._blob(blob.digest, blob.data)
            self._link(home / "_layers", blob.digest)
        self._blob(content.digest, content.data)
        self._link(home / "_manifests/revisions", content.digest)

    def _blob(self, digest: str, data: bytes) -> None:
        if digest not in self._written:
            hexadecimal = digest.removeprefix("sha256:")
            _write(self._blobs / hexadecimal[:2] / hexadecimal / "data", data)
            self._written.add(digest)

    def _link(self, home: Path, digest: str) -> None:
        _write(home / "sha256" / digest.removeprefix("sha256:") / "link", digest.encode())


def fill(root: Path, shape: Shape) -> list[Stored]:
    """Write repositories `load/r00000`… with the tags `1.0.0`, `1.0.1`…; returns every tag with its digest."""
    storage = Storage(root)
    return [storage.put(repository, tag, content) for repository, tag, content in _images(shape)]


def _images(shape: Shape) -> Iterator[tuple[str, str, Image]]:
    for repository in (f"load/r{number:05}" for number in range(shape.repositories)):
        base = Layer(f"{repository} base", shape.layer_bytes)
        for tag in (f"1.0.{number}" for number in range(shape.tags)):
            own = Layer(f"{repository}:{tag}", shape.layer_bytes)
            yield repository, tag, image(base, own, recipe=Recipe(labels={"version": tag}))


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except FileNotFoundError:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
