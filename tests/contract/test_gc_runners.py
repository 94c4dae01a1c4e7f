"""What each gc runner has to do, on real registries: one suite for commands, and for containers of both engines."""

from datetime import UTC, datetime, timedelta
from itertools import product
from pathlib import Path

import pytest

from demo.parts.binaries import NEW_REGISTRY, OLD_REGISTRY
from demo.parts.engine import DOCKER, PODMAN
from demo.parts.images import Layer, image
from demo.parts.registry_container import registry_image
from demo.parts.remote import Remote
from tests.conftest import GetEngine, MakeContainer, MakeRegistry
from tests.contract.operated import Operated, by_commands, executing, in_container, nothing, until, worker
from workers.core.digest import Digest
from workers.core.errors import CollectorError
from workers.core.names import RepositoryName
from workers.gc.runner import Runner, StorageAccess

pytestmark = [pytest.mark.registry, pytest.mark.timeout(300)]  # engines are slow to start and to stop containers

SHARED = Layer("shared", 3000)
KEPT = image(SHARED, Layer("kept", 2000))
GONE = image(SHARED, Layer("gone", 4321))
APP = RepositoryName("registry/app")
LATER = datetime.now(UTC) + timedelta(hours=2)

WAYS = [
    ("command", "local", OLD_REGISTRY),
    ("command", "local", NEW_REGISTRY),
    (DOCKER, "stop", OLD_REGISTRY),
    (DOCKER, "stop", NEW_REGISTRY),
    (DOCKER, "exec", OLD_REGISTRY),
]
# Podman takes its time: only what matters most is shown on both engines.
EVERYWHERE = pytest.mark.parametrize(
    "operated", [*WAYS, (PODMAN, "stop", OLD_REGISTRY), (PODMAN, "exec", OLD_REGISTRY)], ids="-".join, indirect=True
)


@pytest.fixture(params=WAYS, ids="-".join)
def operated(
    request: pytest.FixtureRequest,
    make_registry: MakeRegistry,
    make_container: MakeContainer,
    get_engine: GetEngine,
    tmp_path: Path,
) -> Operated:
    """A registry with one image, and one more that was deleted again."""
    kind, mode, version = request.param
    if kind == "command":
        made = by_commands(make_registry(version=version), tmp_path)
    else:
        engine = get_engine(kind)
        with engine.client() as client:
            image_name = registry_image(client, version, tools=True)
        changes = executing() if mode == "exec" else {}
        made = in_container(engine, make_container(engine, version, image=image_name), **changes)
    with Remote(made.url) as remote:
        remote.push("registry/app", "1", KEPT)
        remote.push("registry", "gone", GONE)
        assert remote.delete("registry", GONE.digest).status_code == 202
    return made


def blobs_of_gone() -> frozenset[Digest]:
    kept = {KEPT.digest, *(blob.digest for blob in KEPT.blobs)}
    return frozenset(map(Digest.parse, {GONE.digest, *(blob.digest for blob in GONE.blobs)} - kept))


def storage_of(runner: Runner) -> StorageAccess:
    assert runner.storage is not None
    return runner.storage


def fence(operated: Operated, runner: Runner) -> str | None:
    """Fence as regclean does, and see the fence stand."""
    found = runner.as_found()
    runner.read_only(on=True, found=found)
    if runner.stops_registry:
        assert not operated.answers()
    else:
        assert until(operated.answers)
        assert not operated.takes_writes()
    return found


def unfence(operated: Operated, runner: Runner, found: str | None) -> None:
    runner.flush()
    runner.restart()
    runner.read_only(on=False, found=found)
    assert until(operated.takes_writes)


def test_a_dry_run_beside_the_registry_tells_what_would_go_and_leaves_it(operated: Operated) -> None:
    used = operated.used()

    report = operated.runner().dry_run()

    assert report.marked_manifests == {APP: frozenset({Digest.parse(KEPT.digest)})}
    assert report.eligible_blobs == blobs_of_gone()
    assert operated.used() == used
    assert operated.takes_writes()


