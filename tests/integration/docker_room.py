"""Room: a registry in a container, a Redis of its own, and the real processes that collect it."""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx

from demo.parts.engine import EngineProcess
from demo.parts.images import Layer, image, index
from demo.parts.redis import RedisProcess
from demo.parts.registry_container import LINGERING_COLLECTOR, RegistryContainer, Wanted, registry_image
from demo.parts.remote import Pulled, Remote
from tests.bench import Bench, config, document
from tests.chaos.launcher import ELSEWHERE, PROGRAM, VARIABLE
from tests.contract.operated import docker_settings, executing
from tests.crew import Crew, Member
from tests.integration.docker_kills import EXEC, WHILE_IT_RUNS, Kill, Victim
from tests.integration.docker_watch import OURS, takes_writes
from workers.core.request import Action, Request

_LONG: Final = "100"
_SHORT: Final = "3"
"""Seconds that a collector takes: one that is left behind runs for longer than it takes anybody to come and see."""

_ENDED_WITHIN: Final = 240.0
_PAUSE: Final = 0.2
_BASE: Final = Layer("base", 600)
_KEPT: Final = image(_BASE, Layer("kept", 2000))
_INDEX: Final = index(*(image(_BASE, Layer(each, 900)) for each in ("amd64", "arm64")))
GONE: Final = image(_BASE, Layer("gone", 4321))


@dataclass(slots=True, kw_only=True)
class Room:
    """What one run needs; `images` are those that stay, `used` the bytes of all blobs, both before the collection."""

    kill: Kill
    registry: RegistryContainer
    bench: Bench
    crew: Crew
    fuse: Path
    images: Mapping[tuple[str, str], Pulled] = field(default_factory=dict)
    used: int = 0
    request_id: str = ""
    deaths: int = 0

    @property
    def request(self) -> Request:
        return self.bench.request(self.request_id)

    def ask(self) -> None:
        """Somebody asks, and somebody says yes."""
        fill(self.registry.url)
        self.linger(_SHORT)
        self.images, self.used = pulled(self.registry.url), used(self.registry)
        self.request_id = self.bench.planned(action=Action.COLLECT)
        self.bench.approve(self.request_id)

    def work(self) -> None:
        """Let the real processes do it; a worker that dies is started again a second later, as a supervisor would."""
        self.linger(_LONG if self.kill.point in WHILE_IT_RUNS else _SHORT)
        self._start("sweep")
        worker = self._start("worker", "gc")
        store, until = self.bench.store, time.monotonic() + _ENDED_WITHIN
        while not store.ledger.load(self.request_id).state.is_final and time.monotonic() < until:
            if not worker.runs:
                self.deaths += 1
                time.sleep(1)
                worker = self._start("worker", "gc")
            if self.fuse.exists():
                self.linger(_SHORT)
            time.sleep(_PAUSE)

    def linger(self, seconds: str) -> None:
        """How long collectors take that begin from now on."""
        fresh = self.registry.storage_root / "linger.fresh"
        fresh.write_text(f"{seconds}\n")
        fresh.rename(self.registry.storage_root / "linger")

    def _start(self, *words: str) -> Member:
        strikes = [self.kill.strike(self.fuse).as_json()] if words[0] == "worker" else []
        where = {ELSEWHERE: "1"} if self.kill.victim is Victim.ELSEWHERE else {}
        return self.crew.start(*words, program=PROGRAM, **{VARIABLE: json.dumps(strikes)}, **where)

    def ours(self) -> list[str]:
        """The names of containers that were made for an errand and are still there."""
        with self.registry.engine.client() as client:
            found = client.containers(all=True, filters={"label": [f"{OURS}={self.registry.name}"]})
        return [str(each["Names"][0]) for each in found]

    def is_healed(self) -> bool:
        with httpx.Client(base_url=self.registry.url, timeout=2, trust_env=False) as http:
            is_open = takes_writes(http)
        store = self.bench.store
        return is_open and store.fences.load("sample") is None and self.registry.state["Running"] and not self.ours()


@contextmanager
def room(kill: Kill, engine: EngineProcess, folder: Path) -> Iterator[Room]:
    with ExitStack() as up:
        with engine.client() as client:
            name = registry_image(client, kill.version, tools=True)
        wanted = Wanted(name=f"registry-{folder.name}", version=kill.version, image=name, storage=folder / "storage")
        registry = up.enter_context(RegistryContainer(engine, wanted))
        redis = up.enter_context(RedisProcess(folder / "redis", durable=False))
        own = {"name": "sample", "url": registry.url, "plain_http": True, "gc": _settings(kill, engine, registry)}
        crew = up.enter_context(Crew(folder / "crew", document(own), redis.url))
        yield Room(
            kill=kill, registry=registry, bench=Bench(config(own), redis.url), crew=crew, fuse=folder / "fuse"
        )  # fmt: skip


def _settings(kill: Kill, engine: EngineProcess, registry: RegistryContainer) -> dict[str, Any]:
    mode = executing() if kill.mode == EXEC else {}
    storage = str(registry.storage_root)
    return docker_settings(engine, registry, program=LINGERING_COLLECTOR, storage_root=storage, **mode)


def fill(url: str) -> None:
    """Images that share a layer, an index among them, and one that was deleted again, the last of its repository."""
    with Remote(url) as remote:
        remote.push("app", "1", _KEPT)
        remote.push("app", "multi", _INDEX)
        remote.push("old", "gone", GONE)
        assert remote.delete("old", GONE.digest).status_code == httpx.codes.ACCEPTED


def pulled(url: str) -> dict[tuple[str, str], Pulled]:
    """Every image with all its bytes, each equal to its hash."""
    with Remote(url) as remote:
        return {(name, tag): remote.pull(name, tag) for name in remote.catalog() for tag in remote.tags(name)}


def used(registry: RegistryContainer) -> int:
    blobs = registry.storage_root / "docker/registry/v2/blobs"
    return sum(path.stat().st_size for path in blobs.rglob("data"))
