"""Stage: one run: a registry with content, a Redis, regclean's processes, and the trouble they get into."""

import json
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any, Final

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from demo.parts.processes import wait_until
from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from tests.bench import Bench, config, document, gc_settings
from tests.chaos import content
from tests.chaos.content import Content
from tests.chaos.fault import COLLECT, PLAN, Fault
from tests.chaos.front import Front
from tests.chaos.launcher import ELSEWHERE, PROGRAM, VARIABLE
from tests.chaos.launcher import Strike as BuiltIn
from tests.chaos.line import Line
from tests.chaos.watch import COLLECTOR, Watch
from tests.crew import Crew, Member
from workers.core.errors import RegcleanError
from workers.core.plan import Plan
from workers.core.request import Action, Request, State
from workers.store import keys
from workers.store.connection import Patience

REGISTRY: Final = "sample"
IMAGES: Final = 30
_LOOKING: Final = Patience(timeout=2, retries=1, cap=0.1)
_FAKETIME: Final = next(map(str, Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), "")
_FAKED: Final = {"FAKETIME_DONT_FAKE_MONOTONIC": "1", "FAKETIME_NO_CACHE": "1"}
_ELSEWHERE: Final = 0.5
"""How many runs are as if each process had a machine of its own, where nobody sees its end."""
_WAKING: Final = 5.0
_ENDED_WITHIN: Final = 150.0
_UNDER_WAY: Final = 60.0


@dataclass(slots=True)
class Stage:
    """`over` is when the trouble ended, by the wall clock; 0 while it has not begun.

    `before` and `disk`: the tags and the blobs there were when the request was asked for.
    `troubles`: what goes on beside the work; the trouble is not over before these are.
    `unlocked` is when a lock went before its time: what had been asked about just before is on its way then.
    `killed` is when somebody was killed from within: what it had just sent may arrive when its lock is free.
    """

    fault: Fault
    random: Random
    folder: Path
    redis: RedisProcess
    redis_line: Line
    registry: RegistryProcess
    front: Front
    line: Line
    watch: Watch
    crew: Crew
    bench: Bench
    content: Content
    request_id: str = ""
    others: list[str] = field(default_factory=list)
    over: float = 0.0
    unlocked: float = 0.0
    killed: float = 0.0
    before: Mapping[tuple[str, str], str] = field(default_factory=dict)
    disk: Mapping[str, int] = field(default_factory=dict)
    pushed: dict[tuple[str, str], str] = field(default_factory=dict)
    troubles: list[threading.Thread] = field(default_factory=list)
    _keeping: threading.Event = field(default_factory=threading.Event)
    _roles: dict[str, Member] = field(default_factory=dict)
    _fuses: list[BuiltIn] = field(default_factory=list)

    # What the people do

    def ask(self) -> None:
        """Bring a request to the point where it waits for its worker, and let the workers come."""
        if self.fault.work == COLLECT:
            self.bench.through(*self.content.wanted)
            self.front.writes.clear()
        self.before = content.read(self.registry.url)
        self.disk = content.blobs(self.registry.storage_root)
        self._hire()
        if self.fault.work == PLAN:
            self.request_id = self.bench.ask(*self.content.wanted)
            self.bench.enqueue(self.request_id)
            self.until(lambda: self.request.state is not State.PLANNING, _UNDER_WAY)
        elif self.fault.work == COLLECT:
            self.request_id = self.bench.planned(action=Action.COLLECT)
        else:
            self.request_id = self.bench.planned(*self.content.wanted)
        if self.fault.before:
            self.fault.before(self)
        self.bench.approve(self.request_id, timedelta(seconds=self.fault.lasts))

    def suffer(self) -> None:
        """The trouble, from its beginning to its end."""
        if self.fault.act:
            self.until(self.is_under_way, _UNDER_WAY)
            self.fault.act(self)
            self.over = time.time()
        for trouble in self.troubles:
            trouble.join()
        for strike in self._fuses:
            if wait_until(lambda fuse=Path(strike.fuse): fuse.exists(), seconds=_UNDER_WAY, pause=0.05):  # type: ignore[misc]
                struck = float(Path(strike.fuse).read_text().split()[0])
                self.over = max(self.over, struck + strike.seconds)
                self.killed = struck if strike.deed == "kill" else self.killed
        if any(strike.deed == "stop" for strike in self._fuses):
            # Who was stopped wakes up, perhaps long after the end, and must not spoil anything.
            time.sleep(max(0.0, self.over + _WAKING - time.time()))

    def is_under_way(self) -> bool:
        """Whether about a quarter of the steps are done, or the collector runs."""
        if self.fault.work == COLLECT:
            return bool(self.watch.collectors())
        return len(self.bench.store.journal.outcomes(self.request_id)) >= len(self.content.wanted) // 4

    def until(self, holds: Any, seconds: float) -> bool:
        """Wait, through times in which Redis does not answer."""

        def look() -> bool:
            with suppress(RegcleanError):
                return bool(holds())
            return False

        return wait_until(look, seconds=seconds, pause=0.05)

    def until_ended(self) -> bool:
        ids = [self.request_id, *self.others]
        return self.until(lambda: all(self.bench.request(each).state.is_final for each in ids), _ENDED_WITHIN)

    @property
    def request(self) -> Request:
        return self.bench.request(self.request_id)

    @property
    def plan(self) -> Plan:
        return self.bench.store.ledger.plan(self.request_id)

    @property
    def recovery(self) -> float | None:
        """Seconds from the end of the trouble to the next sign of life of the request; None when it had ended."""
        signs = [datetime.fromisoformat(entry.at).timestamp() for entry in self.bench.told(self.request_id)]
        later = [sign - self.over for sign in signs if sign > self.over]
        return round(min(later), 1) if later and self.over else None

    # Processes

    def _hire(self) -> None:
        worker = {COLLECT: "worker gc"}.get(self.fault.work, "worker clean")
        names = [worker, *(["worker lookup"] if self.fault.work == PLAN else [])] * self.fault.workers
        for number, name in enumerate([*names, *["sweep"] * self.fault.sweepers]):
            self._roles[f"{name} {number}"] = self._start(name)
        threading.Thread(target=self._keep, daemon=True, name="keeper").start()

    def _start(self, name: str) -> Member:
        built_in = [
            BuiltIn(
                point=strike.point,
                fuse=str(self.folder / f"fuse-{number}"),
                deed=strike.deed,
                parent=strike.parent,
                nth=Random(f"{self.folder.name} {number}").randint(1, strike.nth),
                seconds=strike.seconds,
            )
            for number, strike in enumerate(self.fault.strikes)
        ]
        here = [each for each, strike in zip(built_in, self.fault.strikes, strict=True) if strike.of == name]
        self._fuses = built_in
        environment = {VARIABLE: json.dumps([each.as_json() for each in here])}
        if Random(f"{self.folder.name} machines").random() < _ELSEWHERE:
            environment[ELSEWHERE] = "1"
        if self.fault.fake_clock:
            environment |= _FAKED | {"LD_PRELOAD": _FAKETIME, "FAKETIME_TIMESTAMP_FILE": str(self.clock)}
        return self.crew.start(*name.split(), program=PROGRAM, **environment)

    @property
    def clock(self) -> Path:
        """The file that says how far ahead the processes' clock is."""
        return self.folder / "clock"

    def member(self, name: str) -> Member:
        """Who does this now."""
        return next(member for role, member in self._roles.items() if role.startswith(name))

    def _keep(self) -> None:
        """Start again who dies, a second later, as an orchestrator would."""
        while not self._keeping.wait(0.2):
            for role, member in self._roles.items():
                if not member.runs and not self._keeping.wait(1.0):
                    self._roles[role] = self._start(member.name)

    def close(self) -> None:
        self._keeping.set()


