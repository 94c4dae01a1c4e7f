"""The command runner and the storage on both real registries, with real images."""

import shutil
import stat
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from demo.parts.binaries import OLD_REGISTRY
from demo.parts.images import Image, Layer, image, index
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from tests.integration.gc_runners import collecting, nothing, runner, until
from workers.core.collection import outside, untagged
from workers.core.digest import Digest
from workers.core.errors import CollectorError
from workers.core.names import RepositoryName
from workers.gc.command import CommandRunner
from workers.gc.storage import Storage

pytestmark = pytest.mark.registry

SHARED = Layer("shared", 3000)
KEPT = image(SHARED, Layer("kept", 2000))
GONE = image(SHARED, Layer("gone", 4321))
APP = RepositoryName("registry/app")
OUTER = RepositoryName("registry")
LATER = datetime.now(UTC) + timedelta(hours=2)


@pytest.fixture
def client(registry: RegistryProcess) -> Iterator[Remote]:
    with Remote(registry.url) as client:
        yield client


@pytest.fixture
def operated(registry: RegistryProcess) -> CommandRunner:
    """As an operator would configure it, with one script for everything."""
    control = [sys.executable, "-m", "demo.parts.registryctl", str(registry.folder)]
    return runner(
        read_only_on=[[*control, "read-only-on"]],
        read_only_off=[[*control, "read-only-off"]],
        dry_run=[*control, "collect", "--dry-run"],
        collect=[*control, "collect"],
        restart=[[*control, "restart"]],
        stop=[[*control, "stop-collector"]],
        collecting=[*control, "is-collecting"],
        storage_root=str(registry.storage_root),
    )


def on_disk(operated: CommandRunner) -> Storage:
    assert operated.storage is not None
    return operated.storage


def blobs(*images: Image) -> frozenset[Digest]:
    return frozenset(Digest.parse(each) for made in images for each in (made.digest, *(b.digest for b in made.blobs)))


def digest(made: Image) -> Digest:
    return Digest.parse(made.digest)


def deleted(client: Remote, repository: str, made: Image) -> None:
    """Pushed and deleted again: nothing but its layer links and its blobs are left."""
    client.push(repository, "gone", made)
    assert client.delete(repository, made.digest).status_code == 202


def program(registry: RegistryProcess, *arguments: str) -> tuple[str, ...]:
    """The registry's own collector, called as it is."""
    binary = str((registry.folder / "registry").resolve())
    return (binary, "garbage-collect", *arguments)


def test_dry_run_tells_what_would_go_and_leaves_it(client: Remote, operated: CommandRunner) -> None:
    client.push("registry/app", "1", KEPT)
    deleted(client, "registry/app", GONE)
    used = on_disk(operated).used_bytes()

    report = operated.dry_run()

    assert report.marked_manifests == {APP: frozenset({digest(KEPT)})}
    assert report.marked_blobs == blobs(KEPT)
    assert report.eligible_blobs == blobs(GONE) - blobs(KEPT)
    assert on_disk(operated).used_bytes() == used


def test_collecting_frees_what_the_eligible_blobs_weigh_to_the_byte(client: Remote, operated: CommandRunner) -> None:
    client.push("registry/app", "1", KEPT)
    deleted(client, "registry/app", GONE)
    storage = on_disk(operated)
    planned = operated.dry_run()
    before, used = storage.blob_sizes(planned.eligible_blobs), storage.used_bytes()
    sizes = {GONE.digest: GONE.size} | {blob.digest: blob.size for blob in GONE.blobs}

    operated.read_only(on=True)
    done = operated.collect(nothing)
    operated.restart()
    operated.read_only(on=False)

    assert not outside(planned.eligible_blobs, done.eligible_blobs)
    assert before.total == sum(size for name, size in sizes.items() if Digest.parse(name) in planned.eligible_blobs)
    assert storage.freed(before) == before.total == used - storage.used_bytes()
    assert storage.blob_sizes(planned.eligible_blobs).missing == planned.eligible_blobs
    assert client.pull("registry/app", "1").digest == KEPT.digest
    assert operated.dry_run().eligible_blobs == frozenset()


