"""Pace: how often something is looked at that takes its time: often at first, and every second in the end."""

import time
from dataclasses import dataclass
from typing import Final

_FIRST: Final = 0.05
_LONGEST: Final = 1.0
_GROWTH: Final = 1.5


@dataclass(slots=True)
class Pace:
    """Made when the waiting begins."""

    pause: float = _FIRST

    def rest(self) -> None:
        time.sleep(self.pause)
        self.pause = min(_LONGEST, self.pause * _GROWTH)
