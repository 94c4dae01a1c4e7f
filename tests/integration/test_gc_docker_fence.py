"""The gc runner `docker` in mode `stop`: no registry beside its collector, and only what was stopped is started."""

import gc
import time
from pathlib import Path
from threading import Thread

import pytest

from demo.parts.binaries import OLD_REGISTRY
from demo.parts.engine import EngineProcess
from demo.parts.processes import wait_until
from demo.parts.registry import answers
from demo.parts.registry_container import SLOW_PROGRAM, registry_image
from tests.conftest import GetEngine, MakeContainer
from tests.contract.operated import nothing
from tests.integration.docker_runners import Collecting, Contained, collecting, contained
from workers.core.errors import CollectorError
from workers.gc.docker import collectors
from workers.gc.runner import Runner

pytestmark = pytest.mark.registry


@pytest.fixture
def engine(get_engine: GetEngine) -> EngineProcess:
    return get_engine()


@pytest.fixture
def registry(engine: EngineProcess, make_container: MakeContainer) -> Contained:
    return contained(engine, make_container)


def stopped(runner: Runner) -> str:
    found = runner.as_found()
    assert found
    runner.read_only(on=True, found=found)
    return found


def test_a_registry_that_somebody_starts_meanwhile_ends_the_collection_at_once(registry: Contained) -> None:
    runner = registry.runner(program=SLOW_PROGRAM)
    stopped(runner)
    with collecting(runner, started=lambda: runs(registry)) as seen:
        registry.container.start()
        assert wait_until(lambda: bool(seen.outcome), seconds=20)

    assert "was started while it was to be collected, so the collector was stopped" in str(seen.outcome[0])
    assert not registry.ours()


def runs(registry: Contained) -> bool:
    return any(registry.details(each)["State"]["Running"] for each in registry.ours())


def test_a_registry_that_runs_is_not_collected(registry: Contained) -> None:
    tokens: list[str] = []
    with pytest.raises(CollectorError, match="was started while it was to be collected"):
        registry.runner().collect(tokens.append)
    assert len(tokens) == 1
    assert not registry.ours()


def test_the_registry_is_not_started_beside_a_collector(registry: Contained) -> None:
    runner = registry.runner(program=SLOW_PROGRAM)
    found = stopped(runner)
    with collecting(runner, started=lambda: runs(registry)):
        with pytest.raises(CollectorError, match="still runs, and the registry must not start beside it"):
            runner.read_only(on=False, found=found)
        assert not registry.container.state["Running"]
    runner.read_only(on=False, found=found)
    assert registry.container.state["Running"]


def test_a_collector_that_was_made_and_never_started_is_gone_before_the_registry_starts(registry: Contained) -> None:
    """Its worker died before it could keep the token, or is only asleep: it must not begin afterwards."""
    runner = registry.runner()
    found = stopped(runner)
    left = idle_collector(registry)
    assert runner.is_collecting(None)

    runner.read_only(on=False, found=found)

    assert left not in registry.ours()
    assert not runner.is_collecting(None)


def idle_collector(registry: Contained, task: str = collectors.COLLECT) -> str:
    labels = {"io.regclean.registry": registry.container.name, "io.regclean.task": task}
    with registry.engine.client() as client:
        wanted = {"Image": registry.details()["Image"], "Labels": labels}
        return str(client.create_container_from_config(wanted, None)["Id"])