@contextmanager
def stage(fault: Fault, seed: str, version: str, folder: Path) -> Iterator[Stage]:
    """Everything up for one run; `seed` decides all that is left to chance."""
    folder.mkdir(parents=True, exist_ok=True)
    random = Random(seed)
    with ExitStack() as up:
        made = content.fill(folder / "registry" / "storage", random, IMAGES)
        registry = up.enter_context(RegistryProcess(folder / "registry", version=version))
        redis = up.enter_context(RedisProcess(folder / "redis"))
        front = up.enter_context(Front(registry.url, _holder(redis.url), pause=fault.pause))
        line = up.enter_context(Line("127.0.0.1", front.port))
        redis_line = up.enter_context(Line("127.0.0.1", redis.port))
        watch = up.enter_context(Watch(registry))
        slow = [sys.executable, str(COLLECTOR), str(registry.folder), *fault.collector]
        collecting = gc_settings(registry, collect=slow)
        own = {"name": REGISTRY, "plain_http": True, "concurrency": 3, "gc": collecting} | dict(fault.settings)
        crew = up.enter_context(
            Crew(folder / "crew", document(own | {"url": f"http://{line.host}"}), f"redis://{redis_line.host}/0")
        )
        bench = Bench(config(own | {"url": f"http://{front.host}"}), redis.url, patience=_LOOKING)
        (folder / "clock").write_text("+0")
        running = Stage(
            fault=fault, random=random, folder=folder, redis=redis, redis_line=redis_line, registry=registry,
            front=front, line=line, watch=watch, crew=crew, bench=bench, content=made,
        )  # fmt: skip
        up.callback(running.close)
        yield running


def _holder(redis_url: str) -> Any:
    """Who holds the lock on the registry: a request's id, nobody (empty), or `?` while Redis does not answer."""
    redis = Redis.from_url(redis_url, socket_timeout=1, retry=Retry(NoBackoff(), 0))

    def ask() -> str:
        try:
            name = redis.get(keys.lock(REGISTRY))
        except RedisError:
            return "?"
        return name.decode().rpartition(".")[0] if isinstance(name, bytes) else ""

    return ask
