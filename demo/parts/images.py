"""Sample images made in memory: the same words give the same bytes, so digests can be compared and shared."""

import hashlib
import json
import tarfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from typing import Any, Final

from demo.parts.stored_gzip import stored_gzip

DEFAULT_CREATED: Final = datetime(2024, 1, 15, 12, 0, tzinfo=UTC)
EMPTY_TYPE: Final = "application/vnd.oci.empty.v1+json"


class Flavour(Enum):
    """The two families of media types: manifest, index, config, layer."""

    DOCKER = (
        "application/vnd.docker.distribution.manifest.v2+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.container.image.v1+json",
        "application/vnd.docker.image.rootfs.diff.tar.gzip",
    )
    OCI = (
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.config.v1+json",
        "application/vnd.oci.image.layer.v1.tar+gzip",
    )

    @property
    def manifest(self) -> str:
        return self.value[0]

    @property
    def index(self) -> str:
        return self.value[1]

    @property
    def config(self) -> str:
        return self.value[2]

    @property
    def layer(self) -> str:
        return self.value[3]


ALL_MANIFEST_TYPES: Final = tuple(kind for flavour in Flavour for kind in (flavour.manifest, flavour.index))


@dataclass(frozen=True, slots=True)
class Layer:
    """A file system layer of one file: `size` bytes that do not compress; its blob is up to 2.2 kB larger."""

    name: str
    size: int

    @property
    def tar(self) -> bytes:
        content = hashlib.shake_256(self.name.encode()).digest(self.size)
        entry = tarfile.TarInfo(self.name.replace("/", "-"))
        entry.size = self.size
        return entry.tobuf(tarfile.USTAR_FORMAT) + content + bytes(-self.size % 512) + bytes(1024)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blob:
    """Bytes with a media type, as a descriptor names them."""

    media_type: str
    data: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        return digest_of(self.data)

    @property
    def size(self) -> int:
        return len(self.data)

    def descriptor(self) -> dict[str, Any]:
        return {"mediaType": self.media_type, "size": self.size, "digest": self.digest}


@dataclass(frozen=True, slots=True, kw_only=True)
class Image(Blob):
    """A manifest or an index, with the blobs and the child manifests that must be there before it is pushed."""

    blobs: tuple[Blob, ...] = ()
    children: tuple["Image", ...] = ()
    platform: str = ""

    @property
    def content(self) -> dict[str, Any]:
        """The manifest as parsed JSON."""
        parsed: dict[str, Any] = json.loads(self.data)
        return parsed


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """What makes one image differ from another besides its layers."""

    flavour: Flavour = Flavour.DOCKER
    created: datetime | None = DEFAULT_CREATED
    platform: str = "linux/amd64"
    labels: dict[str, str] = field(default_factory=dict)
    annotations: dict[str, str] = field(default_factory=dict)
    subject: Image | None = None


PLAIN: Final = Recipe()


def digest_of(data: bytes) -> str:
    return f"sha256:{hashlib.sha256(data).hexdigest()}"


def image(*layers: Layer, recipe: Recipe = PLAIN) -> Image:
    """An image of these layers, the lowest first."""
    tars = [layer.tar for layer in layers]
    config = Blob(media_type=recipe.flavour.config, data=_as_json(_config(recipe, tars)))
    blobs = [Blob(media_type=recipe.flavour.layer, data=stored_gzip(tar)) for tar in tars]
    content = {
        "schemaVersion": 2,
        "mediaType": recipe.flavour.manifest,
        "config": config.descriptor(),
        "layers": [blob.descriptor() for blob in blobs],
        **_extras(recipe),
    }
    return Image(
        media_type=recipe.flavour.manifest,
        data=_as_json(content),
        blobs=(config, *blobs),
        platform=recipe.platform,
    )


def index(*children: Image, recipe: Recipe = PLAIN) -> Image:
    """A manifest list or image index of these; without children it needs no blob at all."""
    content = {
        "schemaVersion": 2,
        "mediaType": recipe.flavour.index,
        "manifests": [_child(child) for child in children],
        **_extras(recipe),
    }
    return Image(media_type=recipe.flavour.index, data=_as_json(content), children=children)


def artifact(subject: Image, artifact_type: str, payload: bytes) -> Image:
    """An OCI artifact (a signature, an SBOM) about another manifest, named in its `subject`."""
    empty = Blob(media_type=EMPTY_TYPE, data=b"{}")
    blob = Blob(media_type=artifact_type, data=payload)
    content = {
        "schemaVersion": 2,
        "mediaType": Flavour.OCI.manifest,
        "artifactType": artifact_type,
        "config": empty.descriptor(),
        "layers": [blob.descriptor()],
        "subject": subject.descriptor(),
    }
    return Image(media_type=Flavour.OCI.manifest, data=_as_json(content), blobs=(empty, blob))


def referrers_index(*artifacts: Image) -> Image:
    """The index that clients keep under the subject's fallback tag where the referrers API is missing."""
    return index(*artifacts, recipe=Recipe(flavour=Flavour.OCI))


def fallback_tag(digest: str) -> str:
    """The tag of a subject's referrers index (OCI distribution spec, "Referrers Tag Schema")."""
    return digest.replace(":", "-")


def signature_tag(digest: str, kind: str = "sig") -> str:
    """The tag under which cosign keeps a signature (`sig`), an attestation (`att`) or an SBOM (`sbom`)."""
    return f"{fallback_tag(digest)}.{kind}"


def _config(recipe: Recipe, tars: list[bytes]) -> dict[str, Any]:
    system, architecture = recipe.platform.split("/", 1)
    created = {"created": recipe.created.isoformat().replace("+00:00", "Z")} if recipe.created else {}
    return {
        "architecture": architecture,
        "os": system,
        **created,
        "config": {"Cmd": ["/bin/true"], "Labels": recipe.labels},
        "rootfs": {"type": "layers", "diff_ids": [digest_of(tar) for tar in tars]},
        "history": [{**created, "created_by": f"layer {number}"} for number, _ in enumerate(tars)],
    }


def _extras(recipe: Recipe) -> dict[str, Any]:
    subject = {"subject": recipe.subject.descriptor()} if recipe.subject else {}
    return subject | ({"annotations": recipe.annotations} if recipe.annotations else {})


def _child(child: Image) -> dict[str, Any]:
    if not child.platform:
        return child.descriptor()
    system, architecture = child.platform.split("/", 1)
    return child.descriptor() | {"platform": {"os": system, "architecture": architecture}}


def _as_json(content: dict[str, Any]) -> bytes:
    return json.dumps(content, indent=3).encode()
