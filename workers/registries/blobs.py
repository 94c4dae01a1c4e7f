"""Blobs as a registry serves them: what they weigh, and whether their bytes are those their digests name."""

import hashlib
from typing import Final

from workers.core.digest import Digest
from workers.core.names import RepositoryName
from workers.registries import api
from workers.registries.calls import Caller
from workers.registries.failures import CutShortError
from workers.registries.refusals import refused, wrong
from workers.registries.reply import BODY_LIMIT

_SLOWEST: Final = 1_000_000
"""Bytes a second below which a blob is not waited for; the endpoint's own timeout is for its beginning."""


async def size(caller: Caller, repository: RepositoryName, digest: Digest) -> int | None:
    """What the registry says a blob weighs, by HEAD; None when it is not there."""
    reply = await caller.call(api.head_blob(repository, digest))
    if reply.is_missing:
        return None
    if reply.status != 200:
        raise refused(caller.endpoint, reply)
    length = reply.headers.get("content-length", "")
    if reply.is_html or not (length.isascii() and length.isdigit()):
        raise wrong(caller.endpoint, reply, "no size")
    return int(length)


async def intact(caller: Caller, repository: RepositoryName, digest: Digest, size: int) -> bool:
    """Whether the blob comes in full and is what its digest names; its parts are hashed and forgotten.

    False when it is not there, is longer or shorter than `size` bytes, or breaks off at every attempt.
    """
    try:
        return await caller.repeat(lambda: _read(caller, repository, digest, size))
    except (CutShortError, TooLongError):
        return False


async def _read(caller: Caller, repository: RepositoryName, digest: Digest, size: int) -> bool:
    seen = _Seen(digest, size)
    # Refusals and web pages are longer than a small blob, and have to be read to be told from it.
    call = api.get_blob(repository, digest, size + 2 * BODY_LIMIT, extra=size / _SLOWEST)
    reply = await caller.once(call, seen.take)
    if reply.is_missing:
        return False
    if reply.status != 200 or (reply.is_html and not seen.is_whole):
        raise refused(caller.endpoint, reply)
    return seen.is_whole


class TooLongError(Exception):
    """The blob has more bytes than it should."""


class _Seen:
    """What has arrived of a blob: its length and its hash."""

    def __init__(self, digest: Digest, size: int) -> None:
        self._digest = digest
        self._left = size
        self._hash = hashlib.new(digest.algorithm)

    def take(self, part: bytes) -> None:
        self._left -= len(part)
        if self._left < -BODY_LIMIT:
            raise TooLongError
        self._hash.update(part)

    @property
    def is_whole(self) -> bool:
        return self._left == 0 and self._hash.hexdigest() == self._digest.hex
