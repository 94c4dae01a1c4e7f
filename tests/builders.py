"""Plain values for tests: digests, manifests and views built from short words."""

from collections.abc import Iterable, Mapping, Sequence

from workers.core.abilities import Abilities
from workers.core.digest import Digest
from workers.core.manifest import OCI_INDEX, OCI_MANIFEST, Descriptor, Manifest
from workers.core.names import RepositoryName, Tag
from workers.core.snapshot import RepositoryView, Snapshot

ABLE = Abilities(delete=True, tag_delete=False)


def digest(word: str) -> Digest:
    return Digest.of(word.encode())


def image(word: str, layers: Mapping[str, int] | None = None, subject: str | None = None) -> Manifest:
    """A manifest of 100 bytes with a config of 10 and the given layers."""
    parts = {f"{word}-layer": 1000} if layers is None else layers
    return Manifest(
        digest=digest(word),
        size=100,
        media_type=OCI_MANIFEST,
        config=Descriptor(digest=digest(f"{word}-config"), size=10),
        layers=tuple(Descriptor(digest=digest(layer), size=size) for layer, size in parts.items()),
        subject=digest(subject) if subject else None,
    )


def index(word: str, children: Sequence[str]) -> Manifest:
    return Manifest(
        digest=digest(word),
        size=50,
        media_type=OCI_INDEX,
        children=tuple(Descriptor(digest=digest(child), size=100) for child in children),
    )


def view(name: str, tags: Mapping[str, str], manifests: Iterable[Manifest] | None = None) -> RepositoryView:
    """A repository whose tags point at words; a manifest is made for each word unless they are given."""
    stored = [image(word) for word in dict.fromkeys(tags.values())] if manifests is None else list(manifests)
    return RepositoryView(
        name=RepositoryName.parse(name),
        tags={Tag.parse(tag): digest(word) for tag, word in tags.items()},
        manifests={manifest.digest: manifest for manifest in stored},
    )


def snapshot(*views: RepositoryView, abilities: Abilities = ABLE, whole: bool = True) -> Snapshot:
    return Snapshot(registry="prod", repositories={each.name: each for each in views}, abilities=abilities, whole=whole)