@EVERYWHERE
def test_collecting_inside_the_fence_frees_to_the_byte_and_the_registry_comes_back(operated: Operated) -> None:
    runner = operated.runner()
    planned = runner.dry_run()
    size, used = storage_of(runner).blob_sizes(planned.eligible_blobs), operated.used()
    assert not size.missing

    found = fence(operated, runner)
    assert runner.dry_run().eligible_blobs == planned.eligible_blobs
    done = runner.collect(nothing, "r-1")
    left = storage_of(runner).blob_sizes(planned.eligible_blobs)
    unfence(operated, runner, found)

    assert done.eligible_blobs == planned.eligible_blobs == left.missing
    assert (left.total, size.total) == (0, used - operated.used())
    with Remote(operated.url) as remote:
        assert remote.pull("registry/app", "1").digest == KEPT.digest
        remote.push("registry", "again", GONE)
        assert remote.pull("registry", "again").digest == GONE.digest


def test_an_emptied_repository_leaves_the_catalog_and_the_one_inside_it_stays(operated: Operated) -> None:
    runner = operated.runner()
    found = fence(operated, runner)
    runner.collect(nothing)
    storage = storage_of(runner)
    outer = RepositoryName("registry")
    assert (storage.writable, storage.why_not_writable) == (True, "")
    assert storage.empty_repositories(LATER) == (outer,)

    assert storage.remove_repositories((outer, APP), LATER) == (outer,)

    assert storage.empty_repositories(LATER) == ()
    storage.remove_repositories((outer,), LATER)
    unfence(operated, runner, found)
    with Remote(operated.url) as remote:
        assert remote.catalog() == ["registry/app"]
        assert remote.pull("registry/app", "1").digest == KEPT.digest


def test_a_collector_whose_token_cannot_be_kept_never_begins(operated: Operated) -> None:
    runner = operated.runner()
    found = fence(operated, runner)
    used = operated.used()
    tokens: list[str] = []

    def refuse(token: str) -> None:
        tokens.append(token)
        raise CollectorError("Redis is away.")

    with pytest.raises(CollectorError, match="Redis is away"):
        runner.collect(refuse)

    runner.stop(tokens[0])
    assert not runner.is_collecting(tokens[0])
    assert operated.used() == used
    unfence(operated, runner, found)


@EVERYWHERE
def test_the_collector_of_a_killed_worker_is_seen_stopped_and_seen_gone(operated: Operated, tmp_path: Path) -> None:
    runner = operated.runner()
    found = fence(operated, runner)
    used = operated.used()
    with worker(operated, tmp_path) as dying:
        token = dying.token
        assert until(lambda: runner.is_collecting(token))
        dying.kill()
        # The command runner's collector hears of the death and ends; a container does not.
        runner.stop(token)
        assert not runner.is_collecting(token)
    assert operated.used() == used
    unfence(operated, runner, found)
    with Remote(operated.url) as remote:
        assert remote.pull("registry/app", "1").digest == KEPT.digest


def test_stopping_twice_and_stopping_nothing_is_fine(operated: Operated, tmp_path: Path) -> None:
    runner = operated.runner()
    fence(operated, runner)
    with worker(operated, tmp_path) as stopped:
        for token in (stopped.token, stopped.token, None):
            runner.stop(token)
            assert not runner.is_collecting(token)
        assert until(lambda: stopped.process.poll() is not None)


def test_a_spoilt_token_is_refused(operated: Operated) -> None:
    runner = operated.runner()
    for ask, token in product((runner.is_collecting, runner.stop), ("nonsense", "[]", "{}", '{"engine": 1}')):
        with pytest.raises(CollectorError, match=r"What was written down about the .* cannot be read"):
            ask(token)


def test_a_failing_collector_is_told_with_its_reason_and_frees_nothing(operated: Operated) -> None:
    runner = operated.runner()
    revisions = f"docker/registry/v2/repositories/{APP}/_manifests/revisions/sha256"
    (operated.storage_root / revisions / Digest.parse(KEPT.digest).hex / "link").write_bytes(b"")
    found = fence(operated, runner)
    used = operated.used()

    with pytest.raises(CollectorError, match="exit code 1: failed to garbage collect: failed to mark"):
        runner.collect(nothing)

    assert operated.used() == used
    unfence(operated, runner, found)


def test_what_the_fence_was_lifted_for_can_be_lifted_again(operated: Operated) -> None:
    """As after a worker that died between the two: whoever mends does not know how far it came."""
    runner = operated.runner()
    found = fence(operated, runner)
    unfence(operated, runner, found)
    unfence(operated, operated.runner(), found)
