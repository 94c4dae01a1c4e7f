"""Soak: small requests for half an hour, and what each process takes meanwhile: memory, open files, processor time.

`python -m benchmarks.soak [--minutes N] [--registry VERSION]` prints a line per process: its resident memory and open
files after a fifth of the time and at the end, and its share of a processor while nothing was asked for. It fails when
memory has grown by more than a tenth and four megabytes, when open files have (connections are), or when a process is
busy with nothing. Only Slack is a stand-in, which takes posts as fast as they come.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis import Redis

from benchmarks.slack import RATES, environment
from bot.manifest import manifest
from demo.parts.images import Layer, image
from demo.parts.processes import wait_until
from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from demo.workspace import RunningWorkspace, WorkspaceSettings, registered, running_workspace
from demo.workspace.content import REGISTRY_CLEAN
from tests.bench import Bench, document, gc_settings, settings
from tests.crew import Crew, Member
from workers.config import Config
from workers.core.request import Action, State

_PARTS: Final = (
    ("bot",),
    ("bot",),
    ("replies",),
    ("worker", "lookup"),
    ("worker", "clean"),
    ("worker", "gc"),
    ("sweep",),
)
_TYPED: Final = ("/regclean status", "/regclean ls sample", "/regclean help")
_MEGABYTE: Final = 1024 * 1024
_IDLE: Final = 20.0
_BUSY: Final = 0.05
_PAGE: Final = os.sysconf("SC_PAGE_SIZE")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True, kw_only=True)
class Takes:
    """Bytes, open files, and seconds of processor time so far."""

    memory: int
    files: int
    processor: float


def takes(member: Member) -> Takes:
    place = Path(f"/proc/{member.pid}")
    fields = (place / "stat").read_text().rpartition(")")[2].split()
    return Takes(
        memory=int((place / "statm").read_text().split()[1]) * _PAGE,
        files=len(list((place / "fd").iterdir())),
        processor=(int(fields[11]) + int(fields[12])) / _TICKS,
    )


@dataclass(frozen=True, slots=True)
class House:
    """A registry, a workspace, Redis, and each process of regclean, the bot twice."""

    registry: RegistryProcess
    redis: RedisProcess
    workspace: RunningWorkspace
    bench: Bench
    members: Sequence[Member]

    def takes(self) -> Sequence[Takes]:
        return [takes(member) for member in self.members]

    def holds(self) -> int:
        """Bytes of Redis' memory that hold data."""
        with Redis.from_url(self.redis.url) as client:
            return int(client.info("memory")["used_memory_dataset"])


@contextmanager
def house(version: str) -> Iterator[House]:
    with ExitStack() as up:
        folder = Path(up.enter_context(tempfile.TemporaryDirectory()))
        registry = up.enter_context(RegistryProcess(folder / "registry", version=version))
        redis = up.enter_context(RedisProcess(folder / "redis"))
        workspace = up.enter_context(running_workspace(registered(manifest(None), WorkspaceSettings(rates=RATES))))
        known = document(settings(registry, gc=gc_settings(registry)), channels={"default": REGISTRY_CLEAN})
        bench, slack = Bench(Config.model_validate(known), redis.url), environment(workspace)
        crew = up.enter_context(Crew(folder / "crew", known, redis.url))
        members = [crew.start(*words, **(slack if words[0] in {"bot", "replies"} else {})) for words in _PARTS]
        yield House(registry, redis, workspace, bench, members)


def soak(minutes: float, version: str) -> int:
    """How many processes took more than they may."""
    with house(version) as it:
        _work(it, minutes * 60 / 5)
        early, before = it.takes(), it.holds()
        count = _work(it, minutes * 60 * 4 / 5)
        late, after = it.takes(), it.holds()
        time.sleep(_IDLE)
        idle = [(now.processor - each.processor) / _IDLE for now, each in zip(it.takes(), late, strict=True)]
        print(f"{count:,} requests; Redis keeps {(after - before) / count / 1024:.1f} kB of each")
        figures = zip(it.members, early, late, idle, strict=True)
        return sum(_told(member.name, first, last, rest) for member, first, last, rest in figures)


def _work(it: House, seconds: float) -> int:
    """Push, ask, approve and see it done, again and again; now and then a collection. How many requests.

    Somebody looks at lists and at what is open meanwhile.
    """
    until, count, bench = time.monotonic() + seconds, 0, it.bench
    with Remote(it.registry.url) as remote:
        while time.monotonic() < until:
            count += 1
            collects = count % 25 == 0
            it.workspace.rita.types(_TYPED[count % len(_TYPED)])
            if not collects:
                remote.push("app", f"1.{count}", image(Layer(f"content {count} {until}", 200)))
            asked = () if collects else (f"app:1.{count}",)
            request_id = bench.ask(*asked, action=Action.COLLECT if collects else Action.REMOVE)
            bench.enqueue(request_id)
            wait_until(lambda each=request_id: bench.request(each).state is not State.PLANNING, seconds=60, pause=0.05)  # type: ignore[misc]
            if bench.request(request_id).state is not State.PENDING:
                continue
            bench.approve(request_id)
            wait_until(lambda each=request_id: bench.request(each).state.is_final, seconds=60, pause=0.05)  # type: ignore[misc]
            ended = bench.request(request_id)
            if ended.state is not State.DONE:
                raise SystemExit(f"{request_id} ended as {ended.state.value}: {ended.note}")
    return count


def _told(name: str, early: Takes, late: Takes, idle: float) -> bool:
    grown = late.memory > early.memory * 1.1 + 4 * _MEGABYTE
    wrong = grown or late.files > early.files + 2 or idle > _BUSY
    print(
        f"{name}: {early.memory / _MEGABYTE:.1f} MB then {late.memory / _MEGABYTE:.1f} MB, "
        f"{early.files} files then {late.files}, {idle:.1%} of a processor when idle{': too much' if wrong else ''}"
    )
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--registry", default="2.8.2")
    chosen = parser.parse_args()
    with suppress(KeyboardInterrupt):
        return 1 if soak(chosen.minutes, chosen.registry) else 0
    return 130


if __name__ == "__main__":
    sys.exit(main())
