"""Manifests and indexes as registries store them: the four media types, and schema1 recognised so as to be refused.

OCI image spec "Image Manifest" and "Image Index"; Docker "Image Manifest Version 2, Schema 2".
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

from workers.core.digest import Digest
from workers.core.echo import echo
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
_KNOWN: Final = SCHEMA1 | frozenset(ACCEPTED)
_OF_AN_INDEX: Final = ("manifests",)
_OF_AN_IMAGE: Final = ("config", "layers")
_ELSEWHERE: Final = ("foreign", "nondistributable")
_LARGEST: Final = 2**63 - 1
"""Sizes are int64 (OCI image spec, "Content Descriptors")."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Descriptor:
    """What points at content: its digest, size in bytes and media type."""

    digest: Digest
    size: int
    media_type: str = ""

    @property
    def is_manifest(self) -> bool:
        """Whether a manifest is what it points at: build caches are indexes whose entries are layers."""
        return not self.media_type or "manifest" in self.media_type or "index" in self.media_type

    @property
    def is_elsewhere(self) -> bool:
        """Whether clients get it from somewhere else, so that the registry need not have it.

        OCI image spec, "Non-Distributable Layers"; Docker "Image Manifest Version 2, Schema 2", foreign layers.
        """
        return any(word in self.media_type for word in _ELSEWHERE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """A manifest or an index, read from its exact bytes.

    `size` is the body's length in bytes. An index has `children` and no `config`; `layers` only if it lists blobs.
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

    @property
    def elsewhere(self) -> frozenset[Digest]:
        """The blobs that need not be in the registry."""
        return frozenset(layer.digest for layer in self.layers if layer.is_elsewhere)

    @classmethod
    def parse(cls, body: bytes, media_type: str = "") -> Self:
        """Read a body; `media_type` is the Content-Type it came with, parameters allowed.

        The digest is always the hash of the body. Raises BadManifest.
        """
        document = _document(body)
        kind = _kind(document, media_type)
        if kind in SCHEMA1:
            return cls(digest=Digest.of(body), size=len(body), media_type=kind)
        subject = _optional(document.get("subject"))
        entries = _descriptors(document.get("manifests"))
        return cls(
            digest=Digest.of(body),
            size=len(body),
            media_type=kind,
            config=_optional(document.get("config")),
            layers=_descriptors(document.get("layers")) + tuple(each for each in entries if not each.is_manifest),
            children=tuple(each for each in entries if each.is_manifest),
            subject=subject.digest if subject else None,
        )


def _document(body: bytes) -> Mapping[str, Any]:
    try:
        document = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BadManifest("The registry sent a manifest that is not JSON.") from error
    if not isinstance(document, dict):
        raise BadManifest("The registry sent a manifest that is not a JSON object.")
    return document


def _kind(document: Mapping[str, Any], content_type: str) -> str:
    """The media type, which must fit the body: an index taken for an image would lose its children.

    Proxies and object stores answer with types of their own, such as application/json; then the body says it.
    """
    sent, declared = _plain(content_type), _plain(document.get("mediaType"))
    kind = sent if sent in _KNOWN else declared or _guess(document)
    if kind not in _KNOWN:
        raise BadManifest(f"The registry sent a manifest of the type “{echo(kind)}”, which regclean does not know.")
    foreign = _OF_AN_IMAGE if kind in _INDEXES else _OF_AN_INDEX
    if any(document.get(key) is not None for key in foreign):
        raise BadManifest(f"The registry sent a manifest whose content does not fit its type, {kind}.")
    return kind


def _plain(media_type: object) -> str:
    """Lower case, without parameters (RFC 9110, section 8.3.1)."""
    return media_type.partition(";")[0].strip().lower() if isinstance(media_type, str) else ""


def _guess(document: Mapping[str, Any]) -> str:
    if document.get("schemaVersion") == 1:
        return "application/vnd.docker.distribution.manifest.v1+prettyjws"
    return OCI_INDEX if "manifests" in document else OCI_MANIFEST


def _optional(item: object) -> Descriptor | None:
    return None if item is None else _descriptor(item)


def _descriptors(items: object) -> tuple[Descriptor, ...]:
    if items is None:
        return ()
    if not isinstance(items, list):
        raise BadManifest("The registry sent a manifest whose list of descriptors is not a list.")
    return tuple(_descriptor(item) for item in items)


def _descriptor(item: object) -> Descriptor:
    if not isinstance(item, dict):
        raise BadManifest("The registry sent a manifest with a descriptor that is not an object.")
    size, digest = item.get("size", 0), item.get("digest")
    if not isinstance(size, int) or isinstance(size, bool) or not 0 <= size <= _LARGEST:
        raise BadManifest("The registry sent a manifest with a descriptor without a proper size.")
    try:
        found = Digest.parse(digest if isinstance(digest, str) else "")
    except BadName as error:
        raise BadManifest("The registry sent a manifest with a descriptor without a proper digest.") from error
    return Descriptor(digest=found, size=size, media_type=_plain(item.get("mediaType")))
