"""Damage: images that are listed and cannot be had whole, by what was read and weighed of a repository."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from workers.core.digest import Digest
from workers.core.snapshot import RepositoryView

_NAMED: Final = 3


@dataclass(frozen=True, slots=True, order=True, kw_only=True)
class Damage:
    """`what`: `app:1.2`, `app@sha256:…` where no tag leads to it, or a repository; `why`: a clause for people."""

    what: str
    why: str

    def __str__(self) -> str:
        return f"{self.what} ({self.why})"

    def as_json(self) -> dict[str, str]:
        return {"what": self.what, "why": self.why}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(what=str(data["what"]), why=str(data["why"]))


def misweighed(expected: int, found: int | None) -> str:
    """What is wrong with a blob of so many bytes, in a clause; empty when nothing is.

    A descriptor without a size says 0, and whatever is there fits it.
    """
    if found is None:
        return "is not there"
    return f"has {found:,} of {expected:,} bytes" if expected and found != expected else ""


def damage_of(view: RepositoryView, wrong: Mapping[Digest, str]) -> Sequence[Damage]:
    """What is damaged of a repository, sorted, each tag for itself; `wrong` says of blobs what is wrong with them."""
    bad = {digest: clauses for digest in view.manifests if (clauses := list(_clauses(view, digest, wrong)))}
    # Named by what leads to them, which is what people pull.
    missing = {f"{view.name}:{tag}": why for tag, why in view.unusable.items() if tag not in view.unread}
    below = view.below
    missing |= {f"{view.name}@{digest}": why for digest, why in view.broken.items() if digest not in below}
    found = [Damage(what=what, why=why) for what, why in missing.items()]
    found += [Damage(what=what, why=why) for what, root in roots(view).items() if (why := _why(view, root, bad))]
    return sorted(found)


def roots(view: RepositoryView) -> Mapping[str, Digest]:
    """What people pull, by the names they pull it with: tags, and manifests that neither tag nor index leads to."""
    tagged = {f"{view.name}:{tag}": digest for tag, digest in view.tags.items()}
    return tagged | {f"{view.name}@{digest}": digest for digest in sorted(view.loose)}


def losses(view: RepositoryView, eligible: frozenset[Digest]) -> Sequence[Damage]:
    """The images of which a collection would take blobs, because the collector does not see what needs them.

    This happens: 2.8 and 3.x pass over a manifest whose file is missing, 2.8 also over a repository without layer
    links, and both end with exit code 0.
    """
    taken = {
        digest: blobs for digest, manifest in view.manifests.items() if (blobs := manifest.blobs.keys() & eligible)
    }
    if not taken:
        return ()
    counted = {
        what: len(frozenset[Digest]().union(*(taken[each] for each in view.reach([root]) & taken.keys())))
        for what, root in roots(view).items()
    }
    return [
        Damage(what=what, why=f"collecting takes {count:,} of its blobs") for what, count in counted.items() if count
    ]


def merged(found: Iterable[Damage]) -> Sequence[Damage]:
    """Each thing once, with all that is wrong with it."""
    clauses: dict[str, dict[str, None]] = {}
    for damage in found:
        clauses.setdefault(damage.what, {})[damage.why] = None
    return [Damage(what=what, why=", ".join(whys)) for what, whys in sorted(clauses.items())]


def _clauses(view: RepositoryView, digest: Digest, wrong: Mapping[Digest, str]) -> Iterator[str]:
    manifest = view.manifests[digest]
    for blob in manifest.blobs.keys() & wrong.keys():
        yield f"its manifest {wrong[blob]}" if blob == digest else f"the blob {blob.short} {wrong[blob]}"


def _why(view: RepositoryView, root: Digest, bad: Mapping[Digest, Sequence[str]]) -> str:
    parts = [view.incomplete(root)]
    blobs = sorted({clause for digest in view.reach([root]) & bad.keys() for clause in bad[digest]})
    parts += blobs[:_NAMED]
    parts += [f"and {len(blobs) - _NAMED:,} more of its blobs"] if len(blobs) > _NAMED else []
    return ", ".join(filter(None, parts))
