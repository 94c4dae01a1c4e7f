"""Manifests: what is read from a registry's bytes, and what is refused."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests import sentences
from workers.core.digest import Digest
from workers.core.errors import BadManifest
from workers.core.manifest import (
    ACCEPTED,
    DOCKER_LIST,
    DOCKER_MANIFEST,
    OCI_INDEX,
    OCI_MANIFEST,
    SCHEMA1,
    Manifest,
)

CONFIG, LAYER, CHILD, SUBJECT = (Digest.of(word) for word in (b"config", b"layer", b"child", b"subject"))
LARGEST = 2**63 - 1


def descriptor(digest: Digest = LAYER, size: object = 7, **more: object) -> dict[str, Any]:
    return {"digest": str(digest), "size": size, **more}


def image(**more: object) -> dict[str, Any]:
    return {"schemaVersion": 2, "config": descriptor(CONFIG, 3), "layers": [descriptor(LAYER, 7)]} | more


def index(**more: object) -> dict[str, Any]:
    return {"schemaVersion": 2, "manifests": [descriptor(CHILD, 5)]} | more


def body(document: object) -> bytes:
    return json.dumps(document).encode()


@pytest.mark.parametrize("kind", [OCI_MANIFEST, DOCKER_MANIFEST])
def test_an_image_has_a_config_and_layers(kind: str) -> None:
    made = Manifest.parse(body(image()), kind)
    assert made.media_type == kind
    assert made.config
    assert made.config.digest == CONFIG
    assert [layer.digest for layer in made.layers] == [LAYER]
    assert (made.children, made.is_index, made.is_schema1, made.subject) == ((), False, False, None)


@pytest.mark.parametrize("kind", [OCI_INDEX, DOCKER_LIST])
def test_an_index_has_children(kind: str) -> None:
    made = Manifest.parse(body(index()), kind)
    assert made.media_type == kind
    assert [child.digest for child in made.children] == [CHILD]
    assert (made.config, made.layers, made.is_index, made.is_schema1) == (None, (), True, False)


def test_an_index_of_a_build_cache_has_blobs_and_no_children() -> None:
    entries = [
        descriptor(LAYER, 7, mediaType="application/vnd.oci.image.layer.v1.tar+gzip"),
        descriptor(CONFIG, 3, mediaType="application/vnd.buildkit.cacheconfig.v0"),
        descriptor(CHILD, 5, mediaType=OCI_MANIFEST),
        descriptor(SUBJECT, 6, mediaType=DOCKER_LIST),
    ]
    made = Manifest.parse(body(index(manifests=entries)), OCI_INDEX)
    assert [child.digest for child in made.children] == [CHILD, SUBJECT]
    assert dict(made.blobs) == {made.digest: made.size, LAYER: 7, CONFIG: 3}


@pytest.mark.parametrize(
    "kind",
    [
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip",
        "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
    ],
)
def test_a_layer_that_clients_get_elsewhere_need_not_be_there(kind: str) -> None:
    made = Manifest.parse(body(image(layers=[descriptor(LAYER, mediaType=kind), descriptor(CHILD)])), OCI_MANIFEST)
    assert made.elsewhere == {LAYER}


@pytest.mark.parametrize("kind", sorted(SCHEMA1))
def test_schema1_is_recognised_and_nothing_in_it_is_trusted(kind: str) -> None:
    made = Manifest.parse(body({"schemaVersion": 1, "layers": "?", "config": [], "subject": 2}), kind)
    assert (made.media_type, made.is_schema1, made.is_index) == (kind, True, False)
    assert (made.config, made.layers, made.children, made.subject) == (None, (), (), None)


KINDS = {
    "with parameters": (image(), f"{OCI_MANIFEST}; charset=utf-8", OCI_MANIFEST),
    "with spaces and in upper case": (image(), f" {DOCKER_MANIFEST.upper()} ;a=b", DOCKER_MANIFEST),
    "said in the body alone": (image(mediaType=DOCKER_MANIFEST), "", DOCKER_MANIFEST),
    "said in the body with a parameter": (image(mediaType=f"{OCI_MANIFEST}; v=1"), "", OCI_MANIFEST),
    "said twice, and the answer's wins": (index(mediaType=DOCKER_LIST), OCI_INDEX, OCI_INDEX),
    "an index behind a proxy that says JSON": (index(mediaType=DOCKER_LIST), "application/json", DOCKER_LIST),
    "an index behind a proxy, said nowhere": (index(), "application/octet-stream", OCI_INDEX),
    "an image, said nowhere": (image(), "", OCI_MANIFEST),
    "an index, said nowhere": (index(), "", OCI_INDEX),
    "an index with an odd type in the body": (index(mediaType=5), "", OCI_INDEX),
    "an image with an empty type in the body": (image(mediaType=""), "", OCI_MANIFEST),
    "an old manifest, said nowhere": (
        {"schemaVersion": 1},
        "",
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
    ),
    "an empty object": ({}, "", OCI_MANIFEST),
    "an index whose other half is null": (index(config=None, layers=None), OCI_INDEX, OCI_INDEX),
}


@pytest.mark.parametrize(("document", "content_type", "kind"), KINDS.values(), ids=KINDS)
def test_the_type_is_found(document: object, content_type: str, kind: str) -> None:
    assert Manifest.parse(body(document), content_type).media_type == kind


def test_all_types_are_asked_for() -> None:
    assert set(ACCEPTED) == {OCI_INDEX, OCI_MANIFEST, DOCKER_LIST, DOCKER_MANIFEST}


REFUSED = {
    "no bytes": (b"", "", "not JSON"),
    "a web page": (b"<html>", "", "not JSON"),
    "half a document": (body(image())[:-5], OCI_MANIFEST, "not JSON"),
    "no text": (b"\xff\xfe\xfd", "", "not JSON"),
    "too deep to read": (b"[" * 100_000, "", "not JSON"),
    "too deep inside": (b'{"a":' * 100_000, "", "not JSON"),
    "a number of 5,000 digits": (b'{"config":{"size":' + b"9" * 5000 + b"}}", "", "not JSON"),
    "a list": (b"[]", "", "not a JSON object"),
    "a number": (b"1", "", "not a JSON object"),
    "null": (b"null", "", "not a JSON object"),
    "an unknown type": (body(image(mediaType="text/plain")), "", "the type “text/plain”, which regclean does not"),
    "an artifact": (body({"mediaType": "application/vnd.oci.artifact.manifest.v1+json"}), "", "does not know"),
    "a type that is no line": (body({"mediaType": "a\nb"}), "", "does not know"),
    "an image sent as an index": (body(image()), OCI_INDEX, "does not fit its type"),
    "an index sent as an image": (body(index()), OCI_MANIFEST, "does not fit its type"),
    "both at once": (body(image() | index()), "", "does not fit its type"),
    "layers that are no list": (body(image(layers={})), "", "list of descriptors is not a list"),
    "children that are no list": (body(index(manifests="a")), "", "list of descriptors is not a list"),
    "a layer that is no object": (body(image(layers=[str(LAYER)])), "", "descriptor that is not an object"),
    "a config that is no object": (body(image(config=[])), "", "descriptor that is not an object"),
    "a subject that is no object": (body(image(subject=str(SUBJECT))), "", "descriptor that is not an object"),
    "a layer without a digest": (body(image(layers=[{"size": 1}])), "", "without a proper digest"),
    "a digest that is a number": (body(image(layers=[{"digest": 1, "size": 1}])), "", "without a proper digest"),
    "a digest cut off": (body(image(layers=[{"digest": "sha256:0", "size": 1}])), "", "without a proper digest"),
    "a negative size": (body(image(layers=[descriptor(size=-1)])), "", "without a proper size"),
    "a size that is too large": (body(image(layers=[descriptor(size=LARGEST + 1)])), "", "without a proper size"),
    "a size that is true": (body(image(layers=[descriptor(size=True)])), "", "without a proper size"),
    "a size with a fraction": (body(image(layers=[descriptor(size=1.5)])), "", "without a proper size"),
    "a size that is text": (body(image(layers=[descriptor(size="7")])), "", "without a proper size"),
    "a size that is infinite": (body(image(layers=[descriptor(size=float("inf"))])), "", "without a proper size"),
}  # fmt: skip


@pytest.mark.parametrize(("bytes_", "content_type", "sentence"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_understood_is_refused(bytes_: bytes, content_type: str, sentence: str) -> None:
    with pytest.raises(BadManifest, match=sentence) as caught:
        Manifest.parse(bytes_, content_type)
    sentences.check(caught.value)


@pytest.mark.parametrize("size", [0, 1, LARGEST])
def test_a_size_may_be_anything_that_fits(size: int) -> None:
    assert Manifest.parse(body(image(layers=[descriptor(size=size)]))).layers[0].size == size


def test_the_subject_is_what_a_referrer_is_about() -> None:
    assert Manifest.parse(body(image(subject=descriptor(SUBJECT)))).subject == SUBJECT
    assert Manifest.parse(body(image(subject=None))).subject is None


def test_descriptors_keep_their_type() -> None:
    made = Manifest.parse(body(image(layers=[descriptor(mediaType="Application/X"), descriptor(mediaType=[])])))
    assert [layer.media_type for layer in made.layers] == ["application/x", ""]


def test_blobs_are_the_manifest_its_config_and_its_layers_each_once() -> None:
    bytes_ = body(image(layers=[descriptor(LAYER, 7), descriptor(LAYER, 7)]))
    made = Manifest.parse(bytes_)
    assert made.blobs == {Digest.of(bytes_): len(bytes_), CONFIG: 3, LAYER: 7}
    alone = Manifest.parse(body(index()))
    assert alone.blobs == {alone.digest: alone.size}


def test_the_digest_is_that_of_the_bytes_and_not_of_their_meaning() -> None:
    document = image()
    compact, spaced = body(document), json.dumps(document, indent=1).encode()
    assert Manifest.parse(compact).digest == Digest.of(compact)
    assert Manifest.parse(spaced).digest == Digest.of(spaced)
    assert Manifest.parse(spaced).size == len(spaced)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
descriptors = st.fixed_dictionaries(
    {}, optional={"digest": st.just(str(LAYER)) | json_values, "size": json_values, "mediaType": json_values}
)
KEYS = ("schemaVersion", "mediaType", "config", "layers", "manifests", "subject")
documents = st.fixed_dictionaries(
    {}, optional={key: json_values | descriptors | st.lists(descriptors, max_size=3) for key in KEYS}
)
content_types = st.text(max_size=9) | st.sampled_from([*ACCEPTED, *SCHEMA1])


@given(st.binary() | documents.map(body) | json_values.map(body), content_types)
def test_whatever_a_registry_sends_is_read_or_refused_in_one_sentence(bytes_: bytes, content_type: str) -> None:
    try:
        made = Manifest.parse(bytes_, content_type)
    except BadManifest as error:
        sentences.check(error)
    else:
        assert made.digest.matches(bytes_)
        assert made.is_schema1 or made.media_type in ACCEPTED
        assert not (made.is_index and (made.layers or made.config))
        assert made.is_index or not made.children
