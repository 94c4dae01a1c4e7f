"""Town strikes: faults built into processes that `regclean up` starts, by Python's own `sitecustomize`.

The town puts a folder with that module first in PYTHONPATH; each process then looks whether a fault names it.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Final

from demo.parts.processes import wait_until
from tests.chaos import fault, launcher, socket_line
from tests.crew import ROOT

_VARIABLE: Final = "CHAOS_TOWN"
_MODULE: Final = "from tests.chaos.town_strikes import build_in_here\n\nbuild_in_here()\n"
_STRUCK_WITHIN: Final = 90.0


@dataclass(frozen=True, slots=True)
class Strikes:
    """The faults of one town, in the order of their scene, each with the file that it makes as it strikes."""

    folder: Path
    wanted: Sequence[fault.Strike]

    def environment(self, seed: str) -> Mapping[str, str]:
        """What processes are given so that they find the faults."""
        place = self.folder / "built-in"
        place.mkdir(parents=True)
        (place / "sitecustomize.py").write_text(_MODULE)
        told = [
            {"of": each.of, "strike": self._built_in(number, each, seed).as_json()}
            for number, each in enumerate(self.wanted)
        ]
        return {_VARIABLE: json.dumps(told), "PYTHONPATH": f"{place}:{ROOT}"}

    def fuse(self, number: int) -> Path:
        return self.folder / f"fuse-{number}"

    def missing(self) -> list[str]:
        """The points of the faults that never struck."""
        return [each.point for number, each in enumerate(self.wanted) if not self.fuse(number).exists()]

    def wait(self) -> None:
        """Until all have struck, and who was stopped is awake again."""
        for number in range(len(self.wanted)):
            wait_until(self.fuse(number).exists, seconds=_STRUCK_WITHIN, pause=0.1)
        time.sleep(max(0.0, self.woken - time.time()))

    @property
    def woken(self) -> float:
        """When the last one goes on that was stopped, by the wall clock."""
        struck = [(self.fuse(number), each) for number, each in enumerate(self.wanted) if each.deed == "stop"]
        return max((fuse.stat().st_mtime + each.seconds for fuse, each in struck if fuse.exists()), default=0.0)

    def waiting(self) -> threading.Thread:
        """A thread that ends when `wait` does."""
        thread = threading.Thread(target=self.wait, daemon=True, name="strikes")
        thread.start()
        return thread

    def _built_in(self, number: int, strike: fault.Strike, seed: str) -> launcher.Strike:
        return launcher.Strike(
            point=strike.point,
            fuse=str(self.fuse(number)),
            deed=strike.deed,
            nth=Random(f"{seed} {number}").randint(1, strike.nth),
            seconds=strike.seconds,
        )


def build_in_here() -> None:
    """Build in the faults that name this process, by the words after `python -m cli`."""
    if sys.orig_argv[1:3] != ["-m", "cli"]:
        return
    here = " ".join(sys.orig_argv[3:])
    if here == "bot" and (host := os.environ.get(socket_line.VARIABLE)):
        socket_line.divert(host)
    for each in json.loads(os.environ.get(_VARIABLE, "[]")):
        if each["of"] == here:
            launcher.build_in(launcher.Strike(**each["strike"]))
