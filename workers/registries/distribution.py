"""Registry: the Distribution API as regclean uses it, over `calls`, in the core's words."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Final, Self

from workers.core.abilities import Abilities
from workers.core.digest import Digest
from workers.core.errors import BadManifest
from workers.core.manifest import OCI_INDEX, Descriptor, Manifest
from workers.core.names import Reference, RepositoryName, Tag
from workers.credentials import Anonymous
from workers.registries import api, blobs, probes, stored
from workers.registries.calls import Caller, Recheck
from workers.registries.endpoint import Endpoint
from workers.registries.logins import GetLogin
from workers.registries.pages import names, pages
from workers.registries.patience import Patience
from workers.registries.refusals import refused, wrong
from workers.registries.removal import remove
from workers.registries.stored import Stored
from workers.registries.transport import MayWrite

_MOST_REFERRERS: Final = 10_000
"""What may belong to one manifest; each is read later, so a list without an end is refused."""


class Registry:
    """One registry; safe for many calls at once on one event loop; close it, or use it in `async with`.

    Every method raises RegistryError when the registry could not do what was asked; its sentence says what to do.
    BadInput or Unavailable is raised when `login` could not be looked up. Methods that write also raise whatever
    `may_write` raises.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        login: GetLogin = Anonymous,
        *,
        may_write: MayWrite | None = None,
        patience: Patience | None = None,
    ) -> None:
        """Open nothing yet; raises BadInput when the endpoint's url, ca_file or proxy cannot be used."""
        self._caller = Caller(endpoint, login, may_write, patience)
        self._endpoint = endpoint

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._caller.aclose()

    async def ping(self) -> None:
        """Return when it answers as a registry to this login."""
        reply = await self._caller.call(api.ping())
        if reply.status != 200:
            raise refused(self._endpoint, reply)
        if reply.is_html:
            raise wrong(self._endpoint, reply, "a web page")

    async def clock(self) -> datetime | None:
        """What time it is there, in whole seconds; None where it does not say (RFC 9110, section 6.6.1)."""
        reply = await self._caller.call(api.ping())
        try:
            there = parsedate_to_datetime(reply.headers.get("date", ""))
        except (ValueError, TypeError, OverflowError):
            return None
        return there if there.tzinfo else there.replace(tzinfo=UTC)

    async def catalog(self) -> tuple[RepositoryName, ...]:
        """Every repository of all pages, sorted."""
        call = api.catalog()
        listed = await names(self._caller, call, "repositories", RepositoryName.parse)
        if listed is None:
            raise refused(self._endpoint, await self._caller.call(call))
        return tuple(sorted(set(listed)))

    async def tags(self, repository: RepositoryName) -> frozenset[Tag] | None:
        """Every tag of all pages; empty when the repository was emptied, None when it is unknown."""
        listed = await names(self._caller, api.tags(repository), "tags", Tag.parse)
        return None if listed is None else frozenset(listed)

    async def resolve(self, reference: Reference) -> Digest | None:
        """The digest the reference stands on; None when it is not there.

        Taken from Docker-Content-Digest; where that is missing, or the HEAD finds nothing (which has no body to tell
        whose 404 it is), the manifest is read instead.
        """
        reply = await self._caller.call(api.head_manifest(reference))
        if reply.status == 200:
            digest = stored.announced(self._endpoint, reply)
            if digest is not None and not reply.is_html:
                return digest
        elif reply.status != 404:
            raise refused(self._endpoint, reply)
        found = await self.manifest(reference)
        return found.manifest.digest if found else None

    async def manifest(self, reference: Reference) -> Stored | None:
        """The manifest or index with its exact bytes; None when it is not there.

        Its digest is the hash of the body, and equals what was asked for and what the registry announced.
        """
        reply = await self._caller.call(api.get_manifest(reference))
        if reply.is_missing:
            return None
        if reply.status != 200:
            raise refused(self._endpoint, reply)
        return stored.read(self._endpoint, reply, reference)

    async def blob(self, repository: RepositoryName, digest: Digest, limit: int) -> bytes:
        """A blob of at most `limit` bytes, such as an image's configuration; its hash is checked."""
        reply = await self._caller.call(api.get_blob(repository, digest, limit))
        if reply.status != 200:
            raise refused(self._endpoint, reply)
        if not digest.matches(reply.body):
            raise wrong(self._endpoint, reply, "other bytes")
        return reply.body

    async def blob_size(self, repository: RepositoryName, digest: Digest) -> int | None:
        """What a blob weighs there, as the registry says without sending it; None when it is not there."""
        return await blobs.size(self._caller, repository, digest)

    async def intact(self, repository: RepositoryName, digest: Digest, size: int) -> bool:
        """Whether a blob of `size` bytes can be read in full and is what its digest names; it is never held whole."""
        return await blobs.intact(self._caller, repository, digest, size)

    async def referrers(self, repository: RepositoryName, digest: Digest) -> tuple[Descriptor, ...]:
        """What has the digest as its subject; nothing where the registry has no referrers API."""
        found: list[Descriptor] = []
        async for page in pages(self._caller, api.referrers(repository, digest)):
            if page.status == 404:
                return ()
            if page.document is None:
                raise wrong(self._endpoint, page, "no index")
            try:
                found += Manifest.parse(page.body, OCI_INDEX).children
            except BadManifest as error:
                raise wrong(self._endpoint, page, "a broken index") from error
            if len(found) > _MOST_REFERRERS:
                raise wrong(self._endpoint, page, f"more than {_MOST_REFERRERS:,} referrers")
        return tuple(found)

    async def delete_manifest(
        self, repository: RepositoryName, digest: Digest, *, recheck: Recheck | None = None
    ) -> bool:
        """Delete a manifest, and with it **every tag of the repository on it**; False when it was gone already.

        The registry cannot be asked to delete only under a condition. So `recheck` is awaited before the request is
        sent again after a pause, and raises when it must not be.
        """
        return await remove(self._caller, Reference(repository, digest), recheck)

    async def delete_tag(self, repository: RepositoryName, tag: Tag, *, recheck: Recheck | None = None) -> bool:
        """Delete one tag only, where the registry can (see `abilities`); False when it was gone already."""
        return await remove(self._caller, Reference(repository, tag), recheck)

    async def put_manifest(
        self, reference: Reference, body: bytes, media_type: str, *, recheck: Recheck | None = None
    ) -> Digest:
        """Store a manifest under a tag or its digest; returns its digest. `recheck` as for `delete_manifest`."""
        reply = await self._caller.call(api.put_manifest(reference, body, media_type), recheck)
        if not reply.is_done:
            raise refused(self._endpoint, reply)
        announced = stored.announced(self._endpoint, reply)
        if announced is not None and not announced.matches(body):
            raise wrong(self._endpoint, reply, f"the digest {announced}, which is not that of the manifest,")
        return reference.digest or Digest.of(body)

    async def abilities(self, repository: RepositoryName, *, uploads: bool = True) -> Abilities:
        """What the registry lets this login do in that repository; nothing is changed by finding out.

        `uploads` False leaves out the probe that would make the folder of a repository that is not there.
        """
        return await probes.abilities(self._caller, repository, uploads=uploads)

    async def accepts_uploads(self, repository: RepositoryName) -> bool:
        """Whether it takes writes now: an upload is started and cancelled; False when it is read-only."""
        return await probes.accepts_uploads(self._caller, repository)
