"""1,000 deletes by digest: through the executor, in a plain httpx loop, and in the classic shell loop (curl and jq).

`python -m benchmarks.deletes [--images N] [--rounds N] [--registry VERSION]` prints each way's time and its ratio to
the httpx loop of the same round. The executor works with a Redis that writes every outcome to disk before it answers;
planning is not part of its time, and neither is listing the tags for the others, except that the shell loop lists them
with curl, as people do.
"""

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

import httpx

from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from demo.parts.remote import catalog, tags
from demo.parts.storage import Shape, fill
from tests.bench import Bench, config, settings
from workers.core.manifest import ACCEPTED
from workers.core.request import State

ACCEPT: Final = ", ".join(ACCEPTED)
SHELL: Final = r"""
for repository in $(curl -s "$URL/v2/_catalog?n=1000" | jq -r '.repositories[]'); do
  for tag in $(curl -s "$URL/v2/$repository/tags/list" | jq -r '.tags[]'); do
    digest=$(curl -sI -H "Accept: $ACCEPT" "$URL/v2/$repository/manifests/$tag" \
      | tr -d '\r' | awk 'tolower($1) == "docker-content-digest:" { print $2 }')
    curl -s -o /dev/null -X DELETE "$URL/v2/$repository/manifests/$digest"
  done
done
"""


def by_executor(registry: RegistryProcess, redis: RedisProcess) -> float:
    """Seconds from the approved request to its final state."""
    bench = Bench(config(settings(registry), limits={"images_per_request": 10_000}), redis.url)
    images = [f"{name}:{tag}" for name in catalog(registry.url) for tag in tags(registry.url, name)]
    request_id = bench.planned(*images)
    bench.approve(request_id)
    started = time.perf_counter()
    ended = bench.work(request_id)
    taken = time.perf_counter() - started
    if ended.state is not State.DONE:
        raise SystemExit(f"The executor ended as {ended.state.value}: {ended.note}")
    return taken


def by_httpx(registry: RegistryProcess) -> float:
    """Seconds for HEAD and DELETE of each tag, one after the other, on one connection."""
    images = [(name, tag) for name in catalog(registry.url) for tag in tags(registry.url, name)]
    started = time.perf_counter()
    with httpx.Client(base_url=registry.url, trust_env=False) as client:
        for name, tag in images:
            found = client.head(f"/v2/{name}/manifests/{tag}", headers={"Accept": ACCEPT})
            client.delete(f"/v2/{name}/manifests/{found.headers['docker-content-digest']}").raise_for_status()
    return time.perf_counter() - started


def by_shell(registry: RegistryProcess) -> float:
    """Seconds for the loop that people have in a script."""
    bash = shutil.which("bash") or "/bin/bash"
    started = time.perf_counter()
    subprocess.run(
        [bash, "-c", SHELL], env={"URL": registry.url, "ACCEPT": ACCEPT, "PATH": "/usr/bin:/bin"}, check=True
    )
    return time.perf_counter() - started


def timed(way: Callable[[RegistryProcess], float], images: int, version: str) -> float:
    """Seconds of one way on a registry of its own; nothing may be left in it afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        fill(Path(folder) / "storage", Shape(repositories=10, tags=images // 10, layer_bytes=100))
        with RegistryProcess(Path(folder), version=version) as registry:
            taken = way(registry)
            left = sum(len(tags(registry.url, name)) for name in catalog(registry.url))
    if left:
        raise SystemExit(f"{left} images were left behind.")
    return taken


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=1000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--registry", default="2.8.2")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, RedisProcess(Path(folder)) as redis:
        ways: dict[str, Callable[[RegistryProcess], float]] = {
            "httpx loop": by_httpx,
            "executor": lambda registry: by_executor(registry, redis),
            "shell loop": by_shell,
        }
        rounds = [
            {name: timed(way, chosen.images, chosen.registry) for name, way in ways.items()}
            for _ in range(chosen.rounds)
        ]
    sys.stdout.write(
        f"{chosen.images} deletes by digest, registry {chosen.registry}, {chosen.rounds} rounds, medians\n"
    )
    for name in ways:
        seconds = statistics.median(each[name] for each in rounds)
        ratio = statistics.median(each[name] / each["httpx loop"] for each in rounds)
        sys.stdout.write(f"{name:<12} {seconds:8.2f} s   {ratio:6.2f} of the httpx loop\n")


if __name__ == "__main__":
    main()
