"""What real registries' garbage collection prints, frees, and leaves wrong until they are restarted."""

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator

import pytest

from demo.parts.errors import RemoteError
from demo.parts.images import Layer, image
from demo.parts.registry import RegistryProcess
from demo.parts.registry_config import RegistrySettings
from demo.parts.registryctl import restart
from demo.parts.remote import Remote
from tests.conftest import MakeRegistry

KEPT = image(Layer("kept", 2000))
GONE = image(Layer("gone", 3000))


@pytest.fixture
def client(registry: RegistryProcess) -> Iterator[Remote]:
    with Remote(registry.url) as client:
        yield client


@pytest.fixture
def deleted(client: Remote) -> None:
    """`app:1` stays; `app:2` has been deleted and waits for collection."""
    client.push("app", "1", KEPT)
    client.push("app", "2", GONE)
    assert client.delete("app", GONE.digest).status_code == 202


def collect(registry: RegistryProcess, *options: str) -> str:
    command = [sys.executable, "-m", "demo.parts.registryctl", str(registry.folder), "collect", *options]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout


def everything(image_digests: set[str]) -> list[str]:
    return sorted(f"blob eligible for deletion: {digest}" for digest in image_digests)


@pytest.mark.usefixtures("deleted")
def test_the_dry_run_tells_each_blob_and_touches_none(registry: RegistryProcess) -> None:
    before = sorted(registry.storage_root.rglob("data"))
    marked, _, eligible = collect(registry, "--dry-run").partition("\n\n")
    kept = [blob.digest for blob in KEPT.blobs]
    head, *blobs = marked.splitlines()
    assert head == "app"
    assert blobs[0] == f"app: marking manifest {KEPT.digest} "
    assert sorted(blobs[1:]) == sorted(f"app: marking blob {digest}" for digest in kept)
    summary, *rest = eligible.splitlines()
    assert summary == "3 blobs marked, 3 blobs and 0 manifests eligible for deletion"
    swept = {GONE.digest, *(blob.digest for blob in GONE.blobs)}
    assert sorted(line for line in rest if line.startswith("blob ")) == everything(swept)
    assert sorted(registry.storage_root.rglob("data")) == before


@pytest.mark.usefixtures("deleted")
def test_the_newer_registry_also_lists_layer_links(registry: RegistryProcess, registry_version: str) -> None:
    others = [line for line in collect(registry, "--dry-run").splitlines() if "layer link eligible" in line]
    expected = [f"app: layer link eligible for deletion: {blob.digest}" for blob in GONE.blobs]
    assert sorted(others) == (sorted(expected) if registry_version == "3.1.1" else [])


@pytest.mark.usefixtures("deleted")
def test_the_real_run_prints_the_same_and_keeps_what_is_marked(registry: RegistryProcess, client: Remote) -> None:
    planned = collect(registry, "--dry-run")
    assert sorted(collect(registry).splitlines()) == sorted(planned.splitlines())
    assert re.search(r"blobs marked, 0 blobs and 0 manifests eligible", collect(registry, "--dry-run"))
    assert client.pull("app", "1").digest == KEPT.digest


@pytest.mark.usefixtures("deleted")
def test_until_a_restart_the_registry_believes_in_blobs_that_are_gone(
    registry: RegistryProcess, client: Remote
) -> None:
    """The in-memory blob cache: a push uploads nothing, is accepted, and cannot be pulled."""
    collect(registry)
    assert client.push("app", "2", GONE).uploaded == set()
    with pytest.raises(RemoteError):
        client.pull("app", "2")
    assert restart(registry.folder) == 0
    assert client.push("app", "2", GONE).uploaded == {blob.digest for blob in GONE.blobs}
    assert client.pull("app", "2").digest == GONE.digest


def test_without_the_cache_no_restart_is_needed(make_registry: MakeRegistry, registry_version: str) -> None:
    registry = make_registry(RegistrySettings(blob_cache=False), version=registry_version)
    with Remote(registry.url) as client:
        client.push("app", "1", KEPT)
        client.push("app", "2", GONE)
        client.delete("app", GONE.digest)
        collect(registry)
        assert client.push("app", "2", GONE).uploaded
        assert client.pull("app", "2").digest == GONE.digest


def test_it_collects_from_a_registry_that_is_read_only(make_registry: MakeRegistry, registry_version: str) -> None:
    registry = make_registry(version=registry_version)
    with Remote(registry.url) as client:
        client.push("app", "1", GONE)
        client.delete("app", GONE.digest)
    registry.stop()
    fenced = make_registry(RegistrySettings(read_only=True), version=registry_version, folder=registry.folder)
    assert "3 blobs and 0 manifests eligible" in collect(fenced)
    assert not list(fenced.storage_root.rglob("data"))


def test_only_a_repositorys_own_folders_may_be_removed(registry: RegistryProcess, client: Remote) -> None:
    """`registry/app` lies inside the folder of `registry`."""
    client.push("registry", "1", GONE)
    client.push("registry/app", "1", KEPT)
    client.delete("registry", GONE.digest)
    repositories = registry.storage_root / "docker/registry/v2/repositories"
    for name in ("_layers", "_manifests", "_uploads"):
        shutil.rmtree(repositories / "registry" / name)
    assert client.catalog() == ["registry/app"]
    collect(registry)
    restart(registry.folder)
    assert client.pull("registry/app", "1").digest == KEPT.digest


@pytest.mark.usefixtures("deleted")
def test_an_unknown_flag_ends_with_zero_and_no_summary(registry: RegistryProcess) -> None:
    """Why the summary line is looked at as well as the exit code."""
    program = registry.folder / "registry"
    command = [str(program), "garbage-collect", "--no-such-flag", str(registry.config_path)]
    answer = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert answer.returncode == 0
    assert "eligible for deletion" not in answer.stdout
