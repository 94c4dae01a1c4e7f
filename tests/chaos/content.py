"""Content: what a registry holds before a run, made from the run's seed, and what must still be in it afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random

from demo.parts.images import Image, Layer, Recipe, image, index
from demo.parts.remote import Remote
from demo.parts.storage import Storage

Tags = Mapping[tuple[str, str], str]
"""Digests by repository and tag."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """`tags`: everything there is; `wanted`: the references that the request names."""

    tags: Tags
    wanted: tuple[str, ...]


def fill(root: Path, random: Random, images: int) -> Content:
    """Three repositories of images that share layers and digests, with one index; about two thirds are to go.

    At least one tag of a digest that stays is among them: it has to be untagged.
    """
    storage = Storage(root)
    tags: dict[tuple[str, str], str] = {}
    bases = [Layer(f"base {number}", 500) for number in range(3)]

    def put(repository: str, tag: str, content: Image) -> None:
        tags[repository, tag] = storage.put(repository, tag, content).digest

    for number in range(images):
        repository = f"team/app{number % 3}"
        own = Layer(f"{repository} {number} {random.random()}", 300)
        content = image(random.choice(bases), own, recipe=Recipe(labels={"number": str(number)}))
        put(repository, f"1.{number}", content)
        if random.random() < 0.15:
            put(repository, f"also-1.{number}", content)
    shared = image(bases[0], Layer(f"shared {random.random()}", 300))
    put("team/app0", "old", shared)
    put("team/app0", "stable", shared)
    children = [image(bases[1], Layer(f"{system} {random.random()}", 300)) for system in ("amd64", "arm64")]
    put("team/app1", "multi", index(*children))
    put("team/app2", "stays", image(bases[2], Layer(f"stays {random.random()}", 300)))
    chosen = [f"{repository}:{tag}" for repository, tag in tags if tag[0] == "1" and random.random() < 0.65]
    return Content(tags=tags, wanted=(*chosen, "team/app0:old", "team/app1:multi"))


def read(url: str) -> dict[tuple[str, str], str]:
    """What is in a registry now, by HTTP."""
    with Remote(url) as remote:
        return {
            (repository, tag): remote.digest(repository, tag) or ""
            for repository in remote.catalog()
            for tag in remote.tags(repository)
        }


def blobs(root: Path) -> dict[str, int]:
    """The sizes in bytes of all blobs on a registry's storage, by digest."""
    found = (root / "docker/registry/v2/blobs/sha256").glob("*/*/data")
    return {path.parent.name: path.stat().st_size for path in found}
