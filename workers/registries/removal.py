"""Deleting by digest or by tag, so that an answer is only believed when it can be."""

from dataclasses import dataclass

from workers.core.errors import RegistryError
from workers.core.names import Reference, Tag
from workers.registries import api
from workers.registries.calls import Caller, Recheck
from workers.registries.pages import names
from workers.registries.refusals import refused


async def remove(caller: Caller, reference: Reference, recheck: Recheck | None = None) -> bool:
    """True when this deleted it, False when it was gone already.

    A registry may delete and still answer 500 (distribution does, when another tag's link is empty), or its answer may
    get lost: then what is there is read before anything is believed or repeated.

    Raises:
        RegistryError: it could not be deleted, or whether it was is not known.
    """
    return await caller.repeat(_Removal(caller, reference).once, recheck)


@dataclass(slots=True)
class _Removal:
    caller: Caller
    reference: Reference
    is_unclear: bool = False

    async def once(self) -> bool:
        try:
            reply = await self.caller.once(api.delete_manifest(self.reference))
        except RegistryError as error:
            if not _may_have_worked(error):
                raise
            self.is_unclear = True
            if await _is_gone(self.caller, self.reference):
                return True
            raise
        if reply.is_done:
            return True
        if reply.is_missing:
            return self.is_unclear
        raise refused(self.caller.endpoint, reply)


def _may_have_worked(error: RegistryError) -> bool:
    status = error.answer.status
    return error.retryable and (status is None or status >= 500)


async def _is_gone(caller: Caller, reference: Reference) -> bool:
    """Whether a GET no longer finds it; a tag must be off the list too: without its manifest it is not found either."""
    reply = await caller.once(api.get_manifest(reference))
    if not reply.is_missing:
        return False
    if reference.tag is None:
        return True
    listed = await names(caller, api.tags(reference.repository), "tags", Tag.parse)
    return reference.tag not in (listed or ())
