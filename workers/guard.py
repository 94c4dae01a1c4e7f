"""Guard: what must still be true before a step; re-read from Redis and from the registry each time."""

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from workers.core.approval import Approval, KeyRing
from workers.core.digest import Digest
from workers.core.errors import NotAuthentic
from workers.core.manifest import Manifest
from workers.core.names import Reference, RepositoryName, Tag
from workers.core.plan import Plan, Step, Verb
from workers.core.request import Request, State
from workers.reading import Reader

_FRESH: Final = 60.0
"""Seconds for which a reading of a repository's tags is trusted; names not seen in it are read before each step."""


class Halt(Exception):  # noqa: N818 - a reason to stop, not an error
    """No further step may start; `state` is what the request becomes, None when another attempt goes on."""

    def __init__(self, state: State | None, why: str = "") -> None:
        super().__init__(why)
        self.state = state
        self.why = why


def check_approval(request: Request, plan: Plan, keys: KeyRing) -> Approval:
    """The approval, proved to be for exactly this plan; raises NotAuthentic."""
    approval = request.approval
    if approval is None:
        raise NotAuthentic("The request was never approved.")
    keys.verify(approval.message, approval.signature)
    bound = (approval.request, approval.registry, approval.fingerprint)
    if bound != (request.id, request.registry, plan.fingerprint) or plan.registry != request.registry:
        raise NotAuthentic("The approval is for another plan than the one that is stored.")
    if request.requester in approval.approvers:
        raise NotAuthentic("The request was approved by its own requester.")
    return approval


def check_request(request: Request, now: datetime) -> None:
    """Raise Halt when the request was cancelled, has expired, or is not running any more."""
    if request.cancelling:
        raise Halt(State.CANCELLED)
    if request.state is not State.RUNNING:
        raise Halt(None, f"{request.id} is {request.state.value}.")
    if request.approval is None or now >= request.approval.expires_at:
        raise Halt(State.EXPIRED, "The approval ran out before the work was done.")


@dataclass(slots=True)
class Sight:
    """One repository as last read, while steps change it.

    `planned` are the digests that the plan deletes here: an index among them does not hold its children.
    """

    reader: Reader
    name: RepositoryName
    planned: frozenset[Digest]
    clock: Callable[[], float] = time.monotonic
    _tags: dict[Tag, Digest | None] = field(default_factory=dict)
    _manifests: dict[Digest, Manifest] = field(default_factory=dict)
    _read_at: float | None = None
    _one_at_a_time: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def look(self, step: Step) -> "Seen":
        """What stands between this step and its digest now; raises RegistryError."""
        async with self._one_at_a_time:
            listed = await self.reader.registry.tags(self.name) or frozenset()
            stale = self._read_at is None or self.clock() - self._read_at > _FRESH
            doubtful = listed if stale else listed - self._tags.keys()
            await self._read(doubtful | (listed & set(step.tags)))
            if stale:
                self._read_at = self.clock()
            for gone in self._tags.keys() - listed:
                del self._tags[gone]
        return self._seen(step)

    async def _read(self, tags: frozenset[Tag]) -> None:
        ordered = sorted(tags)
        found = await asyncio.gather(*(self.reader.registry.resolve(Reference(self.name, tag)) for tag in ordered))
        self._tags |= dict(zip(ordered, found, strict=True))
        unknown = {digest for digest in found if digest and digest not in self._manifests}
        while unknown:
            read = await asyncio.gather(*(self.reader.named(self.name, digest) for digest in sorted(unknown)))
            more = {manifest.digest: manifest for manifest in read if manifest}
            self._manifests |= more
            indexes = (child for each in more.values() for child in each.children if each.is_index)
            nested = {child.digest for child in indexes if "index" in child.media_type or "list" in child.media_type}
            unknown = nested - self._manifests.keys() - unknown

    def _seen(self, step: Step) -> "Seen":
        standing = {tag for tag, digest in self._tags.items() if digest == step.digest}
        hex_name = f"{step.digest.algorithm}-{step.digest.hex}"
        return Seen(
            moved={tag: self._tags.get(tag) for tag in step.tags if tag not in standing},
            unplanned=tuple(sorted(standing - set(step.tags))),
            holder=next((tag for tag in sorted(self._tags) if self._holds(tag, step.digest)), None),
            companion=next(
                (tag for tag in sorted(self._tags) if tag.name.startswith(hex_name) and not self._goes(tag)), None
            ),
        )

    def _goes(self, tag: Tag) -> bool:
        return self._tags[tag] in self.planned

    def _holds(self, tag: Tag, digest: Digest) -> bool:
        """Whether the tag's index stays and contains the digest, directly or through another index."""
        top = self._tags[tag]
        if top is None or top in self.planned:
            return False
        seen: set[Digest] = set()
        todo = [top]
        while todo:
            manifest = self._manifests.get(todo.pop())
            children = [child.digest for child in manifest.children] if manifest else []
            if digest in children:
                return True
            todo += [child for child in children if child not in seen]
            seen.update(children)
        return False


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """`moved`: the step's tags that stand elsewhere now, None for those that are gone. The rest is what nobody planned.

    `unplanned`: tags put on the digest since. `holder`: a tag whose index contains it. `companion`: a signature's tag.
    """

    moved: Mapping[Tag, Digest | None]
    unplanned: tuple[Tag, ...]
    holder: Tag | None
    companion: Tag | None

    @property
    def needed_by(self) -> str:
        """Why the digest has to stay, in a clause; empty when nothing new needs it."""
        if self.unplanned:
            return f"{self.unplanned[0]} was put on it after the plan was made"
        if self.holder:
            return f"the index {self.holder}, which was not planned, contains it"
        if self.companion:
            return f"{self.companion}, which was not planned, belongs to it"
        return ""


def planned_digests(plan: Plan, name: RepositoryName) -> frozenset[Digest]:
    return frozenset(step.digest for step in plan.steps if step.repository == name and step.verb is Verb.DELETE)
