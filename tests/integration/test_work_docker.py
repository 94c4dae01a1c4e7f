"""Collections of a registry in a container, from request to end: stopped, collected, measured, and started again."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

import httpx
import pytest

from demo.parts.binaries import NEW_REGISTRY, OLD_REGISTRY
from demo.parts.engine import DOCKER, PODMAN, EngineProcess
from demo.parts.images import Layer, image
from demo.parts.processes import free_port, wait_until
from demo.parts.registry_container import SLOW_COLLECTOR, registry_image
from demo.parts.remote import Remote
from tests.bench import Bench, config, document
from tests.conftest import GetEngine, MakeContainer
from tests.contract.operated import executing
from tests.integration.docker_runners import GONE, KEPT, Contained, contained
from workers.core.request import Action, Request, State
from workers.store import keys
from workers.sweeper import Sweeper

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


DYING = """
import importlib, json, os, signal, sys
from tests.bench import Bench
from workers.collecting import collect_request
from workers.config import Config

settings, redis_url, request_id, target, when, nth = sys.argv[1:]
calls = iter(range(1, 1000))
module, _, path = target.partition(":")
holder, _, name = path.rpartition(".")
owner = getattr(importlib.import_module(module), holder)
original = getattr(owner, name)

def die():
    os.kill(os.getpid(), signal.SIGKILL)

def deadly(*given, **named):
    hit = next(calls) == int(nth)
    if hit and when == "before":
        die()
    result = original(*given, **named)
    if hit:
        die()
    return result

setattr(owner, name, deadly)
collect_request(Bench(Config.model_validate(json.loads(settings)), redis_url).runtime, request_id)
"""
RUNNER = "workers.gc.docker.stopping:StoppingRunner"
ONE_SHOT = "workers.gc.docker.one_shot:OneShot"
# Before or after the first or second call of a function: the first container inside the fence rehearses.
POINTS = {
    "fence written down": ("workers.store.fences:Fences.save", "after", 1),
    "stopped, not proved": (f"{RUNNER}.read_only", "after", 1),
    "fenced": ("workers.fencing:Fencing.raise_for", "after", 1),
    "rehearsed inside the fence": ("workers.collecting:Collecting._moved", "after", 1),
    "collector made, not noted": ("workers.fencing:Fencing.note_collector", "before", 1),
    "collector noted, not begun": (f"{ONE_SHOT}.start", "before", 2),
    "collector begun": (f"{ONE_SHOT}.start", "after", 2),
    "during collect": (f"{ONE_SHOT}.ended", "after", 9),
    "collected, not removed": (f"{ONE_SHOT}.ended", "after", 2),
    "collected": (f"{RUNNER}.collect", "after", 1),
    "before unfence": ("workers.fencing:Fencing.lift", "before", 1),
    "started, fence still written down": ("workers.store.fences:Fences.lift", "before", 1),
    "unfenced": ("workers.fencing:Fencing.lift", "after", 1),
}


@contextmanager
def dying(
    bench_document: dict[str, Any], redis_url: str, request_id: str, point: str
) -> Iterator[subprocess.Popen[bytes]]:
    arguments = [json.dumps(bench_document), redis_url, request_id, *map(str, POINTS[point])]
    with subprocess.Popen([sys.executable, "-c", DYING, *arguments]) as process:
        try:
            yield process
        finally:
            process.kill()


def approved(bench: Bench) -> str:
    request_id = bench.planned(action=Action.COLLECT)
    bench.approve(request_id)
    return request_id


def mended(bench: Bench) -> None:
    """What the sweeper does once the dead worker's lock has run out."""
    bench.store.redis.delete(keys.lock("sample"))
    Sweeper(bench.runtime).sweep()


MOMENTS = [
    *((point, OLD_REGISTRY) for point in POINTS),
    *((point, NEW_REGISTRY) for point in ("fenced", "during collect", "collected")),
]


@pytest.mark.parametrize(("point", "version"), MOMENTS)
def test_a_worker_killed_at_any_point_leaves_a_registry_that_comes_back(
    contain: Callable[..., Contained], redis_url: str, point: str, version: str
) -> None:
    comes_back(contain(version=version), redis_url, point)


@pytest.mark.long
@pytest.mark.parametrize("attempt", range(20))
@pytest.mark.parametrize("version", [OLD_REGISTRY, NEW_REGISTRY])
@pytest.mark.parametrize("point", POINTS)
def test_it_comes_back_every_time(
    contain: Callable[..., Contained], redis_url: str, point: str, version: str, attempt: int
) -> None:
    comes_back(contain(version=version), redis_url, point)


def comes_back(registry: Contained, redis_url: str, point: str) -> None:
    """Kill the worker there; the sweeper mends, and the request goes on to its end."""
    root = {"storage_root": str(registry.container.storage_root)}
    bench = bench_of(registry, redis_url, **root)
    request_id = approved(bench)
    slow = {"program": SLOW_COLLECTOR} if point == "during collect" else {}
    with dying(document(entry(registry, **root, **slow)), redis_url, request_id, point) as process:
        if slow:
            assert wait_until(lambda: collects(registry), seconds=30)
            process.kill()
        assert process.wait(60) == -9

    mended(bench)

    is_as_it_was(registry, bench)
    done = bench.work(request_id)
    assert (done.state, done.freed) == (State.DONE, GONE.size + sum(blob.size for blob in GONE.blobs))
    is_as_it_was(registry, bench)


def collects(registry: Contained) -> bool:
    made = [each for each, labels in registry.ours().items() if labels["io.regclean.task"] == "collect"]
    return any(registry.details(each)["State"]["Running"] for each in made)


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


def test_a_container_that_is_replaced_meanwhile_is_left_to_people_until_it_runs(
    registry: Contained, redis_url: str
) -> None:
    bench = bench_of(registry, redis_url)
    request_id = approved(bench)
    with dying(document(entry(registry)), redis_url, request_id, "collected") as process:
        assert process.wait(60) == -9
    registry.container.replace()

    mended(bench)
    assert bench.story(request_id)[-1] == "alert"
    told = bench.told(request_id)[-1].details["why"]
    assert "sample stays stopped: The container" in told
    assert told.endswith("was replaced while it was stopped, and the new one never started. Start it by hand.")
    assert registry.container.state["Status"] == "created"

    registry.container.start()
    mended(bench)
    is_as_it_was(registry, bench)
    assert bench.story(request_id)[-1] == "mended"


def test_an_engine_that_is_away_leaves_the_registry_stopped_and_alerts_once(
    registry: Contained, redis_url: str
) -> None:
    bench = bench_of(registry, redis_url)
    request_id = approved(bench)
    with dying(document(entry(registry)), redis_url, request_id, "fenced") as process:
        assert process.wait(60) == -9
    away = Bench(config(entry(registry, docker_host=f"tcp://127.0.0.1:{free_port()}", plain_tcp=True)), redis_url)

    mended(away)
    mended(away)
    assert bench.story(request_id).count("alert") == 1
    assert not registry.container.state["Running"]

    mended(bench)
    is_as_it_was(registry, bench)
