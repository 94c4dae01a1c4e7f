"""Many deletes in one request while something is killed every two seconds, beside an undisturbed run of the same.

`python -m benchmarks.killed [--images N] [--every SECONDS] [--registry VERSION]` prints the seconds from the approval
to the end, the slowdown, and how often what was killed; it fails unless everything is done and was told once, nothing
but that is gone from the registry, what stayed can be pulled, and the card says so. Killed is any process of regclean,
the child that deletes, Redis or the registry; who dies is started again a second later, as an orchestrator would. Only
Slack is a stand-in. Redis writes everything to disk before it answers.
"""

import argparse
import os
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.slack import environment
from bot.manifest import manifest
from demo.parts.processes import wait_until
from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from demo.parts.storage import Shape, fill
from demo.workspace import RunningWorkspace, WorkspaceSettings, registered, running_workspace
from demo.workspace.content import REGISTRY_CLEAN
from tests.bench import Bench, document, settings
from tests.crew import Crew, Member
from workers.config import Config
from workers.core.errors import RegcleanError
from workers.core.request import State
from workers.store.connection import Patience

_STAYS: Final = "1.0.100"
"""The tag in each repository that nobody asked for."""
_SHOWN_WITHIN: Final = 180.0
_LOOKING: Final = Patience(timeout=5, retries=5, cap=0.5)
_CLEANER: Final = "worker clean"
_PROCESSES: Final = ("bot", "replies", "worker lookup", _CLEANER, "worker gc", "sweep")
_VICTIMS: Final = (*_PROCESSES, "horse", "redis", "registry")


@dataclass(slots=True)
class House:
    """A registry, a workspace, Redis, and each process of regclean; `killed` counts what was killed."""

    registry: RegistryProcess
    redis: RedisProcess
    crew: Crew
    workspace: RunningWorkspace
    random: Random
    members: dict[str, Member] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)

    def kill_something(self) -> None:
        victim = self.random.choice(_VICTIMS)
        self.killed[victim] += 1
        if victim == "redis":
            self.redis.kill()
            self.redis.restart()
        elif victim == "registry":
            self.registry.crash()
        elif victim == "horse":
            for horse in self.members[_CLEANER].children():
                with suppress(ProcessLookupError):
                    os.kill(horse, signal.SIGKILL)
        else:
            self.members[victim].send(signal.SIGKILL)

    def keep(self) -> None:
        """Start what does not run."""
        slack = environment(self.workspace)
        for name in _PROCESSES:
            if name not in self.members or not self.members[name].runs:
                self.members[name] = self.crew.start(*name.split(), **(slack if name in {"bot", "replies"} else {}))


def run(images: int, every: float, version: str) -> tuple[float, Counter[str]]:
    """Seconds from the approval to the end, and what was killed meanwhile; nothing is when `every` is 0."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        stored = fill(folder / "registry" / "storage", Shape(repositories=max(1, images // 100), tags=100 + 1))
        names = [f"{each.repository}:{each.tag}" for each in stored if each.tag != _STAYS]
        with (
            RegistryProcess(folder / "registry", version=version) as registry,
            RedisProcess(folder / "redis") as redis,
            running_workspace(registered(manifest(None), WorkspaceSettings())) as workspace,
        ):
            known = document(settings(registry), channels={"default": REGISTRY_CLEAN})
            bench = Bench(Config.model_validate(known), redis.url, patience=_LOOKING)
            request_id = bench.planned(*names)
            with Crew(folder / "crew", known, redis.url) as crew:
                house = House(registry, redis, crew, workspace, Random(1))
                house.keep()
                time.sleep(4)
                bench.approve(request_id)
                taken = _until_ended(bench, request_id, house, every)
                _check(bench, request_id)
                _check_registry(registry, {each.repository for each in stored})
                _check_card(house, request_id, len(names))
                return taken, house.killed


def _until_ended(bench: Bench, request_id: str, house: House, every: float) -> float:
    began, over = time.monotonic(), threading.Event()
    killer = threading.Thread(target=_kill_on, args=(house, every, over), daemon=True)
    if every:
        killer.start()
    while True:
        with suppress(RegcleanError):
            if bench.request(request_id).state.is_final:
                break
        time.sleep(1)
        house.keep()
    taken = time.monotonic() - began
    over.set()
    if every:
        killer.join()
    return taken


def _kill_on(house: House, every: float, over: threading.Event) -> None:
    while not over.wait(every):
        house.kill_something()


def _check(bench: Bench, request_id: str) -> None:
    request = bench.request(request_id)
    steps = len(bench.store.ledger.plan(request_id).steps)
    told = Counter(entry.details["step"] for entry in bench.told(request_id) if entry.action.value == "step")
    if request.state is not State.DONE or request.tally.done != steps:
        raise SystemExit(f"It ended as {request.state.value} with {request.tally.done} of {steps}: {request.note}")
    if len(told) != steps or set(told.values()) != {1}:
        raise SystemExit("A step was told twice, or not at all.")
    bench.store.ledger.chain.verify()


def _check_registry(registry: RegistryProcess, repositories: Iterable[str]) -> None:
    with Remote(registry.url) as remote:
        for repository in repositories:
            if remote.tags(repository) != [_STAYS]:
                raise SystemExit(f"{repository} has the tags {', '.join(remote.tags(repository))}.")
            remote.pull(repository, _STAYS)


def _check_card(house: House, request_id: str, images: int) -> None:
    """Wait until the card says that all is done; the thread goes on at the pace that Slack allows."""
    said = f"{images:,} of {images:,}"

    def says_so() -> bool:
        house.keep()
        return any("*Done*, approved by" in card and f": {said} done." in card for card in _cards(house, request_id))

    if not wait_until(says_so, seconds=_SHOWN_WITHIN, pause=1):
        raise SystemExit("The card does not say that all is done.")


def _cards(house: House, request_id: str) -> list[str]:
    return [each.plain for each in house.workspace.ada.sees() if request_id in each.plain]


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.killed", description=__doc__)
    parser.add_argument("--images", type=int, default=20_000)
    parser.add_argument("--every", type=float, default=2.0)
    parser.add_argument("--registry", default="2.8.2")
    chosen = parser.parse_args()
    calm, _ = run(chosen.images, 0, chosen.registry)
    print(f"undisturbed: {calm:.0f} s for {chosen.images:,} images, {chosen.images / calm:.0f} a second", flush=True)
    taken, killed = run(chosen.images, chosen.every, chosen.registry)
    print(f"killed {killed.total()} times ({dict(killed)}): {taken:.0f} s, {taken / calm:.1f} times as long")
    return 0


if __name__ == "__main__":
    sys.exit(main())
