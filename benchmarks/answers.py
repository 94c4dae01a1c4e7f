"""How soon people hear something: the ack of a command that is saved, and the answer of `ls` on the sample registry.

`python -m benchmarks.answers [--rounds N] [--mode socket|http]`. The ack (saving included, into a Redis that writes to
disk before it answers) is compared with a bolt app that acknowledges at once in the same stand-in workspace; the answer
of `ls` with a plain httpx script that reads the same: catalog, tags, manifests and configs, one after the other.
"""

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import httpx
from slack_bolt.app.async_app import AsyncApp

from demo.workspace import Driver, WorkspaceSettings, running_workspace
from demo.workspace.settings import Rates
from demo.world import World, WorldSettings, world
from tests.contract.bolt_apps import socket_app
from workers.core.manifest import ACCEPTED

ACCEPT: Final = {"Accept": ", ".join(ACCEPTED)}
RATES: Final = Rates(posts_per_second=1000, post_burst=1000, per_minute={1: 10_000, 2: 10_000, 3: 10_000, 4: 10_000})
COMMAND: Final = "/regclean rm sample/library/busybox:1.36.1"


def seconds(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def acks(driver: Driver, rounds: int) -> list[float]:
    """Seconds from Enter to the ack, as the person's client sees it."""
    return [seconds(lambda: driver.rita.types(COMMAND)) for _ in range(rounds)]


def reference_acks(rounds: int) -> list[float]:
    """The same with an app that does nothing but acknowledge."""

    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def acknowledge(ack: Any) -> None:
            await ack("Taken.")

    with running_workspace(WorkspaceSettings(rates=RATES)) as workspace, socket_app(workspace, install):
        workspace.wait_connected()
        return acks(workspace, rounds)


def lists(running: World, rounds: int) -> list[float]:
    """Seconds from Enter to the list, as the person sees it."""
    rita = running.workspace.rita

    def listed() -> int:
        return sum("2fd4d075b1ef" in each.plain for each in rita.sees())

    def once() -> None:
        before = listed()
        rita.types("/regclean ls sample")
        running.workspace.wait_for(lambda: listed() > before)

    return [seconds(once) for _ in range(rounds)]


def reads(url: str) -> None:
    """Read what `ls` shows, as a script would."""
    with httpx.Client(base_url=url, trust_env=False) as client:
        for name in client.get("/v2/_catalog").json()["repositories"]:
            for tag in client.get(f"/v2/{name}/tags/list").json()["tags"] or ():
                manifest = client.get(f"/v2/{name}/manifests/{tag}", headers=ACCEPT).json()
                client.get(f"/v2/{name}/blobs/{manifest['config']['digest']}").raise_for_status()


def line(name: str, taken: Sequence[float], reference: Sequence[float]) -> str:
    cuts = statistics.quantiles(taken, n=20)
    ratio = statistics.median(taken) / statistics.median(reference)
    return f"{name:<28} p50 {cuts[9] * 1000:7.1f} ms   p95 {cuts[18] * 1000:7.1f} ms   {ratio:6.2f} of the reference\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--mode", choices=("socket", "http"), default="socket")
    chosen = parser.parse_args()
    reference = reference_acks(chosen.rounds)
    settings = WorldSettings(mode=chosen.mode, rates=RATES)
    with tempfile.TemporaryDirectory() as folder, world(Path(folder), settings) as running:
        answered = lists(running, max(20, chosen.rounds // 5))
        script = [seconds(lambda: reads(running.sample.url)) for _ in range(20)]
        saved = acks(running.workspace, chosen.rounds)
    sys.stdout.write(line("ack, only acknowledged", reference, reference))
    sys.stdout.write(line(f"ack, saved ({chosen.mode})", saved, reference))
    sys.stdout.write(line("script that reads the sample", script, script))
    sys.stdout.write(line("ls, from Enter to the list", answered, script))


if __name__ == "__main__":
    main()
