"""Manifests and indexes as registries store them: the four media types, and schema1 recognised so as to be refused.

OCI image spec "Image Manifest" and "Image Index"; Docker "Image Manifest Version 2, Schema 2".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from workers.core.digest import Digest
from workers.core.errors import BadManifest, BadName

OCI_MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX: Final = "application/vnd.oci.image.index.v1+json"
DOCKER_MANIFEST: Final = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST: Final = "application/vnd.docker.distribution.manifest.list.v2+json"
SCHEMA1: Final = frozenset(
    {
        "application/vnd.docker.distribution.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    }
)
# All four together, always: with fewer a registry converts on the fly, and answers with a digest that is not stored.
ACCEPTED: Final = (OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST)
_INDEXES: Final = frozenset({OCI_INDEX, DOCKER_LIST})


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """What points at content: its digest, size in bytes and media type."""

    digest: Digest
    size: int
    media_type: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest or an index, read from its exact bytes.

    `size` is the body's length in bytes. An index has `children` and neither `config` nor `layers`.
    """

    digest: Digest
    size: int
    media_type: str
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    children: tuple[Descriptor, ...] = ()
    subject: Digest | None = None

    @property
    def is_index(self) -> bool:
        return self.media_type in _INDEXES

    @property
    def is_schema1(self) -> bool:
        return self.media_type in SCHEMA1

    @property
    def blobs(self) -> Mapping[Digest, int]:
        """Every blob on disk that this manifest alone accounts for: itself, its config, its layers; in bytes."""
        parts = (self.config, *self.layers) if self.config else self.layers
        return {self.digest: self.size} | {part.digest: part.size for part in parts}

    @classmethod
    def parse(cls, body: bytes, media_type: str = "") -> Self:
        """Read a body; `media_type` is the Content-Type it came with, parameters allowed.

        The digest is always the hash of the body. Raises BadManifest.
        """
        document = _document(body)
        kind = media_type.partition(";")[0].strip().lower() or _guess(document)
        subject = document.get("subject")
        return cls(
            digest=Digest.of(body),
            size=len(body),
            media_type=kind,
            config=_descriptor(document["config"]) if isinstance(document.get("config"), dict) else None,
            layers=() if kind in SCHEMA1 else _descriptors(document.get("layers")),
            children=_descriptors(document.get("manifests")) if kind in _INDEXES else (),
            subject=_descriptor(subject).digest if isinstance(subject, dict) else None,
        )


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadManifest("The registry sent a manifest that is not JSON.") from error
    if not isinstance(document, dict):
        raise BadManifest("The registry sent a manifest that is not a JSON object.")
    return document


def _guess(document: Mapping[str, Any]) -> str:
    declared = document.get("mediaType")
    if isinstance(declared, str) and declared:
        return declared.lower()
    if document.get("schemaVersion") == 1:
        return "application/vnd.docker.distribution.manifest.v1+prettyjws"
    return OCI_INDEX if "manifests" in document else OCI_MANIFEST


def _descriptors(items: object) -> tuple[Descriptor, ...]:
    if items is None:
        return ()
    if not isinstance(items, list):
        raise BadManifest("The registry sent a manifest whose list of descriptors is not a list.")
    return tuple(_descriptor(item) for item in items)


def _descriptor(item: object) -> Descriptor:
    if not isinstance(item, dict):
        raise BadManifest("The registry sent a manifest with a descriptor that is not an object.")
    size = item.get("size", 0)
    if not isinstance(size, int) or isinstance(size, bool) or size < 0:
        raise BadManifest("The registry sent a manifest with a descriptor without a proper size.")
    try:
        digest = Digest.parse(str(item.get("digest", "")))
    except BadName as error:
        raise BadManifest("The registry sent a manifest with a descriptor without a proper digest.") from error
    return Descriptor(digest=digest, size=size, media_type=str(item.get("mediaType", "")))
