"""Snapshot: what was read from a registry before deciding; reading is done elsewhere, deciding needs nothing more."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from workers.core.abilities import Abilities
from workers.core.digest import Digest, ShortDigest
from workers.core.manifest import Manifest
from workers.core.names import RepositoryName, Tag


@dataclass(frozen=True, slots=True, kw_only=True)
class RepositoryView:
    """One repository, read in full: every tag with its digest, and every manifest that can be reached.

    `unusable`: tags that are listed but whose manifest is missing or cannot be handled, each with a clause that says
    why. `absent`: the registry does not know the name.
    `manifests` holds those of the tags, their children, the referrers that are listed, and those named by digest.
    `broken`: digests that were looked for and cannot be had, each with a clause that says why. `unread`: tags and
    digests that are there, and that regclean does not handle; nothing is known to be wrong with them.
    """

    name: RepositoryName
    tags: Mapping[Tag, Digest] = field(default_factory=dict)
    unusable: Mapping[Tag, str] = field(default_factory=dict)
    manifests: Mapping[Digest, Manifest] = field(default_factory=dict)
    broken: Mapping[Digest, str] = field(default_factory=dict)
    unread: Mapping[Tag | Digest, str] = field(default_factory=dict)
    absent: bool = False

    @property
    def below(self) -> frozenset[Digest]:
        """Every digest that an index lists."""
        return frozenset(child.digest for manifest in self.manifests.values() for child in manifest.children)

    @property
    def loose(self) -> frozenset[Digest]:
        """Manifests that no tag and no index leads to."""
        return frozenset(self.manifests) - frozenset(self.tags.values()) - self.below

    def tags_on(self, digest: Digest) -> frozenset[Tag]:
        return frozenset(tag for tag, on in self.tags.items() if on == digest)

    def beginning_with(self, short: ShortDigest) -> Sequence[Digest]:
        """Digests of the repository's manifests that begin so, in order."""
        return sorted(digest for digest in self.manifests if short.begins(digest))

    def children(self, digest: Digest) -> Iterator[Digest]:
        manifest = self.manifests.get(digest)
        return (child.digest for child in manifest.children) if manifest else iter(())

    def reach(self, roots: Iterable[Digest]) -> frozenset[Digest]:
        """The roots and everything below them; an index that contains itself ends the walk."""
        seen: set[Digest] = set()
        todo = list(roots)
        while todo:
            digest = todo.pop()
            if digest not in seen:
                seen.add(digest)
                todo.extend(self.children(digest))
        return frozenset(seen)

    @property
    def kept(self) -> frozenset[Digest]:
        """What tags lead to, with the referrers of all that."""
        kept = self.reach(self.tags.values())
        while more := {digest for digest, each in self.manifests.items() if each.subject in kept} - kept:
            kept = self.reach([*kept, *more])
        return kept

    def incomplete(self, digest: Digest) -> str:
        """A clause about what is missing of an index; empty when it has everything that it lists."""
        parts = self.reach([digest]) - {digest}
        missing = parts & self.broken.keys()
        if not missing:
            return ""
        verb = "is" if len(missing) == 1 else "are"
        return f"incomplete: {len(missing):,} of {len(parts):,} platforms {verb} missing"

    def size(self, digest: Digest) -> int:
        """Bytes of a manifest with its config and layers; of an index with its children's, each blob once."""
        blobs: dict[Digest, int] = {}
        for each in self.reach([digest]):
            if manifest := self.manifests.get(each):
                blobs |= manifest.blobs
        return sum(blobs.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """`whole`: every repository of the registry was read, so bytes can be counted exactly."""

    registry: str
    repositories: Mapping[RepositoryName, RepositoryView]
    abilities: Abilities
    whole: bool = True
