"""Kills: where and who is killed while a registry in a container is collected."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import Final

from tests.chaos.launcher import Strike

STOP: Final = "stop"
EXEC: Final = "exec"
POINTS: Final[Mapping[str, Mapping[str, int]]] = {
    STOP: {
        "fence written down": 1,
        "container stopped, not proved": 1,
        "fenced": 1,
        "dry run inside the fence done": 1,
        "collector made, not noted": 1,
        "collector's container noted, not begun": 2,
        "collector's container begun": 2,
        "while the collector's container runs": 2,
        "collector's container ended, not removed": 2,
        "container collected": 1,
        "before unfence": 1,
        "writable, fence still written down": 1,
        "unfenced": 1,
    },
    EXEC: {
        "fence written down": 1,
        "configuration changed, container not restarted": 1,
        "container read-only, not proved": 1,
        "fenced": 1,
        "dry run inside the fence done": 1,
        "collector made, not noted": 1,
        "collector noted, not begun": 1,
        "while the collector runs inside the container": 2,
        "collected inside the container": 1,
        "before unfence": 1,
        "container restarted": 2,
        "writable, fence still written down": 1,
        "unfenced": 1,
    },
}
"""By mode, where to kill, and at which passage: the first container or command inside the fence rehearses."""

WHILE_IT_RUNS: Final = frozenset(
    {
        "collector's container begun",
        "while the collector's container runs",
        "while the collector runs inside the container",
    }
)
"""A collector runs then, and is left behind."""


class Victim(Enum):
    """Who is killed: the child at work, or its worker, and the child with it.

    ELSEWHERE is such a worker on a machine of its own, where the sweeper cannot see that it is gone.
    """

    HORSE = "horse"
    WORKER = "worker"
    ELSEWHERE = "worker elsewhere"


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """One run; `attempt` tells it from others like it."""

    engine: str
    mode: str
    version: str
    point: str
    victim: Victim
    attempt: int = 0

    def __str__(self) -> str:
        return f"{self.engine}-{self.mode}-{self.version}-{self.point}-{self.victim.value}-{self.attempt}"

    def strike(self, fuse: Path) -> Strike:
        nth = POINTS[self.mode][self.point]
        return Strike(point=self.point, fuse=str(fuse), parent=self.victim is not Victim.HORSE, nth=nth)
