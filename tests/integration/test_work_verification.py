"""What a verification looks at, within its caps, and what it says of the rest."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import replace

import pytest

from demo.parts.images import Blob, Flavour, Image, Layer, Recipe, image, index
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from tests.bench import Bench, config, gc_settings, settings
from tests.damaging import Disk
from workers.core.digest import Digest
from workers.core.names import RepositoryName
from workers.gc.runner import StorageAccess
from workers.inspection import Marked
from workers.verification import CAPS, Caps, Scope, Verified, verify

APP, WEB = RepositoryName("app"), RepositoryName("web")


@pytest.fixture
def bench(empty_registry: RegistryProcess, redis_url: str) -> Bench:
    return Bench(config(settings(empty_registry, gc=gc_settings(empty_registry))), redis_url)


@pytest.fixture
def remote(empty_registry: RegistryProcess) -> Iterator[Remote]:
    with Remote(empty_registry.url) as client:
        yield client


def storage(bench: Bench) -> StorageAccess | None:
    runner = bench.runtime.runner(bench.config.registry("sample"))
    return runner.storage if runner else None


def verified(
    bench: Bench,
    caps: Caps = CAPS,
    *,
    marked: Marked | None = None,
    touched: frozenset[RepositoryName] = frozenset(),
    reads: bool = False,
) -> Verified:
    scope = Scope(storage=storage(bench) if reads else None, marked=marked or {}, touched=touched)
    return asyncio.run(verify(bench.runtime, bench.config.registry("sample"), scope, caps))


def two_images_with_a_common_layer(remote: Remote) -> tuple[Image, Image]:
    base = Layer("base", 2000)
    app, web = image(base, Layer("app", 1000)), image(base, Layer("web", 1000))
    remote.push("app", "1", app)
    remote.put_manifest("app", "2", app)
    remote.push("web", "1", web)
    return app, web


@pytest.mark.parametrize("reads", [True, False], ids=["storage", "http"])
def test_everything_is_looked_at_and_counted_once(bench: Bench, remote: Remote, reads: bool) -> None:
    app, web = two_images_with_a_common_layer(remote)
    found = verified(bench, reads=reads)
    blobs = {blob.digest: blob.size for blob in (*app.blobs, *web.blobs)}
    assert (found.manifests, found.blobs, found.read) == (2, len(blobs), len(blobs))
    assert found.read_bytes == sum(blobs.values())
    assert (found.damage, found.left) == ([], [])


def rot(registry: RegistryProcess, blob: Blob) -> None:
    """Bytes that weigh the same and are others: only reading them shows it."""
    Disk(registry).data(blob.digest).write_bytes(bytes(blob.size))


def test_every_blob_of_a_touched_repository_is_read_and_of_others_only_a_sample(
    bench: Bench, remote: Remote, empty_registry: RegistryProcess
) -> None:
    app, web = two_images_with_a_common_layer(remote)
    rot(empty_registry, app.blobs[2])
    rot(empty_registry, web.blobs[2])
    unseen = verified(bench, replace(CAPS, sample=0))
    assert (unseen.read, unseen.damage) == (0, [])
    seen = verified(bench, replace(CAPS, sample=0), touched=frozenset({APP}))
    assert seen.read == len(app.blobs)
    assert [damage.what for damage in seen.damage] == ["app:1"]
    assert Digest.parse(app.blobs[2].digest).short in seen.damage[0].why
    assert seen.done == {APP}
    assert {damage.what for damage in verified(bench).damage} == {"app:1", "web:1"}


def test_what_is_beyond_the_bytes_is_said_and_stays_to_be_read_the_next_time(bench: Bench, remote: Remote) -> None:
    app, _ = two_images_with_a_common_layer(remote)
    sizes = sorted(blob.size for blob in app.blobs)
    caps = replace(CAPS, sample=0, size=sum(sizes[:-1]))
    found = verified(bench, caps, touched=frozenset({APP, WEB}))
    assert found.read_bytes <= caps.size
    assert found.left[-1].endswith("were too much to read in full")
    assert found.done < {APP, WEB}


def test_what_is_beyond_the_time_is_said(bench: Bench, remote: Remote) -> None:
    two_images_with_a_common_layer(remote)
    found = verified(bench, replace(CAPS, seconds=0), touched=frozenset({APP}))
    assert found.left == ["2 of 2 repositories were not reached within 0 minutes"]
    assert (found.manifests, found.done) == (0, frozenset())
    slow = verified(bench, replace(CAPS, reading=0), touched=frozenset({APP}))
    assert slow.read == 0
    assert slow.left[0].endswith("were too much to read in full")
    assert slow.done == frozenset()


def test_a_worker_that_is_told_to_stop_ends_soon_and_says_what_it_left(
    bench: Bench, remote: Remote, monkeypatch: pytest.MonkeyPatch
) -> None:
    two_images_with_a_common_layer(remote)
    for module in ("sampling", "verification"):
        monkeypatch.setattr(f"workers.{module}.stopping", lambda: True)
    found = verified(bench, touched=frozenset({APP}))
    assert found.left == ["2 of 2 repositories were not reached before this worker was told to stop"]
    assert found.done == frozenset()


def test_what_has_no_tag_is_looked_at_where_the_collector_keeps_it(
    bench: Bench, remote: Remote, empty_registry: RegistryProcess
) -> None:
    loose, gone = image(Layer("loose", 1000)), Digest.of(b"gone")
    remote.push("app", loose.digest, loose)
    marked = {APP: frozenset({Digest.parse(loose.digest), gone})}
    found = verified(bench, marked=marked)
    assert (found.manifests, found.damage) == (1, [])
    assert found.left == ["1 manifest is not there any more"]
    Disk(empty_registry).data(loose.blobs[1].digest).write_bytes(b"short")
    (damage,) = verified(bench, marked=marked, reads=True).damage
    assert damage.what == f"app@{loose.digest}"


def test_layers_that_clients_get_elsewhere_are_not_missed(
    bench: Bench, remote: Remote, empty_registry: RegistryProcess
) -> None:
    whole = image(Layer("base", 1000), Layer("own", 1000), recipe=Recipe(flavour=Flavour.OCI))
    content = whole.content
    content["layers"][0]["mediaType"] = "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
    remote.push("app", "1", Image(media_type=whole.media_type, data=_json(content), blobs=whole.blobs))
    Disk(empty_registry).data(whole.blobs[1].digest).unlink()
    for reads in (True, False):
        found = verified(bench, reads=reads)
        assert (found.manifests, found.blobs, found.damage) == (1, 2, [])


def _json(content: object) -> bytes:
    return json.dumps(content).encode()


def test_an_index_too_wide_to_be_read_is_left_out_and_said(bench: Bench, remote: Remote) -> None:
    child = image(Layer("child", 100), recipe=Recipe(flavour=Flavour.OCI))
    remote.push("app", child.digest, child)
    remote.put_manifest("app", "1", index(*[child] * 1_001, recipe=Recipe(flavour=Flavour.OCI)))
    found = verified(bench)
    assert (found.manifests, found.damage) == (0, [])
    assert found.left == ["1 manifest lists more than the 1,000 manifests that regclean reads of one index"]
