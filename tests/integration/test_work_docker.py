"""Collections of a registry in a container, from request to end: stopped, collected, measured, and started again.

Those in which a worker is killed at each named point are in test_work_docker_killed.py.
"""

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from demo.parts.binaries import OLD_REGISTRY
from demo.parts.engine import DOCKER, PODMAN, EngineProcess
from demo.parts.images import Layer, image
from demo.parts.processes import free_port, wait_until
from demo.parts.registry_container import registry_image
from demo.parts.remote import Remote
from tests.bench import Bench, config, document
from tests.chaos.launcher import PROGRAM, VARIABLE, Strike
from tests.conftest import GetEngine, MakeContainer
from tests.contract.operated import executing
from tests.crew import Crew, eventually
from tests.integration.docker_runners import GONE, KEPT, Contained, contained
from workers.core.request import Action, Request, State
from workers.sweeper import TICK

pytestmark = [pytest.mark.registry, pytest.mark.timeout(300)]  # engines are slow to start and to stop containers


@pytest.fixture
def engine(get_engine: GetEngine) -> EngineProcess:
    return get_engine()


@pytest.fixture
def contain(engine: EngineProcess, make_container: MakeContainer) -> Callable[..., Contained]:
    return partial(contained, engine, make_container)


@pytest.fixture
def registry(contain: Callable[..., Contained]) -> Contained:
    return contain()


def entry(registry: Contained, **changes: Any) -> dict[str, Any]:
    gc = registry.settings(**changes)
    return {"name": "sample", "url": registry.container.url, "plain_http": True, "gc": gc}


def bench_of(registry: Contained, redis_url: str, **changes: Any) -> Bench:
    return Bench(config(entry(registry, **changes)), redis_url)


def used(registry: Contained) -> int:
    """Bytes of all blobs on the disk, counted by the test itself."""
    blobs = registry.container.storage_root / "docker/registry/v2/blobs"
    return sum(path.stat().st_size for path in blobs.rglob("data"))


def takes_writes(registry: Contained) -> bool:
    try:
        return httpx.post(f"{registry.container.url}/v2/probe/blobs/uploads/").status_code == 202
    except httpx.TransportError:
        return False


def is_as_it_was(registry: Contained, bench: Bench) -> None:
    """The registry runs and takes writes, nothing of ours is left, no fence stands, and what stayed can be pulled."""
    assert registry.container.state["Running"]
    assert takes_writes(registry)
    assert not registry.ours()
    assert bench.store.fences.load("sample") is None
    with Remote(registry.container.url) as remote:
        assert remote.pull("app", "1").digest == KEPT.digest


@pytest.mark.parametrize(
    ("kind", "changes"),
    [(DOCKER, {}), (DOCKER, executing()), (PODMAN, {})],
    ids=["docker-stop", "docker-exec", "podman-stop"],
)
def test_bytes_freed_equal_what_the_card_said_and_the_emptied_repository_leaves(
    get_engine: GetEngine, make_container: MakeContainer, redis_url: str, kind: str, changes: dict[str, Any]
) -> None:
    registry = contained(get_engine(kind), make_container)
    bench = bench_of(registry, redis_url, **changes)
    before = used(registry)
    request_id = bench.planned(action=Action.COLLECT)
    plan = bench.store.ledger.plan(request_id)
    assert plan.collection is not None
    assert plan.exact
    assert [str(name) for name in plan.collection.emptied] == ["old"]
    does = "restarted before and after it is" if changes else "stopped while it is"
    assert any(f"The container {registry.container.name} is {does} collected" in note for note in plan.notes)
    bench.approve(request_id)

    done = bench.work(request_id)

    assert (done.state, done.note) == (State.DONE, "")
    assert done.freed == plan.frees == before - used(registry) == GONE.size + sum(blob.size for blob in GONE.blobs)
    is_as_it_was(registry, bench)
    with Remote(registry.container.url) as remote:
        assert remote.catalog() == ["app"]
        assert len(remote.push("old", "again", GONE).uploaded) == len(GONE.blobs)
        assert remote.pull("old", "again").digest == GONE.digest
    assert bench.story(request_id) == [
        "opened", "planned", "approved", "started", "fenced", "collected", "unfenced", "verified", "done",
    ]  # fmt: skip


