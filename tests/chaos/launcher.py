"""Launcher: runs `regclean` with faults built in at named points, so that production code needs no hook for them.

`python -m tests.chaos.launcher worker clean`, with the faults as JSON in CHAOS: what happens, where, at which call. A
fault's fuse is a file that it makes as it strikes, so it strikes once however often the process is started again.
With ELSEWHERE the process is as on a machine of its own, where no other one can see whether it still runs.
"""

import asyncio
import functools
import importlib
import itertools
import json
import os
import secrets
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final, Self

from tests.chaos.points import POINTS, Point
from workers.store import lives

VARIABLE: Final = "CHAOS"
ELSEWHERE: Final = "CHAOS_ELSEWHERE"
PROGRAM: Final = (sys.executable, "-m", "tests.chaos.launcher")


@dataclass(frozen=True, slots=True, kw_only=True)
class Strike:
    """At the `nth` passage of `point`, `deed` is done: kill or stop, to the process there, or to its parent as well.

    What is stopped goes on after `seconds`.
    """

    point: str
    fuse: str
    deed: str = "kill"
    parent: bool = False
    nth: int = 1
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def read(cls, environ: os._Environ[str]) -> list[Self]:
        return [cls(**each) for each in json.loads(environ.get(VARIABLE, "[]"))]

    def strike(self) -> None:
        """Do it, unless it was done before."""
        try:
            with Path(self.fuse).open("x") as burnt:
                burnt.write(f"{time.time()} {os.getpid()}")
        except FileExistsError:
            return
        if self.deed == "kill":
            os.kill(os.getppid() if self.parent else os.getpid(), signal.SIGKILL)
            time.sleep(60)  # a horse whose worker was killed is ended by the kernel
        targets = [os.getppid(), os.getpid()] if self.parent else [os.getpid()]
        waking = f"sleep {self.seconds}; kill -CONT {' '.join(map(str, targets))}"
        subprocess.Popen(["/bin/sh", "-c", waking], start_new_session=True)
        for pid in targets:
            os.kill(pid, signal.SIGSTOP)


def build_in(strike: Strike) -> None:
    """Wrap the function that the strike's point names."""
    point = POINTS[strike.point]
    module_name, _, path = point.target.partition(":")
    owner: Any = importlib.import_module(module_name)
    *outer, name = path.split(".")
    for each in outer:
        owner = getattr(owner, each)
    setattr(owner, name, _wrapped(getattr(owner, name), point, strike))


def _wrapped(function: Callable[..., Any], point: Point, strike: Strike) -> Callable[..., Any]:
    passage = _Passage(point, strike)
    before, after = (_nothing, passage) if point.after else (passage, _nothing)

    @functools.wraps(function)
    async def asynchronous(*args: Any, **kwargs: Any) -> Any:
        before()
        result = await function(*args, **kwargs)
        after()
        return result

    @functools.wraps(function)
    def plain(*args: Any, **kwargs: Any) -> Any:
        before()
        result = function(*args, **kwargs)
        after()
        return result

    return asynchronous if asyncio.iscoroutinefunction(function) else plain


class _Passage:
    """Counts how often a process, with what it was forked from, passes the point; strikes at the nth time."""

    def __init__(self, point: Point, strike: Strike) -> None:
        self._point, self._strike = point, strike
        self._numbers = itertools.count(1)

    def __call__(self) -> None:
        if next(self._numbers) != self._strike.nth:
            return
        if self._point.delay:
            threading.Timer(self._point.delay, self._strike.strike).start()
        else:
            self._strike.strike()


def _nothing() -> None:
    pass


def move_elsewhere() -> None:
    """Children that are forked later are there, too."""
    place = secrets.token_hex(6)
    setattr(lives, "_place", lambda: place)  # noqa: B010 - a private name of production code, which has no hook for it


def sleep_by_the_true_clock() -> None:
    """For a process whose clock is faked: libfaketime gets sleeps until a moment wrong, and Python's are such.

    What it starts later, as an operator's commands, lives by the true clock altogether.
    """
    del os.environ["LD_PRELOAD"]
    setattr(time, "sleep", lambda seconds: select.select([], [], [], seconds))  # noqa: B010 - for every module


if __name__ == "__main__":
    if "LD_PRELOAD" in os.environ:
        sleep_by_the_true_clock()
    if ELSEWHERE in os.environ:
        move_elsewhere()
    for each in Strike.read(os.environ):
        build_in(each)
    from cli.main import main

    main()
