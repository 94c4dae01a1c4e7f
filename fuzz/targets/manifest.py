"""Manifests and indexes, as a registry sends them."""

from typing import Any, Final

from fuzz import checks
from fuzz.target import Target, chosen, json_seed
from workers.core.digest import Digest
from workers.core.errors import BadManifest
from workers.core.manifest import ACCEPTED, DOCKER_LIST, DOCKER_MANIFEST, OCI_INDEX, OCI_MANIFEST, SCHEMA1, Manifest

_TYPES: Final = (
    "",
    *ACCEPTED,
    *sorted(SCHEMA1),
    "application/json",
    "Text/HTML; charset=utf-8",
    f"{OCI_INDEX.upper()};a",
)
_HEX: Final = "a1" * 32
_BLOB: Final = {"digest": f"sha256:{_HEX}", "size": 7, "mediaType": "application/vnd.oci.image.layer.v1.tar+gzip"}
_CHILD: Final = {"digest": f"sha512:{_HEX}{_HEX}", "size": 2**63 - 1, "mediaType": OCI_MANIFEST}


def run(data: bytes) -> None:
    media_type, body = chosen(data, _TYPES)
    try:
        found = Manifest.parse(body, media_type)
    except BadManifest as error:
        checks.said(error)
        return
    assert found.digest == Digest.of(body)
    assert found.size == len(body)
    assert found.media_type in {*ACCEPTED, *SCHEMA1}
    assert not (found.is_index and found.config)
    assert all(0 <= size < 2**63 for size in found.blobs.values())
    assert found.elsewhere <= set(found.blobs)
    for each in (*found.layers, *found.children):
        assert Digest.parse(str(each.digest)) == each.digest


_IMAGE: Final = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": _BLOB, "layers": [_BLOB, _BLOB]}
_INDEX: Final = {"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": [_CHILD, _BLOB], "subject": _CHILD}

_DOCUMENTS: Final[tuple[dict[str, Any], ...]] = (
    _IMAGE,
    _INDEX,
    {**_IMAGE, "mediaType": DOCKER_MANIFEST, "subject": _BLOB},
    {**_INDEX, "mediaType": DOCKER_LIST},
    {"schemaVersion": 1, "fsLayers": [], "signatures": []},
    {"manifests": None, "layers": []},
)
TARGET: Final = Target(
    holds="BadManifest in one short sentence, or a manifest whose digest is its body's hash and whose sizes are int64",
    run=run,
    seeds=tuple(json_seed(kind, document) for kind in range(len(_TYPES)) for document in _DOCUMENTS),
    longest=4096,
    words=("schemaVersion", "mediaType", "manifests", "layers", "config", "subject", "digest", "size", *ACCEPTED),
    of_json=True,
)