def test_read_only_is_switched_by_command(client: Remote, operated: CommandRunner) -> None:
    operated.read_only(on=True)
    assert client.http.post("/v2/a/blobs/uploads/").status_code == 405

    operated.read_only(on=False)
    assert client.http.post("/v2/a/blobs/uploads/").status_code == 202


def test_untagged_manifests_are_those_that_nothing_reaches(client: Remote, operated: CommandRunner) -> None:
    """A child of a tagged index is reachable; an image whose tag was moved to another one is not."""
    listed = index(KEPT)
    client.push("registry/app", "1", GONE)
    client.push("registry/app", "1", listed)

    left = untagged(operated.dry_run(), {APP: frozenset({digest(listed), digest(KEPT)})})

    assert left == {APP: frozenset({digest(GONE)})}


def test_a_manifest_whose_file_is_lost_is_found_before_its_layers_are_swept(
    registry: RegistryProcess, client: Remote, operated: CommandRunner
) -> None:
    client.push("registry/app", "1", KEPT)
    client.push("registry/app", "2", GONE)
    hexes = digest(GONE).hex
    shutil.rmtree(registry.storage_root / "docker/registry/v2/blobs/sha256" / hexes[:2] / hexes)

    report = operated.dry_run()

    assert digest(GONE) not in report.marked_manifests[APP]
    assert report.eligible_blobs == blobs(GONE) - blobs(KEPT) - {digest(GONE)}


def test_a_repository_that_the_older_collector_passes_over_is_found_and_the_newer_one_fails(
    registry: RegistryProcess, client: Remote, operated: CommandRunner
) -> None:
    client.push("registry/app", "1", KEPT)
    client.push("other", "1", GONE)
    shutil.rmtree(registry.storage_root / f"docker/registry/v2/repositories/{APP}/_layers")

    if registry.version == OLD_REGISTRY:
        report = operated.dry_run()
        assert APP not in report.marked_manifests
        assert report.eligible_blobs == blobs(KEPT) - blobs(GONE)
    else:
        with pytest.raises(CollectorError, match="failed to mark"):
            operated.dry_run()


def test_an_unknown_flag_is_refused_although_the_exit_code_is_0(registry: RegistryProcess) -> None:
    wrong = runner(collect=program(registry, "--no-such-flag", str(registry.config_path)))

    with pytest.raises(CollectorError, match=r"no summary line.*unknown flag: --no-such-flag"):
        wrong.collect(nothing)


def test_a_missing_configuration_is_told(registry: RegistryProcess, tmp_path: Path) -> None:
    wrong = runner(dry_run=program(registry, "--dry-run", str(tmp_path / "missing.yml")))

    with pytest.raises(CollectorError, match=r"exit code 1: configuration error: open .*missing\.yml: no such file"):
        wrong.dry_run()


def test_a_registry_that_was_never_pushed_to_has_nothing_to_collect(operated: CommandRunner) -> None:
    with pytest.raises(CollectorError, match="Path not found: /docker/registry/v2/repositories"):
        operated.dry_run()


def test_a_failing_mark_is_told_and_frees_nothing(
    registry: RegistryProcess, client: Remote, operated: CommandRunner
) -> None:
    client.push("registry/app", "1", KEPT)
    link = registry.storage_root / f"docker/registry/v2/repositories/{APP}/_manifests/revisions/sha256"
    (link / digest(KEPT).hex / "link").write_bytes(b"")
    used = on_disk(operated).used_bytes()

    with pytest.raises(CollectorError, match="exit code 1: failed to garbage collect: failed to mark"):
        operated.collect(nothing)

    assert on_disk(operated).used_bytes() == used