def test_what_dead_workers_left_is_cleared_away_once_nobody_can_wait_for_it(
    registry: Contained, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = registry.runner()
    left = idle_collector(registry, task=collectors.DRY_RUN)
    runner.dry_run()
    assert left in registry.ours()

    in_two_hours = time.time() + 7200
    monkeypatch.setattr(time, "time", lambda: in_two_hours)
    runner.dry_run()

    assert not registry.ours()


def test_a_registry_that_did_not_run_is_not_fenced(registry: Contained) -> None:
    registry.container.stop()
    with pytest.raises(CollectorError, match="regclean starts only what it stopped; start it, then ask again"):
        registry.runner().as_found()
    assert not registry.container.state["Running"]


def test_a_container_that_was_replaced_is_not_started(registry: Contained) -> None:
    runner = registry.runner()
    found = stopped(runner)
    registry.container.replace()

    with pytest.raises(CollectorError, match="was replaced while it was stopped, and the new one never started"):
        runner.read_only(on=False, found=found)

    assert registry.container.state["Status"] == "created"
    registry.container.start()
    runner.read_only(on=False, found=found)


def test_a_container_that_was_replaced_before_it_could_be_stopped_goes_on(registry: Contained) -> None:
    runner = registry.runner()
    found = runner.as_found()
    registry.container.replace()
    registry.container.start()

    with pytest.raises(CollectorError, match="was replaced just now; ask again"):
        runner.read_only(on=True, found=found)

    assert registry.container.state["Running"]


def test_a_container_that_was_removed_is_told(registry: Contained) -> None:
    runner = registry.runner()
    found = stopped(runner)
    registry.container.remove()
    with pytest.raises(CollectorError, match="was removed while it was stopped; create it again"):
        runner.read_only(on=False, found=found)
    runner.restart()


def test_a_registry_that_runs_is_restarted_because_its_cache_may_be_stale(registry: Contained) -> None:
    before = registry.container.state["StartedAt"]
    registry.runner().restart()
    assert registry.container.state["StartedAt"] != before
    assert wait_until(lambda: answers(registry.container.url), seconds=20)


# The SDK leaves a socket that it could not connect to the garbage collector, which is run here to keep it in this test.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_an_engine_that_was_restarted_forgets_nothing(make_container: MakeContainer, tmp_path: Path) -> None:
    with EngineProcess(tmp_path / "engine") as own:
        registry = contained(own, make_container)
        found = stopped(registry.runner())
        token = token_of_interrupted(registry)
        runner = registry.runner()
        with pytest.raises(CollectorError, match="start it, or correct docker_host"):
            runner.is_collecting(token)
        own.restart()
        assert not registry.container.state["Running"]
        assert not runner.is_collecting(token)
        runner.read_only(on=False, found=found)
        assert wait_until(lambda: answers(registry.container.url), seconds=20)
        assert not registry.ours()
    gc.collect()


def token_of_interrupted(registry: Contained) -> str:
    """Of a collection whose engine goes away."""
    runner = registry.runner(program=SLOW_PROGRAM)
    seen = Collecting()
    thread = Thread(target=seen.run, args=(runner,))
    thread.start()
    assert wait_until(lambda: runs(registry), seconds=20)
    registry.engine.kill()
    thread.join(60)
    assert "The container engine did not" in str(seen.outcome[0])
    return seen.token


def test_a_collector_of_another_engine_is_not_said_to_be_gone(
    registry: Contained, get_engine: GetEngine, make_container: MakeContainer
) -> None:
    runner = registry.runner(program=SLOW_PROGRAM)
    found = stopped(runner)
    with collecting(runner, started=lambda: runs(registry)) as seen:
        other = registry.runner(docker_host=get_engine("podman").url)
        for ask in (other.is_collecting, other.stop):
            with pytest.raises(CollectorError, match="belongs to another engine than docker_host leads to now"):
                ask(seen.token)
        with pytest.raises(CollectorError, match="belongs to another engine"):
            other.read_only(on=False, found=found)
        assert runs(registry)


def test_a_second_registry_on_the_same_storage_is_refused(registry: Contained, make_container: MakeContainer) -> None:
    engine, storage = registry.engine, registry.container.storage_root
    with engine.client() as client:
        name = registry_image(client, OLD_REGISTRY, tools=True)
    replica = make_container(engine, image=name, storage=storage, name="replica")
    refusal = "“replica” serves the storage of “registry-container.*”, too, and would take pushes"

    with pytest.raises(CollectorError, match=refusal):
        registry.runner().dry_run()

    replica.stop()
    assert registry.runner().dry_run().eligible_blobs


def test_a_collection_takes_no_longer_than_it_may(registry: Contained) -> None:
    runner = registry.runner(program=SLOW_PROGRAM, timeout=1)
    stopped(runner)
    with pytest.raises(CollectorError, match="“slow-registry” was stopped: it took longer than the 1 seconds"):
        runner.collect(nothing)
    assert not registry.ours()
