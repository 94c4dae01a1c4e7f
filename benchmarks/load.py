"""Load: 200 people and two replicas of the bot: acks in time, no answer lost, and no memory that grows.

`python -m benchmarks.load [--mode socket|http] [--phases 50x60,5x540] [--people 200]`. Everything is real but Slack,
whose stand-in takes posts as fast as they come; the time of an ack is what the person's client waits.
"""

import argparse
import asyncio
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.balancer import balancer
from benchmarks.crowd import Crowd, Phase, Typed
from benchmarks.slack import RATES, environment
from bot.manifest import manifest
from demo.parts import sample
from demo.parts.processes import free_port, wait_until
from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from demo.workspace import RunningWorkspace, WorkspaceSettings, registered, running_workspace
from demo.workspace.content import ADA, BEN, REGISTRY_CLEAN
from tests.crew import Crew, Member

LATE: Final = 3.0
_SETTLING: Final = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Town:
    workspace: RunningWorkspace
    bots: Sequence[Member]
    ports: Sequence[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """Of a whole run; `memory` is each replica's in kB, at the start and after each phase.

    `seconds` are of processor time, of both replicas together.
    """

    phases: Sequence[tuple[Phase, Sequence[Typed]]]
    busy: int
    lists_lost: int
    memory: Sequence[Sequence[int]]
    seconds: float

    @property
    def failed(self) -> Sequence[Typed]:
        """Late, refused by Slack, or without an answer."""
        return [each for _, typed in self.phases for each in typed if each.error or each.seconds >= LATE]


@contextmanager
def town(folder: Path, mode: str) -> Iterator[Town]:
    """Two replicas, a worker for lists and plans, replies and the sweeper; one Redis that writes to disk first."""
    ports = [free_port(), free_port()]
    with ExitStack() as stack:
        registry = stack.enter_context(RegistryProcess(folder / "registry"))
        sample.seed(registry.url)
        app = registered(manifest("http://127.0.0.1/" if mode == "http" else None), WorkspaceSettings(rates=RATES))
        workspace = stack.enter_context(running_workspace(app))
        redis = stack.enter_context(RedisProcess(folder / "redis"))
        crew = stack.enter_context(Crew(folder / "crew", _document(registry), redis.url))
        slack = environment(workspace, mode)
        bots = [crew.start("bot", **(slack | {"PORT": str(port)})) for port in ports]
        crew.start("replies", **slack)
        crew.start("worker", "lookup")
        crew.start("sweep")
        if not wait_until(lambda: all(_is_ready(port) for port in ports), seconds=60):
            raise RuntimeError(f"The bots are not ready: {bots[0].said[-2000:]}")
        yield Town(workspace=workspace, bots=bots, ports=ports)


def _document(registry: RegistryProcess) -> dict[str, Any]:
    return {
        "registries": [{"name": "sample", "url": registry.url, "plain_http": True}],
        "approvals": {"approvers": [ADA, BEN]},
        "channels": {"default": REGISTRY_CLEAN},
    }


def _is_ready(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=2, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


async def load(at: Town, mode: str, phases: Sequence[Phase], people: int) -> Result:
    """All phases, one after the other; waits until all lists that were promised have come."""
    async with AsyncExitStack() as stack:
        if mode == "http":
            front = await stack.enter_async_context(balancer([f"http://127.0.0.1:{port}" for port in at.ports]))
            await asyncio.to_thread(at.workspace.set_request_url, f"{front}/slack/events")
        crowd = Crowd(at.workspace, [at.workspace.new_person(f"person-{number}") for number in range(people)])
        await crowd.types(Phase(rate=5, seconds=4))  # what is loaded at the first command is no growth
        memory, spent, done = [_memories(at)], sum(map(_spent, at.bots)), []
        for phase in phases:
            done.append((phase, await crowd.types(phase)))
            memory.append(_memories(at))
        spent = sum(map(_spent, at.bots)) - spent
        seen = await asyncio.to_thread(_settled, crowd)
    return Result(
        phases=done,
        busy=seen.busy,
        lists_lost=max(0, seen.promised - seen.lists),
        memory=list(zip(*memory, strict=True)),
        seconds=spent,
    )


def _settled(crowd: Crowd) -> Any:
    until = time.monotonic() + _SETTLING
    while (seen := crowd.seen()).lists < seen.promised and time.monotonic() < until:
        time.sleep(1)
    return seen


def _memories(at: Town) -> list[int]:
    """What each replica holds, in kB."""
    texts = [Path(f"/proc/{bot.pid}/status").read_text() for bot in at.bots]
    lines = [next(line for line in text.splitlines() if line.startswith("VmRSS:")) for text in texts]
    return [int(line.split()[1]) for line in lines]


def _spent(bot: Member) -> float:
    """Its processor time so far, in seconds."""
    fields = Path(f"/proc/{bot.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def told(mode: str, result: Result) -> Iterator[str]:
    """The run in Markdown."""
    yield f"| {mode} | commands | p50 | p95 | p99 | longest | late | without answer |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for phase, typed in result.phases:
        took = [each.seconds * 1000 for each in typed]
        cuts = statistics.quantiles(took, n=100)
        late = sum(each.seconds >= LATE or each.error == "operation_timeout" for each in typed)
        lost = sum(bool(each.error) for each in typed) - sum(each.error == "operation_timeout" for each in typed)
        figures = " | ".join(f"{value:,.0f} ms" for value in (cuts[49], cuts[94], cuts[98], max(took)))
        yield f"| {phase.rate:g} a second for {phase.seconds:g} s | {len(typed):,} | {figures} | {late} | {lost} |"
    yield ""
    yield f"Answered “busy, try again”: {result.busy:,}. Lists promised that did not come: {result.lists_lost:,}."
    commands = sum(len(typed) for _, typed in result.phases)
    yield f"Processor time of both replicas: {result.seconds / commands * 1000:.1f} ms for a command."
    for number, held in enumerate(result.memory, start=1):
        yield f"Memory of replica {number}, at the start and after each phase: {', '.join(map(_megabytes, held))}."


def _megabytes(kilobytes: int) -> str:
    return f"{kilobytes / 1000:.1f} MB"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--mode", choices=("socket", "http"), default="socket")
    parser.add_argument("--phases", default="50x60,5x540", help="commands a second x seconds, one after the other")
    parser.add_argument("--people", type=int, default=200)
    given = parser.parse_args()
    phases = [Phase(rate=float(rate), seconds=float(length)) for rate, length in _pairs(given.phases)]
    with tempfile.TemporaryDirectory() as folder, town(Path(folder), given.mode) as at:
        result = asyncio.run(load(at, given.mode, phases, given.people))
    print("\n".join(told(given.mode, result)))
    return 1 if result.failed or result.lists_lost else 0


def _pairs(text: str) -> Iterator[list[str]]:
    return (each.split("x") for each in text.split(","))


if __name__ == "__main__":
    sys.exit(main())