def test_a_collector_behind_the_operators_script_is_seen_and_stopped(
    registry: RegistryProcess, client: Remote, operated: CommandRunner, tmp_path: Path
) -> None:
    """The script sleeps before it collects; once it is stopped, the blobs are still there."""
    client.push("registry/app", "1", KEPT)
    deleted(client, "registry/app", GONE)
    used = on_disk(operated).used_bytes()
    slow = tmp_path / "collect"
    slow.write_text(f"#!/bin/sh\nsleep 300\nexec {registry.folder}/registry garbage-collect {registry.config_path}\n")
    slow.chmod(slow.stat().st_mode | stat.S_IXUSR)
    wrapped = runner(collect=[str(slow), "now"])

    with collecting(wrapped) as seen:
        assert wrapped.is_collecting(seen.token)
        wrapped.stop(seen.token)
        assert not wrapped.is_collecting(seen.token)

    assert on_disk(operated).used_bytes() == used


def held(registry: RegistryProcess) -> tuple[str, ...]:
    """A collector that counts as one for the operator's script, and takes five minutes."""
    code = (
        "import os, pathlib, sys; from demo.parts.collector import hold_as_collector;"
        "hold_as_collector(pathlib.Path(sys.argv[1])); os.execvp('sleep', ['sleep', '300'])"
    )
    return (sys.executable, "-c", code, str(registry.folder))


def test_a_collector_is_seen_and_stopped_by_the_operators_commands_alone(
    registry: RegistryProcess, operated: CommandRunner
) -> None:
    with collecting(runner(collect=held(registry))) as seen:
        assert until(lambda: operated.is_collecting(None))
        operated.stop(None)
        assert not operated.is_collecting(None)

    assert ["signal 9" in str(outcome) for outcome in seen.outcome] == [True]


def test_an_emptied_repository_leaves_the_catalog_and_the_one_inside_it_stays(
    client: Remote, operated: CommandRunner
) -> None:
    client.push("registry/app", "1", KEPT)
    deleted(client, "registry", GONE)
    deleted(client, "team/old", KEPT)
    storage = on_disk(operated)
    operated.collect(nothing)
    assert set(client.catalog()) >= {"registry", "registry/app", "team/old"}

    empty = storage.empty_repositories(LATER)
    assert empty == (OUTER, RepositoryName("team/old"))
    assert all(storage.remove_repository(name, LATER) for name in empty)
    operated.restart()

    assert set(client.catalog()) == {"registry/app"}
    assert client.pull("registry/app", "1").digest == KEPT.digest
    assert not (storage.root / "docker/registry/v2/repositories/team").exists()
    assert operated.dry_run().eligible_blobs == frozenset()


def test_a_removed_repository_can_be_pushed_to_again(client: Remote, operated: CommandRunner) -> None:
    deleted(client, "registry", GONE)
    operated.collect(nothing)
    assert on_disk(operated).remove_repository(OUTER, LATER)
    operated.restart()

    client.push("registry", "1", GONE)

    assert client.pull("registry", "1").digest == GONE.digest
    assert on_disk(operated).empty_repositories(LATER) == ()


def test_a_push_under_way_is_not_an_empty_repository(client: Remote, operated: CommandRunner) -> None:
    client.push_blob("fresh", KEPT.blobs[0])
    assert client.http.post("/v2/uploading/blobs/uploads/").status_code == 202

    assert on_disk(operated).empty_repositories(datetime.now(UTC)) == ()
    assert on_disk(operated).empty_repositories(LATER) == (RepositoryName("fresh"), RepositoryName("uploading"))


def test_links_are_counted_as_the_registry_writes_them(client: Remote, operated: CommandRunner) -> None:
    client.push("registry/app", "1", KEPT)
    client.push("registry/app", "2", GONE)
    client.push("registry/app", "latest", GONE)
    client.delete("registry/app", KEPT.digest)

    links = on_disk(operated).repositories()[APP]

    assert (links.tags, links.revisions, links.has_layers) == (2, 1, True)
    assert links.touched == pytest.approx(time.time(), abs=60)
