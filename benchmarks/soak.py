"""Soak: small requests for half an hour, and what each process takes meanwhile: memory, open files, processor time.

`python -m benchmarks.soak [--minutes N] [--registry VERSION]` prints a line per process: its resident memory and open
files after a fifth of the time and at the end, and its share of a processor while nothing was asked for. It fails when
memory has grown by more than a tenth and four megabytes, when files have, or when a process is busy with nothing.
"""

import argparse
import os
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from redis import Redis

from demo.parts.images import Layer, image
from demo.parts.processes import wait_until
from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from demo.parts.remote import Remote
from tests.bench import Bench, config, document, gc_settings, settings
from tests.crew import Crew, Member
from workers.core.request import Action, State

_PARTS: Final = (("worker", "lookup"), ("worker", "clean"), ("worker", "gc"), ("sweep",))
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


def used(redis: RedisProcess) -> int:
    """Bytes of Redis' memory that hold data."""
    with Redis.from_url(redis.url) as client:
        return int(client.info("memory")["used_memory_dataset"])


def soak(minutes: float, version: str) -> int:
    """How many processes took more than they may."""
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        with RegistryProcess(folder / "registry", version=version) as registry, RedisProcess(folder / "redis") as redis:
            own = settings(registry, gc=gc_settings(registry))
            bench = Bench(config(own), redis.url)
            with Crew(folder / "crew", document(own), redis.url) as crew:
                members = [crew.start(*words) for words in _PARTS]
                _work(bench, registry, minutes * 60 / 5)
                early, before = {member.name: takes(member) for member in members}, used(redis)
                count = _work(bench, registry, minutes * 60 * 4 / 5)
                late, after = {member.name: takes(member) for member in members}, used(redis)
                time.sleep(_IDLE)
                idle = {
                    member.name: (takes(member).processor - late[member.name].processor) / _IDLE for member in members
                }
                print(f"{count:,} requests; Redis keeps {(after - before) / count / 1024:.1f} kB of each")
                return sum(_told(name, early[name], late[name], idle[name]) for name in early)


def _work(bench: Bench, registry: RegistryProcess, seconds: float) -> int:
    """Push, ask, approve and see it done, again and again; now and then a collection. How many requests."""
    until, count = time.monotonic() + seconds, 0
    with Remote(registry.url) as remote:
        while time.monotonic() < until:
            count += 1
            collects = count % 25 == 0
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
