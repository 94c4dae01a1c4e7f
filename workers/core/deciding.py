"""Deciding: from a snapshot and what was asked for to a Plan; pure, and nothing is read here.

A tag whose digest has other tags that stay is untagged. A digest all of whose tags go is deleted, an index with its
children, unless a tag or an index that stays needs them. Signatures of what goes go with it. Protected tags stay.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from workers.core.abilities import Abilities
from workers.core.choosing import Choice, Policy, choose
from workers.core.digest import Digest
from workers.core.gain import shares
from workers.core.names import Reference, RepositoryName, Tag
from workers.core.plan import Kept, Plan, Step, Untagging, Verb
from workers.core.snapshot import RepositoryView, Snapshot

COMPANIONS: Final = (".sig", ".att", ".sbom", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fate:
    """Which digests of a repository go, and which tags only come off."""

    deleted: Mapping[Digest, str]
    untagged: Mapping[Tag, str]


def decide(snapshot: Snapshot, targets: Sequence[Reference], policy: Policy) -> Plan:
    """The plan for exactly these targets; what cannot or need not go is in `kept`."""
    wanted: dict[RepositoryName, list[Reference]] = {}
    for target in targets:
        wanted.setdefault(target.repository, []).append(target)
    steps: list[Step] = []
    kept: list[Kept] = []
    for name, references in wanted.items():
        choice = choose(snapshot.repositories[name], references, policy)
        steps += _steps(choice, _settle(choice), untagging(snapshot.abilities, policy))
        kept += choice.kept
    return _plan(snapshot, steps, kept)


def _settle(choice: Choice) -> _Fate:
    """Add the companions of what goes until nothing is added any more."""
    while True:
        fate = _fate(choice)
        chosen_before = len(choice.tags) + len(choice.digests)
        for digest in fate.deleted:
            _take_companions(choice, digest)
        if len(choice.tags) + len(choice.digests) == chosen_before:
            return fate


def _take_companions(choice: Choice, digest: Digest) -> None:
    """Signatures, attestations and SBOMs by tag (`sha256-<hex>.sig`), and manifests whose subject this is."""
    view = choice.view
    because = f"belongs to {view.name}@{digest.algorithm}:{digest.short}"
    for suffix in COMPANIONS:
        name = Tag(f"{digest.algorithm}-{digest.hex}{suffix}")
        if name in view.tags and name not in choice.tags:
            choice.take(name, because)
    for other, manifest in view.manifests.items():
        if manifest.subject == digest and other not in choice.digests:
            choice.take_digest(other, because)


def _fate(choice: Choice) -> _Fate:
    view, going = choice.view, choice.going
    needed = view.reach(digest for tag, digest in view.tags.items() if tag not in going)
    deleted = {digest: because for digest, because in _chosen(choice).items() if digest not in needed}
    for root in list(deleted):
        for digest in view.reach([root]) - needed - deleted.keys():
            if digest in view.manifests:
                deleted[digest] = f"part of {_name(view, root)}"
    untagged = {tag: because for tag, because in choice.tags.items() if view.tags[tag] not in deleted}
    return _Fate(deleted=deleted, untagged=untagged)


def _chosen(choice: Choice) -> Mapping[Digest, str]:
    """Every chosen digest, named or tagged; one that was asked for is not also “because of” something."""
    chosen = dict(choice.digests)
    for tag, because in choice.tags.items():
        digest = choice.view.tags[tag]
        chosen[digest] = because and chosen.get(digest, because)
    return chosen


def _name(view: RepositoryView, digest: Digest) -> str:
    tags = sorted(view.tags_on(digest))
    return f"{view.name}:{tags[0]}" if tags else f"{view.name}@{digest.algorithm}:{digest.short}"


def _steps(choice: Choice, fate: _Fate, how: Untagging | None) -> list[Step]:
    view = choice.view
    _explain_kept_digests(choice, fate)
    untags = [step for tag in sorted(fate.untagged) if (step := _untag(choice, fate, tag, how))]
    depths = _depths(view, fate)
    deletes = [
        Step(
            verb=Verb.DELETE,
            repository=view.name,
            digest=digest,
            tags=tuple(sorted(view.tags_on(digest))),
            because=because,
            size=view.size(digest),
            depth=depths[digest],
        )
        for digest, because in fate.deleted.items()
    ]
    return untags + sorted(deletes, key=lambda step: (step.depth, bool(step.because), step.tags, step.digest))


def _explain_kept_digests(choice: Choice, fate: _Fate) -> None:
    """Say of digests that were named why they stay."""
    for digest in choice.digests:
        if digest not in fate.deleted:
            choice.keep(digest, f"stays: {_holder(choice, digest)} needs it")


def _holder(choice: Choice, digest: Digest) -> str:
    """The name of a tag that stays and needs this digest, itself or through an index."""
    view = choice.view
    holders = (tag for tag, on in sorted(view.tags.items()) if tag not in choice.going and digest in view.reach([on]))
    return f"{view.name}:{next(holders, 'another tag')}"


def _untag(choice: Choice, fate: _Fate, tag: Tag, how: Untagging | None) -> Step | None:
    view = choice.view
    digest = view.tags[tag]
    others = ", ".join(str(other) for other in sorted(view.tags_on(digest) - fate.untagged.keys()))
    holder = f"it shares its digest with {others}" if others else f"its digest is part of {_holder(choice, digest)}"
    if how is None:
        choice.keep(tag, f"cannot be untagged here: {holder}, and this registry cannot take off a single tag")
        return None
    choice.keep(digest, f"stays: {others or _holder(choice, digest)} needs it")
    return Step(
        verb=Verb.UNTAG,
        repository=view.name,
        digest=digest,
        tags=(tag,),
        because=choice.tags[tag],
        size=view.size(digest),
        untagging=how,
    )


def _depths(view: RepositoryView, fate: _Fate) -> Mapping[Digest, int]:
    """0 for what nothing else that goes contains; a child is deeper than every index that holds it."""
    depths = dict.fromkeys(fate.deleted, 0)
    for _ in range(len(depths)):
        deeper = {
            child: depths[parent] + 1
            for parent in depths
            for child in view.children(parent)
            if child in depths and depths[child] <= depths[parent] and child != parent
        }
        if not deeper:
            break
        depths |= deeper
    return depths


def untagging(able: Abilities, policy: Policy) -> Untagging | None:
    """How single tags come off, by what the registry can do and by configuration; None when they cannot."""
    if policy.untag in {"auto", "native"} and able.tag_delete:
        return Untagging.NATIVE
    if policy.untag in {"auto", "placeholder"} and able.delete and able.push:
        return Untagging.PLACEHOLDER
    return None


def _plan(snapshot: Snapshot, steps: Sequence[Step], kept: Sequence[Kept]) -> Plan:
    going = {(step.repository, step.digest): place for place, step in enumerate(steps) if step.verb is Verb.DELETE}
    sizes: dict[Digest, int] = {}
    owners: dict[Digest, set[int]] = {}
    needed: set[Digest] = set()
    for view in snapshot.repositories.values():
        for digest, manifest in view.manifests.items():
            place = going.get((view.name, digest))
            if place is None:
                needed |= manifest.blobs.keys()
                continue
            sizes |= manifest.blobs
            for blob in manifest.blobs:
                owners.setdefault(blob, set()).add(place)
    freed = {digest: size for digest, size in sizes.items() if digest not in needed}
    return Plan(
        registry=snapshot.registry,
        steps=tuple(steps),
        kept=tuple(kept),
        notes=() if snapshot.whole else ("Only part of the registry was read, so the bytes are an upper bound.",),
        frees=sum(freed.values()),
        shares=tuple(shares(freed, {digest: frozenset(owners[digest]) for digest in freed})),
        exact=snapshot.whole and not any(view.unusable for view in snapshot.repositories.values()),
    )
