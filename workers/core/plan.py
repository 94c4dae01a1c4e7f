"""Plan: the ordered steps a request would take, what is kept and why; an approval binds to its fingerprint."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from workers.core.damage import Damage
from workers.core.digest import Digest
from workers.core.names import RepositoryName, Tag
from workers.core.whole import whole

Json = Any


class Verb(StrEnum):
    """The two verbs that never mix: a tag goes and the manifest stays, or a manifest goes with every tag on it."""

    UNTAG = "untag"
    DELETE = "delete"


class Untagging(StrEnum):
    """How one tag is taken off: the registry's own tag delete, or a throw-away manifest pushed over it."""

    NATIVE = "native"
    PLACEHOLDER = "placeholder"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One change to the registry, bound to one digest.

    `tags`: exactly one for an untag; for a delete all tags that go with the manifest, perhaps none.
    `because`: empty when it was asked for, else a clause such as “part of app:1.2”.
    `size`: bytes of the manifest, its config and its layers, whether or not others share them.
    `depth`: 0 goes first; children go after their index.
    """

    verb: Verb
    repository: RepositoryName
    digest: Digest
    tags: tuple[Tag, ...] = ()
    because: str = ""
    size: int = 0
    depth: int = 0
    untagging: Untagging | None = None

    def as_json(self) -> dict[str, Json]:
        return {
            "verb": self.verb.value,
            "repository": str(self.repository),
            "digest": str(self.digest),
            "tags": [str(tag) for tag in self.tags],
            "because": self.because,
            "size": self.size,
            "depth": self.depth,
            "untagging": self.untagging.value if self.untagging else None,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        return cls(
            verb=Verb(data["verb"]),
            repository=RepositoryName.parse(data["repository"]),
            digest=Digest.parse(data["digest"]),
            tags=tuple(Tag.parse(tag) for tag in data["tags"]),
            because=str(data["because"]),
            size=whole(data["size"]),
            depth=whole(data["depth"]),
            untagging=Untagging(data["untagging"]) if data["untagging"] else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """`size`: bytes of blobs that the deletes at these places of the plan reference, and nothing else does."""

    steps: tuple[int, ...]
    size: int

    def as_json(self) -> Json:
        return [self.size, list(self.steps)]

    @classmethod
    def from_json(cls, data: Sequence[Json]) -> Self:
        size, steps = data
        return cls(steps=tuple(whole(step) for step in steps), size=whole(size))


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Something that was named or touched and stays, with the reason in a clause for people."""

    what: str
    why: str

    def as_json(self) -> dict[str, Json]:
        return {"what": self.what, "why": self.why}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        return cls(what=str(data["what"]), why=str(data["why"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Collection:
    """What a garbage collection would free, from the collector's own dry run.

    `eligible`: blobs it would remove. `size`: their bytes on the storage, None when it cannot be read here.
    `untagged` counts manifests without a tag, and `untagged_size` their bytes; collection leaves those alone.
    `emptied`: repositories without any tag or manifest, which leave the catalog.
    """

    eligible: tuple[Digest, ...]
    size: int | None
    untagged: int = 0
    untagged_size: int | None = None
    emptied: tuple[RepositoryName, ...] = ()

    def as_json(self) -> dict[str, Json]:
        return {
            "eligible": [str(digest) for digest in self.eligible],
            "size": self.size,
            "untagged": self.untagged,
            "untagged_size": self.untagged_size,
            "emptied": [str(name) for name in self.emptied],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        return cls(
            eligible=tuple(Digest.parse(text) for text in data["eligible"]),
            size=None if data["size"] is None else whole(data["size"]),
            untagged=whole(data["untagged"]),
            untagged_size=None if data["untagged_size"] is None else whole(data["untagged_size"]),
            emptied=tuple(RepositoryName.parse(text) for text in data["emptied"]),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """`frees`: bytes that nothing else references once the steps are done; an upper bound unless `exact`.

    `shares` say which steps these bytes hang on; where they are less than `frees`, the rest hangs on many.

    `notes` are sentences about what the registry cannot do or what could not be read. `damage` was there before.
    """

    registry: str
    steps: tuple[Step, ...] = ()
    kept: tuple[Kept, ...] = ()
    notes: tuple[str, ...] = ()
    frees: int = 0
    exact: bool = True
    shares: tuple[Share, ...] = ()
    collection: Collection | None = None
    damage: tuple[Damage, ...] = ()

    @property
    def is_empty(self) -> bool:
        return not self.steps and self.collection is None

    @property
    def fingerprint(self) -> str:
        """A hash of everything that would change, in order, and of known damage: what an approval binds to."""
        changes: dict[str, Json] = {
            "registry": self.registry,
            "steps": [step.as_json() for step in self.steps],
            "collection": self.collection.as_json() if self.collection else None,
        }
        if self.damage:
            changes["damage"] = [damage.as_json() for damage in self.damage]
        return hashlib.sha256(canonical(changes)).hexdigest()

    def as_json(self) -> dict[str, Json]:
        return {
            "registry": self.registry,
            "steps": [step.as_json() for step in self.steps],
            "kept": [kept.as_json() for kept in self.kept],
            "notes": list(self.notes),
            "frees": self.frees,
            "exact": self.exact,
            "shares": [share.as_json() for share in self.shares],
            "collection": self.collection.as_json() if self.collection else None,
            "damage": [damage.as_json() for damage in self.damage],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        collection = data["collection"]
        return cls(
            registry=str(data["registry"]),
            steps=tuple(Step.from_json(step) for step in data["steps"]),
            kept=tuple(Kept.from_json(kept) for kept in data["kept"]),
            notes=tuple(str(note) for note in data["notes"]),
            frees=whole(data["frees"]),
            exact=bool(data["exact"]),
            shares=tuple(Share.from_json(share) for share in data.get("shares", ())),
            collection=Collection.from_json(collection) if collection else None,
            damage=tuple(Damage.from_json(damage) for damage in data.get("damage", ())),
        )


_SEPARATORS: Final = (",", ":")


def canonical(data: Mapping[str, Json] | Sequence[Json]) -> bytes:
    """The one spelling of a JSON value that is hashed and signed: sorted keys, no spaces, ASCII."""
    return json.dumps(data, sort_keys=True, separators=_SEPARATORS, ensure_ascii=True).encode()
