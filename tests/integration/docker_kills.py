"""Kills: collections of a registry in a container in which a worker is killed; real processes, looked at from outside.

Each run gives a sentence for everything that is not as it must be.
"""

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, Final

import httpx

from bot.cards.request import card
from bot.service.service import Service
from demo.parts.engine import EngineProcess
from demo.parts.errors import RemoteError
from demo.parts.images import Layer, image, index
from demo.parts.processes import wait_until
from demo.parts.redis import RedisProcess
from demo.parts.registry_container import LINGERING_COLLECTOR, RegistryContainer, Wanted, registry_image
from demo.parts.remote import Pulled, Remote
from tests.bench import Bench, config, document
from tests.chaos.launcher import ELSEWHERE, PROGRAM, VARIABLE, Strike
from tests.contract.operated import docker_settings, executing
from tests.crew import Crew, Member
from tests.integration.docker_watch import OURS, Watch, takes_writes
from workers.core.errors import RegcleanError
from workers.core.request import Action, Request, State
from workers.core.sizes import human
from workers.store.locks import LIFE

STOP: Final = "stop"
EXEC: Final = "exec"
POINTS: Final[Mapping[str, Mapping[str, int]]] = {
    STOP: {
        "fence written down": 1,
        "container stopped, not proved": 1,
        "fenced": 1,
        "dry run inside the fence done": 1,
        "collector made, not noted": 1,
        "collector's container noted, not begun": 2,
        "collector's container begun": 2,
        "while the collector's container runs": 2,
        "collector's container ended, not removed": 2,
        "container collected": 1,
        "before unfence": 1,
        "writable, fence still written down": 1,
        "unfenced": 1,
    },
    EXEC: {
        "fence written down": 1,
        "configuration changed, container not restarted": 1,
        "container read-only, not proved": 1,
        "fenced": 1,
        "dry run inside the fence done": 1,
        "collector made, not noted": 1,
        "collector noted, not begun": 1,
        "while the collector runs inside the container": 2,
        "collected inside the container": 1,
        "before unfence": 1,
        "container restarted": 2,
        "writable, fence still written down": 1,
        "unfenced": 1,
    },
}
"""By mode, where to kill, and at which passage: the first container or command inside the fence rehearses."""

_WHILE_IT_RUNS: Final = frozenset(
    {
        "collector's container begun",
        "while the collector's container runs",
        "while the collector runs inside the container",
    }
)
_LONG: Final = "100"
_SHORT: Final = "3"
"""Seconds that a collector takes: one that is left behind runs for longer than it takes anybody to come and see."""

_HEALED_WITHIN: Final = 60.0
_ENDED_WITHIN: Final = 150.0
_PAUSE: Final = 0.2
_BASE: Final = Layer("base", 600)
_KEPT: Final = image(_BASE, Layer("kept", 2000))
_INDEX: Final = index(*(image(_BASE, Layer(each, 900)) for each in ("amd64", "arm64")))
_GONE: Final = image(_BASE, Layer("gone", 4321))


class Victim(Enum):
    """Who is killed: the child at work, or its worker, and the child with it.

    ELSEWHERE is such a worker on a machine of its own, where the sweeper cannot see that it is gone.
    """

    HORSE = "horse"
    WORKER = "worker"
    ELSEWHERE = "worker elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One run; `attempt` tells it from others like it."""

    engine: str
    mode: str
    version: str
    point: str
    victim: Victim
    attempt: int = 0

    def __str__(self) -> str:
        return f"{self.engine}-{self.mode}-{self.version}-{self.point}-{self.victim.value}-{self.attempt}"

    def strike(self, fuse: Path) -> Strike:
        nth = POINTS[self.mode][self.point]
        return Strike(point=self.point, fuse=str(fuse), parent=self.victim is not Victim.HORSE, nth=nth)


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
        self.linger(_LONG if self.kill.point in _WHILE_IT_RUNS else _SHORT)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Survived:
    """`violations` is empty when all is as it must be; `still` and `seconds` are told of each run."""

    violations: tuple[str, ...]
    still: float
    seconds: float
    story: str


