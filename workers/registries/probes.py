"""Asking a registry what it can do, by requests that change nothing."""

import secrets

from workers.core.abilities import Abilities
from workers.core.digest import Digest
from workers.core.names import Reference, RepositoryName, Tag
from workers.registries import api
from workers.registries.calls import Caller
from workers.registries.links import own_target
from workers.registries.refusals import is_read_only, not_allowed, not_supported, refused, wrong
from workers.registries.reply import Reply

_RANDOM_BYTES = 32


async def abilities(caller: Caller, repository: RepositoryName, *, uploads: bool = True) -> Abilities:
    """What may be done in that repository: seen by deleting a digest and a tag that cannot exist, and by an upload.

    Without `uploads` none is tried, and `push` is False: in a repository that is not there it would make its folder.

    Raises:
        RegistryError: an answer says neither yes nor no.
    """
    by_digest = await _try_delete(caller, Reference(repository, Digest.of(secrets.token_bytes(_RANDOM_BYTES))))
    if is_read_only(by_digest):
        why_not = not_supported(caller.endpoint, by_digest)
        return Abilities(delete=False, tag_delete=False, push=False, why_not=why_not)
    by_tag = await _try_delete(caller, Reference(repository, Tag(f"regclean-probe-{secrets.token_hex(_RANDOM_BYTES)}")))
    return Abilities(
        delete=_works(by_digest),
        tag_delete=_works(by_tag),
        push=uploads and await _may_push(caller, repository),
        why_not="" if _works(by_digest) else _why_not(caller, by_digest),
    )


async def accepts_uploads(caller: Caller, repository: RepositoryName) -> bool:
    """Whether an upload may be started; one that was is cancelled, and leaves nothing behind.

    Raises:
        RegistryError: the answer says neither, or the upload could not be cancelled.
    """
    reply = await _try_upload(caller, repository)
    if reply.status in {202, 405}:
        return reply.status == 202
    raise refused(caller.endpoint, reply)


async def _try_delete(caller: Caller, reference: Reference) -> Reply:
    reply = await caller.call(api.delete_manifest(reference))
    if _works(reply) or reply.status in {401, 403, 405} or (reply.status < 500 and reply.codes):
        return reply
    raise refused(caller.endpoint, reply)


def _works(reply: Reply) -> bool:
    return reply.is_done or reply.is_missing


def _why_not(caller: Caller, reply: Reply) -> str:
    if reply.status in {401, 403}:
        return not_allowed(caller.endpoint, reply)
    if reply.status == 405 or "UNSUPPORTED" in reply.codes:
        return not_supported(caller.endpoint, reply)
    return str(refused(caller.endpoint, reply))


async def _may_push(caller: Caller, repository: RepositoryName) -> bool:
    reply = await _try_upload(caller, repository)
    if reply.status == 202:
        return True
    if reply.status in {401, 403, 405} or "UNSUPPORTED" in reply.codes:
        return False
    raise refused(caller.endpoint, reply)


async def _try_upload(caller: Caller, repository: RepositoryName) -> Reply:
    """Start an upload, and cancel it if that worked."""
    reply = await caller.call(api.start_upload(repository))
    if reply.status == 202:
        await _cancel(caller, repository, reply)
    return reply


async def _cancel(caller: Caller, repository: RepositoryName, started: Reply) -> None:
    target = own_target(started.url, started.headers.get("location", ""))
    if target is None or not started.headers.get("location"):
        raise wrong(caller.endpoint, started, "no address at which the upload can be cancelled")
    reply = await caller.call(api.cancel_upload(repository, target))
    if not _works(reply):
        raise refused(caller.endpoint, reply)
