"""A worker process that dies by SIGKILL at a named point of a collection: `python -m tests.kube.victim JSON`.

The JSON object has `config` (the configuration file's content), `redis_url`, `request` and `point`.
"""

import functools
import importlib
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tests.bench import Bench
from workers.collecting import collect_request
from workers.config import Config


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A function `module:Class.name`; death comes after its `nth` call, or so many seconds into it with `delay`."""

    target: str
    nth: int = 1
    delay: float | None = None


POINTS: Final = {
    "fence written down": Point(target="workers.store.fences:Fences.save"),
    "annotated and patched": Point(target="workers.gc.kube.workload:Workload.set_read_only"),
    "during the rollout": Point(target="workers.gc.kube.workload:Workload.await_rollout", delay=0.2),
    "fenced": Point(target="workers.fencing:Fencing.raise_for"),
    "during the dry run": Point(target="workers.gc.kube.jobs:Jobs._await_end", delay=0.1),
    "job made, not written down": Point(target="workers.gc.kube.jobs:Jobs._make", nth=2),
    "written down, not let go": Point(target="workers.fencing:Fencing.note_collector"),
    "collecting": Point(target="workers.fencing:Fencing.note_collector", delay=1.5),
    "collected": Point(target="workers.gc.kube.runner:KubernetesRunner.collect"),
    "before the fence is lifted": Point(target="workers.fencing:Fencing.stop_collector"),
    "restored, not rolled out": Point(target="workers.gc.kube.workload:Workload.restore"),
    "during the second rollout": Point(target="workers.gc.kube.workload:Workload.await_rollout", nth=2, delay=0.2),
    "writable, still written down": Point(target="workers.gc.kube.runner:KubernetesRunner.read_only", nth=2),
}


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def build_in(point: Point) -> None:
    module, _, path = point.target.partition(":")
    owner_name, _, name = path.partition(".")
    owner = getattr(importlib.import_module(module), owner_name)
    setattr(owner, name, _fatal(getattr(owner, name), point))


def _fatal(function: Callable[..., Any], point: Point) -> Callable[..., Any]:
    calls = 0

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        nonlocal calls
        calls += 1
        deadly = calls == point.nth
        if deadly and point.delay is not None:
            threading.Timer(point.delay, die).start()
        result = function(*args, **kwargs)
        if deadly and point.delay is None:
            die()
        return result

    return wrapped


if __name__ == "__main__":
    told = json.loads(sys.argv[1])
    build_in(POINTS[told["point"]])
    collect_request(Bench(Config.model_validate(told["config"]), told["redis_url"]).runtime, told["request"])
