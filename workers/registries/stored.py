"""Stored: a manifest as a registry gave it, checked to be the bytes that its digest names."""

from dataclasses import dataclass, field

from workers.core.digest import Digest
from workers.core.errors import BadManifest, BadName
from workers.core.manifest import Manifest
from workers.core.names import Reference
from workers.registries.endpoint import Endpoint
from workers.registries.refusals import wrong
from workers.registries.reply import Reply


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A manifest with its exact bytes and the Content-Type they came with: what it takes to PUT it again.

    A schema1 manifest (`manifest.is_schema1`) is the exception: its digest is that of its payload, not of its body, so
    `manifest.digest` must not be used for it.
    """

    manifest: Manifest
    body: bytes = field(repr=False)
    media_type: str


def read(endpoint: Endpoint, reply: Reply, reference: Reference) -> Stored:
    """Read the answer to a GET.

    Raises:
        RegistryError: it is not a manifest, or the hash of its body is not the digest that was asked for or announced.
    """
    media_type = reply.headers.get("content-type", "")
    if reply.is_html:
        raise wrong(endpoint, reply, "a web page")
    try:
        manifest = Manifest.parse(reply.body, media_type)
    except BadManifest as error:
        raise wrong(endpoint, reply, "what is no manifest") from error
    if not manifest.is_schema1:
        for digest in (reference.digest, announced(endpoint, reply)):
            if digest is not None and not digest.matches(reply.body):
                raise wrong(endpoint, reply, f"other bytes than those of {digest}")
    return Stored(manifest=manifest, body=reply.body, media_type=media_type)


def announced(endpoint: Endpoint, reply: Reply) -> Digest | None:
    """The digest in Docker-Content-Digest; None without that header.

    Raises:
        RegistryError: the header holds no digest.
    """
    header = reply.headers.get("docker-content-digest")
    if header is None:
        return None
    try:
        return Digest.parse(header)
    except BadName as error:
        raise wrong(endpoint, reply, "a Docker-Content-Digest that is no digest") from error