def survive(kill: Kill, engine: EngineProcess, folder: Path) -> Survived:
    """One collection from request to end, with that worker killed at that point."""
    began = time.monotonic()
    with room(kill, engine, folder) as it:
        it.ask()
        with Watch(it.registry) as watch:
            it.work()
            wait_until(it.is_healed, seconds=_HEALED_WITHIN, pause=_PAUSE)
        violations = [*_killed(it), *_watched(watch), *_ended(it), *_whole(it), *_left(it)]
        story = " ".join(it.bench.story(it.request_id))
    return Survived(violations=tuple(violations), still=watch.still, seconds=time.monotonic() - began, story=story)


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
        remote.push("old", "gone", _GONE)
        assert remote.delete("old", _GONE.digest).status_code == httpx.codes.ACCEPTED


def pulled(url: str) -> dict[tuple[str, str], Pulled]:
    """Every image with all its bytes, each equal to its hash."""
    with Remote(url) as remote:
        return {(name, tag): remote.pull(name, tag) for name in remote.catalog() for tag in remote.tags(name)}


def used(registry: RegistryContainer) -> int:
    blobs = registry.storage_root / "docker/registry/v2/blobs"
    return sum(path.stat().st_size for path in blobs.rglob("data"))


def _killed(it: Room) -> Iterator[str]:
    """The kill happened, and to whom it was meant for: a worker outlives its child."""
    if not it.fuse.exists():
        yield f"nothing was killed {it.kill.point}"
    if it.deaths != (it.kill.victim is not Victim.HORSE):
        yield f"the worker died {it.deaths} times"


def _watched(watch: Watch) -> Iterator[str]:
    yield from dict.fromkeys(watch.seen)
    if not watch.collectors:
        yield "no collector was ever seen"
    if watch.still > _HEALED_WITHIN:
        yield f"for {watch.still:.0f} s the registry took no writes, and no collector ran"


def _ended(it: Room) -> Iterator[str]:
    """Done, with what left the disk; the card says both, and the chain verifies."""
    request, freed = it.request, it.used - used(it.registry)
    if request.state is not State.DONE:
        yield f"it ended as {request.state.value}: {request.note}"
    if request.freed != freed:
        yield f"{freed} bytes left the disk, and {request.freed} are told"
    drawn = card(Service(it.bench.store, it.bench.config).shown(it.request_id)).text
    for said in ("✅ *Done*", f"Freed {human(freed)}, measured on the storage, as planned."):
        if said not in drawn:
            yield f"the card does not say “{said}”: {drawn}"
    try:
        it.bench.store.ledger.chain.verify()
    except RegcleanError as error:
        yield f"the audit chain does not verify: {error.sentence}"


def _whole(it: Room) -> Iterator[str]:
    """What stayed is what it was, what was to go is gone, and it can be pushed again."""
    approved = it.bench.store.ledger.plan(it.request_id).collection
    blobs = it.registry.storage_root / "docker/registry/v2/blobs/sha256"
    if approved is None or not approved.eligible:
        yield "nothing was planned to go"
    for each in approved.eligible if approved else ():
        if (blobs / each.hex[:2] / each.hex).exists():
            yield f"{each} was to go and is there"
    try:
        if pulled(it.registry.url) != it.images:
            yield "the images that stayed are not what they were"
        with Remote(it.registry.url) as remote:
            if "old" in remote.catalog():
                yield "the emptied repository is still in the catalog"
            remote.push("old", "again", _GONE)
            remote.pull("old", "again")
    except (RemoteError, httpx.TransportError) as error:
        yield str(error)


def _left(it: Room) -> Iterator[str]:
    """The registry's container runs; no fence, no lock and no container of an errand is left."""
    store = it.bench.store
    if not it.registry.state["Running"]:
        yield "the registry does not run"
    if fence := store.fences.load("sample"):
        yield f"a fence is left: {fence}"
    if not wait_until(lambda: store.locks.holder("sample") is None, seconds=LIFE + 1, pause=_PAUSE):
        yield f"{store.locks.holder('sample')} still holds the lock"
    yield from (f"the container {name} is left" for name in it.ours())
