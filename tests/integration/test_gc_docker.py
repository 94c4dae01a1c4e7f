"""The gc runner `docker`: what it makes, what it leaves, and how it reaches a registry's storage."""

import io
import shutil
import tarfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml

from demo.parts.binaries import OLD_REGISTRY
from demo.parts.engine import EngineProcess
from demo.parts.registry import answers
from demo.parts.registry_container import CONFIG_PATH, ROOT_PATH, SLOW_PROGRAM, registry_image, tools_image
from demo.parts.remote import Remote
from tests.conftest import GetEngine, MakeContainer
from tests.contract.operated import nothing, until
from tests.integration.docker_runners import GONE, KEPT, Contained, collecting, contained, fill
from workers.core.digest import Digest
from workers.core.errors import CollectorError
from workers.core.names import RepositoryName
from workers.gc.runner import Runner, StorageAccess
from workers.gc.storage import Storage

pytestmark = [pytest.mark.registry, pytest.mark.timeout(300)]  # engines are slow to start and to stop containers

LATER = datetime.now(UTC) + timedelta(hours=2)


@pytest.fixture
def engine(get_engine: GetEngine) -> EngineProcess:
    return get_engine()


@pytest.fixture
def registry(engine: EngineProcess, make_container: MakeContainer) -> Contained:
    return contained(engine, make_container)


def stopped(registry: Contained, runner: Runner) -> str:
    found = runner.as_found()
    assert found
    runner.read_only(on=True, found=found)
    assert not answers(registry.container.url)
    return found


def storage_of(runner: Runner) -> StorageAccess:
    assert runner.storage is not None
    return runner.storage


def test_a_collector_bears_labels_and_has_what_the_registry_has_and_no_more(
    engine: EngineProcess, make_container: MakeContainer
) -> None:
    registry = contained(
        engine,
        make_container,
        changes={"User": "0:0", "WorkingDir": "/tmp"},
        environment=("SECRET=of the registry",),
        host={"CapDrop": ["NET_RAW"], "NetworkMode": "host"},
    )
    runner = registry.runner(program=SLOW_PROGRAM)
    found = stopped(registry, runner)
    with collecting(runner, started=lambda: bool(registry.ours())):
        ((collector, labels),) = registry.ours().items()
        made, own = registry.details(collector), registry.details()

    assert labels == {
        "io.regclean.registry": registry.container.name,
        "io.regclean.task": "collect",
        "io.regclean.request": "r-1",
    }
    assert made["Name"].startswith("/regclean-collect-")
    assert made["Image"] == own["Image"]
    for key in ("Env", "User", "WorkingDir"):
        assert made["Config"][key] == own["Config"][key]
    assert (made["Path"], made["Args"]) == (SLOW_PROGRAM, ["garbage-collect", CONFIG_PATH])
    host = made["HostConfig"]
    assert host["VolumesFrom"] == [registry.container.id]
    assert (host["CapDrop"], host["NetworkMode"], host["RestartPolicy"]["Name"]) == (["NET_RAW"], "none", "no")
    runner.read_only(on=False, found=found)