def approved(bench: Bench) -> str:
    request_id = bench.planned(action=Action.COLLECT)
    bench.approve(request_id)
    return request_id


def refused(bench: Bench) -> str:
    request = bench.request(bench.planned(action=Action.COLLECT))
    assert request.state is State.REFUSED
    return request.note


def test_what_stands_in_the_way_is_told_in_the_plan(registry: Contained, redis_url: str) -> None:
    wrong: dict[str, dict[str, Any]] = {
        "container": {"container": "nobody"},
        "engine": {"docker_host": f"tcp://127.0.0.1:{free_port()}", "plain_tcp": True},
        "program": {"program": "distribution"},
    }
    notes = {what: refused(bench_of(registry, redis_url, **changes)) for what, changes in wrong.items()}
    assert notes["container"] == "There is no container “nobody”; create and start it, or correct `container` in gc."
    assert notes["engine"].endswith("start it, or correct docker_host.")
    assert notes["program"].startswith("“distribution” cannot be started: ")
    assert all(note.endswith(".") for note in notes.values())


def failed(bench: Bench, request_id: str) -> Request:
    request = bench.work(request_id)
    assert request.state is State.FAILED
    return request


def test_a_registry_that_something_else_serves_is_not_collected(
    registry: Contained, redis_url: str, make_container: MakeContainer
) -> None:
    """The address leads to another registry than the container: what stands still proves nothing."""
    with registry.engine.client() as client:
        name = registry_image(client, OLD_REGISTRY)
    other = make_container(registry.engine, image=name, name="other")
    with Remote(other.url) as remote:
        remote.push("app", "1", image(Layer("other", 10)))
        remote.push("app", "1", KEPT)
    bench = bench_of(registry, redis_url)
    request_id = approved(bench)
    elsewhere = Bench(config({**entry(registry), "url": other.url}), redis_url)
    before = used(registry)

    request = failed(elsewhere, request_id)

    assert "Something still answers for sample although its container stands still" in request.note
    assert used(registry) == before
    assert wait_until(lambda: takes_writes(registry), seconds=20)
    assert bench.store.fences.load("sample") is None


@pytest.fixture
def crew(registry: Contained, redis_url: str, tmp_path: Path) -> Iterator[Crew]:
    with Crew(tmp_path / "crew", document(entry(registry)), redis_url) as members:
        yield members


def killed(crew: Crew, point: str) -> None:
    """A worker takes up what is approved, is killed there, and is not started again."""
    strike = Strike(point=point, fuse=str(crew.folder / "fuse"), parent=True)
    worker = crew.start("worker", "gc", program=PROGRAM, **{VARIABLE: json.dumps([strike.as_json()])})
    worker.ends(60)


def test_a_container_that_is_replaced_meanwhile_is_left_to_people_until_it_runs(
    registry: Contained, redis_url: str, crew: Crew
) -> None:
    bench = bench_of(registry, redis_url)
    request_id = approved(bench)
    killed(crew, "container collected")
    registry.container.replace()

    crew.start("sweep")
    eventually(lambda: bench.story(request_id)[-1] == "alert", 40)
    told = bench.told(request_id)[-1].details["why"]
    assert "sample stays stopped: The container" in told
    assert told.endswith("was replaced while it was stopped, and the new one never started. Start it by hand.")
    assert registry.container.state["Status"] == "created"

    registry.container.start()
    eventually(lambda: bench.story(request_id)[-1] == "mended", 40)
    is_as_it_was(registry, bench)


def test_an_engine_that_is_away_leaves_the_registry_stopped_and_alerts_once(
    registry: Contained, redis_url: str, crew: Crew, tmp_path: Path
) -> None:
    bench = bench_of(registry, redis_url)
    request_id = approved(bench)
    killed(crew, "fenced")
    nowhere = entry(registry, docker_host=f"tcp://127.0.0.1:{free_port()}", plain_tcp=True)

    with Crew(tmp_path / "away", document(nowhere), redis_url) as away:
        away.start("sweep")
        eventually(lambda: bench.story(request_id)[-1] == "alert", 40)
        time.sleep(2.5 * TICK)
    assert bench.story(request_id).count("alert") == 1
    assert not registry.container.state["Running"]

    crew.start("sweep")
    eventually(lambda: bench.story(request_id)[-1] == "mended", 40)
    is_as_it_was(registry, bench)
