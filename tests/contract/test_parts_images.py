"""Sample images are real ones, and the same words always give the same bytes."""

import gzip
import io
import subprocess
import sys
import tarfile
from datetime import UTC, datetime

import pytest

from demo.parts.images import Flavour, Layer, Recipe, artifact, digest_of, fallback_tag, image, index, signature_tag
from demo.parts.registry import RegistryProcess
from demo.parts.remote import catalog, tags
from demo.parts.sample import sample_images
from demo.parts.stored_gzip import stored_gzip


@pytest.mark.parametrize("size", [0, 1, 511, 65535, 65536, 200_000])
def test_gzip_reads_what_is_stored(size: int) -> None:
    data = bytes(number % 251 for number in range(size))
    assert gzip.decompress(stored_gzip(data)) == data


def test_the_same_words_give_the_same_digest_on_every_machine() -> None:
    one = image(Layer("one", 10))
    assert one.digest == "sha256:222905651f788c7160496d31498eb24452433e217987433e8dfc8eddb49bc3d7"
    assert image(Layer("one", 10)) == one
    assert image(Layer("other", 10)).digest != one.digest
    assert image(Layer("one", 11)).digest != one.digest


def test_a_layer_is_a_tar_with_one_file_of_that_size() -> None:
    manifest = image(Layer("usr/share", 1000))
    config, layer = manifest.blobs
    assert config.media_type == Flavour.DOCKER.config
    tar = gzip.decompress(layer.data)
    with tarfile.open(fileobj=io.BytesIO(tar)) as files:
        assert [(file.name, file.size) for file in files] == [("usr-share", 1000)]
    assert digest_of(tar).encode() in config.data, "as the config's diff_id"
    assert 1000 < layer.size < 1000 + 2200


def test_the_config_says_when_it_was_made() -> None:
    made = datetime(2021, 3, 4, 5, 6, 7, tzinfo=UTC)
    config, _ = image(Layer("a", 1), recipe=Recipe(created=made)).blobs
    assert b'"created": "2021-03-04T05:06:07Z"' in config.data
    config, _ = image(Layer("a", 1), recipe=Recipe(created=None)).blobs
    assert b'"created"' not in config.data


def test_an_index_names_its_children_and_their_platforms() -> None:
    arm = image(Layer("arm", 1), recipe=Recipe(platform="linux/arm64", flavour=Flavour.OCI))
    entries = index(arm, recipe=Recipe(flavour=Flavour.OCI)).content["manifests"]
    platform = {"os": "linux", "architecture": "arm64"}
    assert entries == [arm.descriptor() | {"platform": platform}]


def test_an_artifact_names_its_subject() -> None:
    subject = image(Layer("a", 1), recipe=Recipe(flavour=Flavour.OCI))
    signature = artifact(subject, "application/vnd.test.signature", b"signed")
    assert signature.content["subject"] == subject.descriptor()
    assert signature_tag("sha256:abc") == "sha256-abc.sig"
    assert signature_tag("sha256:abc", "sbom") == "sha256-abc.sbom"
    assert fallback_tag("sha256:abc") == "sha256-abc"


def test_the_samples_share_as_much_as_real_ones_do() -> None:
    images = sample_images()
    assert images["demo/nginx", "1.26"] is images["demo/nginx", "latest"]
    newer, older = images["library/busybox", "1.36.1"], images["library/busybox", "1.35.0"]
    assert len({blob.digest for blob in newer.blobs} & {blob.digest for blob in older.blobs}) == 1
    blobs = {blob.digest: blob.size for content in images.values() for blob in content.blobs}
    assert 10_000_000 < sum(blobs.values()) < 15_000_000


def test_the_sample_is_seeded_from_the_command_line(empty_registry: RegistryProcess) -> None:
    command = [sys.executable, "-m", "demo.parts.sample"]
    seeded = subprocess.run([*command, empty_registry.url], capture_output=True, text=True, check=True, timeout=60)
    assert [line.split()[0] for line in seeded.stdout.splitlines()] == [
        "demo/nginx:1.26",
        "demo/nginx:latest",
        "library/busybox:1.36.1",
        "library/busybox:1.35.0",
        "registry:latest",
    ]
    assert catalog(empty_registry.url) == ["demo/nginx", "library/busybox", "registry"]
    assert tags(empty_registry.url, "demo/nginx") == ["1.26", "latest"]
    wrong = subprocess.run([*command, "localhost"], capture_output=True, text=True, check=False, timeout=60)
    assert wrong.returncode == 2
    assert wrong.stderr.startswith("Usage: python -m demo.parts.sample URL")