def test_a_dry_run_cannot_write(registry: Contained, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a program that would: it has the registry's volumes for reading only."""
    monkeypatch.setattr("workers.gc.docker.collectors.arguments", lambda _path, *, dry: ("touch", f"{ROOT_PATH}/{dry}"))
    with pytest.raises(CollectorError, match="Read-only file system"):
        registry.runner(program="busybox").dry_run()
    assert not (registry.container.storage_root / "True").exists()


def test_nothing_is_left_and_the_registry_is_as_it_was(registry: Contained) -> None:
    before = registry.details()
    runner = registry.runner()

    runner.dry_run()
    found = stopped(registry, runner)
    runner.collect(nothing)
    storage_of(runner).remove_repositories(storage_of(runner).empty_repositories(LATER), LATER)
    runner.read_only(on=False, found=found)

    assert not registry.ours()
    after = registry.details()
    assert after["State"]["Running"]
    for key in ("Id", "Created", "Config", "HostConfig", "Mounts", "RestartCount"):
        assert after[key] == before[key]


def test_a_configuration_that_was_written_into_the_container_counts(
    engine: EngineProcess, make_container: MakeContainer, tmp_path: Path
) -> None:
    """Not the one in the image, whose storage is another."""
    with engine.client() as client:
        name = registry_image(client, OLD_REGISTRY, tools=True)
    data = tmp_path / "data"
    container = make_container(engine, image=name, host={"Binds": [f"{data}:/data"]})
    container.stop()
    with engine.client() as client:
        client.put_archive(container.id, "/", configuration("/data"))
    container.start()
    fill(container.url)
    registry = Contained(engine, container)

    report = registry.runner().dry_run()

    assert Digest.parse(KEPT.digest) in report.marked_blobs
    assert storage_of(registry.runner()).blob_sizes([Digest.parse(GONE.digest)]).total == GONE.size
    assert (data / "docker/registry/v2").is_dir()


def test_without_tools_sizes_come_from_the_engine_and_emptied_repositories_stay(
    engine: EngineProcess, make_container: MakeContainer
) -> None:
    registry = contained(engine, make_container, tools=False)
    storage = storage_of(registry.runner())
    wanted = [Digest.parse(GONE.digest), *(Digest.parse(blob.digest) for blob in GONE.blobs), Digest.of(b"never there")]

    sizes = storage.blob_sizes(wanted)

    assert sizes.total == GONE.size + sum(blob.size for blob in GONE.blobs)
    assert sizes.missing == {Digest.of(b"never there")}
    assert not storage.writable
    assert "set gc.tools_image to an image that has them, such as busybox." in storage.why_not_writable


def test_links_are_seen_through_the_engine_as_on_the_disk(registry: Contained) -> None:
    root = registry.container.storage_root
    torn = root / f"docker/registry/v2/repositories/app/_layers/sha256/{KEPT.blobs[1].digest[7:]}/link"
    torn.write_bytes(b"")
    seen = storage_of(registry.runner()).links()
    assert seen == Storage(root).links()
    assert seen[RepositoryName("app")].layers[Digest.parse(KEPT.blobs[1].digest)] == 0


def test_without_tools_no_links_are_seen(engine: EngineProcess, make_container: MakeContainer) -> None:
    assert storage_of(contained(engine, make_container, tools=False).runner()).links() == {}


def test_a_tools_image_lends_them(engine: EngineProcess, make_container: MakeContainer) -> None:
    registry = contained(engine, make_container, tools=False)
    with engine.client() as client:
        runner = registry.runner(tools_image=tools_image(client))
    storage = storage_of(runner)
    assert (storage.writable, storage.empty_repositories(LATER)) == (True, (RepositoryName("old"),))

    found = stopped(registry, runner)
    assert storage.remove_repositories([RepositoryName("old")], LATER) == (RepositoryName("old"),)
    runner.read_only(on=False, found=found)

    assert until(lambda: answers(registry.container.url))
    with Remote(registry.container.url) as remote:
        assert remote.catalog() == ["app"]


def test_a_tools_image_that_is_not_there_is_told(registry: Contained) -> None:
    storage = storage_of(registry.runner(tools_image="localhost/nothing"))
    assert not storage.writable
    assert (
        "because gc.tools_image is of no use: The container engine did not make the container"
        in storage.why_not_writable
    )
    assert "No such image: localhost/nothing" in storage.why_not_writable


def test_many_blobs_are_weighed_at_once(registry: Contained) -> None:
    """As their files weigh, and those that are not there are missing."""
    there = [Digest.parse(blob.digest) for blob in (KEPT, GONE, *KEPT.blobs, *GONE.blobs)]
    nowhere = [Digest.of(b"%d" % number) for number in range(100)]

    sizes = storage_of(registry.runner()).blob_sizes([*there, *nowhere])

    assert sizes.sizes == {Digest.parse(blob.digest): blob.size for blob in (KEPT, GONE, *KEPT.blobs, *GONE.blobs)}
    assert sizes.missing == frozenset(nowhere)


def test_a_push_under_way_is_not_an_empty_repository(registry: Contained) -> None:
    storage = storage_of(registry.runner(push_grace="1h"))
    assert storage.empty_repositories(datetime.now(UTC)) == ()
    assert storage.empty_repositories(LATER) == (RepositoryName("old"),)


def test_a_volume_that_can_only_be_read_is_told(
    engine: EngineProcess, make_container: MakeContainer, tmp_path: Path
) -> None:
    registry = contained(engine, make_container)
    with engine.client() as client:
        name = registry_image(client, OLD_REGISTRY, tools=True)
    mirror = make_container(
        engine,
        image=name,
        storage=registry.container.storage_root,
        name="mirror",
        host={"Binds": [f"{registry.container.storage_root}:{ROOT_PATH}:ro"]},
    )
    storage = storage_of(Contained(engine, mirror).runner())
    assert (
        storage.why_not_writable == "The registry's volume is read-only, so emptied repositories stay in the catalog."
    )


def test_a_storage_that_went_away_does_not_look_freed(registry: Contained) -> None:
    storage = storage_of(registry.runner())
    shutil.move(registry.container.storage_root / "docker", registry.container.storage_root / "gone")
    with pytest.raises(CollectorError, match="holds no /var/lib/registry/docker/registry/v2"):
        storage.blob_sizes([Digest.parse(KEPT.digest)])


def test_a_storage_the_workers_can_read_is_read_by_them(registry: Contained) -> None:
    root = registry.container.storage_root
    assert registry.runner(storage_root=str(root)).storage == Storage(root, timedelta(0))


def test_another_driver_than_the_filesystem_is_not_measured(
    engine: EngineProcess, make_container: MakeContainer
) -> None:
    with engine.client() as client:
        name = registry_image(client, OLD_REGISTRY)
    registry = Contained(engine, make_container(engine, image=name, environment=("REGISTRY_STORAGE=inmemory",)))
    assert registry.runner().storage is None


def test_the_plan_says_what_it_means_for_pulls(registry: Contained) -> None:
    assert registry.runner().notes == (
        f"The container {registry.container.name} is stopped while it is collected, so pulls fail meanwhile.",
    )


def configuration(root: str) -> bytes:
    """An archive with the registry's configuration, as `docker cp` would bring it there."""
    content = yaml.safe_dump(
        {"version": 0.1, "storage": {"filesystem": {"rootdirectory": root}, "delete": {"enabled": True}}}
    )
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as members:
        member = tarfile.TarInfo(CONFIG_PATH.lstrip("/"))
        member.size = len(content)
        members.addfile(member, io.BytesIO(content.encode()))
    return archive.getvalue()
