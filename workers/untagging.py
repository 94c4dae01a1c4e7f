"""Untagging: take one tag off and leave its manifest, natively or by a throw-away manifest pushed over the tag."""

import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import Any, Final

from workers.core.digest import Digest
from workers.core.errors import NotAuthentic
from workers.core.manifest import OCI_INDEX
from workers.core.names import Reference, RepositoryName, Tag
from workers.core.outcome import Result
from workers.core.plan import Untagging
from workers.crossing import Crossing
from workers.registries.distribution import Registry

Announce = Callable[[Digest], Awaitable[None]]
_ANNOTATION: Final = "io.regclean.placeholder"


def throw_away() -> bytes:
    """The lightest manifest there is, an empty OCI index; unique, or every tag on its digest would go with it."""
    document = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [],
        "annotations": {_ANNOTATION: secrets.token_hex(16)},
    }
    return json.dumps(document).encode()


def is_throw_away(body: bytes) -> bool:
    """Whether these bytes are a throw-away manifest of ours, with nothing in it that anybody could miss."""
    try:
        document = json.loads(body)
    except (ValueError, RecursionError):
        return False
    if not isinstance(document, dict) or not isinstance(annotations := document.get("annotations"), dict):
        return False
    ours: dict[str, Any] = json.loads(throw_away())
    expected = {**ours, "annotations": {_ANNOTATION: annotations.get(_ANNOTATION)}}
    return bool(document == expected)


@dataclass(frozen=True, slots=True)
class Untagger:
    """`announce` saves a throw-away manifest's digest before it is pushed, so that a tag on it is known to be ours."""

    registry: Registry
    repository: RepositoryName
    announce: Announce
    crossing: Crossing

    async def take_off(self, tag: Tag, digest: Digest | None, how: Untagging) -> Result:
        """Take the tag off; it was on `digest` a moment ago, None for a tag with no manifest.

        GONE also when it goes while we try: by somebody else, or by a call of ours whose answer was lost. Raises Moved,
        RegistryError.
        """
        try:
            return await self._take_off(tag, digest, how)
        except Moved as moved:
            if moved.now is None:
                return Result.GONE
            raise

    async def _take_off(self, tag: Tag, digest: Digest | None, how: Untagging) -> Result:
        if how is Untagging.NATIVE:
            deleted = await self.registry.delete_tag(self.repository, tag, recheck=lambda: self._expect(tag, {digest}))
            return Result.DONE if deleted else Result.GONE
        async with self.crossing.alone():
            return await self._cover(tag, digest)

    async def _cover(self, tag: Tag, digest: Digest | None) -> Result:
        body = throw_away()
        placeholder = Digest.of(body)
        await self.announce(placeholder)
        await self._expect(tag, {digest})
        # A first PUT whose answer was lost may have worked, so the throw-away manifest itself is expected too.
        await self.registry.put_manifest(
            Reference(self.repository, tag),
            body,
            OCI_INDEX,
            recheck=lambda: self._expect(tag, {digest, placeholder}),
        )
        await self.finish(placeholder)
        return Result.DONE

    async def finish(self, placeholder: Digest) -> None:
        """Remove a throw-away manifest, and with it the tag it was pushed over."""
        await self.registry.delete_manifest(self.repository, placeholder)

    async def stands(self, tags: Sequence[Tag], placeholder: Digest) -> bool:
        """Whether the throw-away manifest is under one of the tags."""
        return placeholder in [await self.registry.resolve(Reference(self.repository, tag)) for tag in tags]

    async def ended(self, tags: Sequence[Tag], placeholder: Digest) -> bool:
        """End what an earlier attempt began: its throw-away manifest goes, with the tag it is under.

        Whether the tags are off now. Raises RegistryError, and NotAuthentic when an image stands where it should.
        """
        stand = [await self.registry.resolve(Reference(self.repository, tag)) for tag in tags]
        if placeholder in stand:
            await self._refuse_image(placeholder)
            await self.finish(placeholder)
        return placeholder in stand or all(digest is None for digest in stand)

    async def _refuse_image(self, placeholder: Digest) -> None:
        """Redis says that this is a throw-away manifest, and is not believed: nobody approved that an image goes."""
        stored = await self.registry.manifest(Reference(self.repository, placeholder))
        if stored is not None and not is_throw_away(stored.body):
            name = f"{self.repository}@{placeholder.algorithm}:{placeholder.short}"
            raise NotAuthentic(f"Redis names {name} as one of our throw-away manifests.")

    async def _expect(self, tag: Tag, digests: AbstractSet[Digest | None]) -> None:
        now = await self.registry.resolve(Reference(self.repository, tag))
        if now not in digests:
            raise Moved(tag, now)


class Moved(Exception):  # noqa: N818 - it happens, and is reported
    """The tag stands on something else than was planned."""

    def __init__(self, tag: Tag, now: Digest | None) -> None:
        super().__init__(moved_to(tag, now))
        self.now = now


def moved_to(tag: Tag, now: Digest | None) -> str:
    """A clause saying where a tag went."""
    return f"{tag} is gone already" if now is None else f"{tag} moved to {now.algorithm}:{now.short}"
