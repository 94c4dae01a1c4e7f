"""Links: the small files by which a registry's storage holds on to blobs, and which of them hold nothing.

The layout is that of distribution's registry/storage/paths.go. A link's file holds a digest and no byte more, so its
length tells a torn one: a crash or a full disk leaves it empty. Collection stops at some of them, on 2.8 and on 3.x.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Self, TypeAlias

from workers.core.damage import Damage
from workers.core.digest import Digest
from workers.core.errors import BadName
from workers.core.names import RepositoryName
from workers.gc.repository_folder import OWN

LENGTHS: Final = (len("sha256:") + 64, len("sha512:") + 128)

Entry: TypeAlias = tuple[tuple[str, ...], int]


@dataclass(slots=True)
class Links:
    """One repository's: `tags`, `revisions` and `layers` with the bytes of their links, by tag or digest."""

    tags: dict[str, int] = field(default_factory=dict)
    revisions: dict[Digest, int] = field(default_factory=dict)
    layers: dict[Digest, int] = field(default_factory=dict)
    has_layers: bool = False

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Self:
        """From the paths of one repository's `_layers` and links, below its folder, with their bytes."""
        links = cls()
        for parts, size in entries:
            links.take(parts, size)
        return links

    def take(self, parts: tuple[str, ...], size: int) -> None:
        """A path below the repository: its `_layers`, or a link."""
        match parts:
            case ("_layers",):
                self.has_layers = True
            case ("_layers", algorithm, digits, "link"):
                self.has_layers = True
                self.layers |= _sized(algorithm, digits, size)
            case ("_manifests", "revisions", algorithm, digits, "link"):
                self.revisions |= _sized(algorithm, digits, size)
            case ("_manifests", "tags", tag, "current", "link"):
                self.tags[tag] = size

    def damage(self, name: RepositoryName) -> Iterator[Damage]:
        """What is wrong with the repository's links, whoever needs them."""
        yield from (_torn(f"{name}:{tag}", size) for tag, size in self.tags.items() if size not in LENGTHS)
        yield from (_torn(f"{name}@{digest}", size) for digest, size in self.revisions.items() if size not in LENGTHS)
        torn = [digest for digest, size in self.layers.items() if size not in LENGTHS]
        if torn:
            others = f" and {len(torn) - 1:,} more" if len(torn) > 1 else ""
            yield _torn(f"{name}", self.layers[torn[0]], f"to the blob {min(torn).short}{others}")
        if self.revisions and not self.has_layers:
            why = "has no links to layers, so the catalog leaves it out and collection stops at it or takes its blobs"
            yield Damage(what=str(name), why=why)

    def wrong(self, layers: Iterable[Digest]) -> Iterator[tuple[Digest, str]]:
        """Of these blobs, those that the repository cannot serve, since it has no sound link to them."""
        for digest in layers:
            size = self.layers.get(digest)
            if size is None:
                yield digest, "is not linked to the repository"
            elif size not in LENGTHS:
                yield digest, f"has a link of {size:,} bytes"


def _torn(what: str, size: int, to: str = "") -> Damage:
    kind = " ".join(filter(None, ("a link", to, f"of {size:,} bytes")))
    return Damage(what=what, why=f"has {kind} in the storage, at which collection may stop")


def _sized(algorithm: str, digits: str, size: int) -> dict[Digest, int]:
    try:
        return {Digest.parse(f"{algorithm}:{digits}"): size}
    except BadName:
        return {}  # no registry wrote this, and none reads it


def read_links(entries: Iterable[Entry]) -> Mapping[RepositoryName, Links]:
    """From the paths of `_layers` folders and of links, below the folder of all repositories, with their bytes."""
    found: dict[str, Links] = {}
    for parts, size in entries:
        at = next((place for place, part in enumerate(parts) if part in OWN), 0)
        if at:
            found.setdefault("/".join(parts[:at]), Links()).take(parts[at:], size)
    named = ((_name(folder), links) for folder, links in found.items())
    return {name: links for name, links in named if name is not None}


def _name(folder: str) -> RepositoryName | None:
    try:
        return RepositoryName.parse(folder)
    except BadName:
        return None
