"""Troubles that tests order: how the next calls of a method, or all of its calls for a while, go wrong."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from demo.workspace.clock import Clock

EVERY = "*"


@dataclass(slots=True, kw_only=True)
class Fault:
    """One trouble. `method` is a Web API method, `response_url`, `upload`, or `*`.

    `error`, `status` (an HTTP status), `retry_after` (a 429 with that many seconds) and `drop` (the connection is cut)
    say what the caller gets instead of an answer; none of them, with `delay` in seconds, makes the answer late only.
    `after` carries the call out first, so that only its answer is lost. It ends after `calls` calls or `until` (clock
    time), whichever comes first.
    """

    method: str = EVERY
    error: str = ""
    status: int = 0
    retry_after: int = 0
    drop: bool = False
    delay: float = 0.0
    after: bool = False
    calls: int | None = None
    until: float | None = None

    @property
    def spoils(self) -> bool:
        return bool(self.error or self.status or self.retry_after or self.drop)


@dataclass(slots=True)
class Faults:
    clock: Clock
    _faults: list[Fault] = field(default_factory=list)

    def order(self, fault: Fault, seconds: float | None = None) -> None:
        if seconds is not None:
            fault.until = self.clock.now() + seconds
        self._faults.append(fault)

    def clear(self) -> None:
        self._faults.clear()

    def take(self, method: str) -> Fault | None:
        """The trouble that this call of `method` meets, the one ordered first."""
        self._faults = [each for each in self._faults if self._lasts(each)]
        fault = next((each for each in self._faults if each.method in {EVERY, method}), None)
        if fault is not None and fault.calls is not None:
            fault.calls -= 1
        return fault

    def pending(self) -> Iterable[Fault]:
        return [each for each in self._faults if self._lasts(each)]

    def _lasts(self, fault: Fault) -> bool:
        return fault.calls != 0 and (fault.until is None or self.clock.now() < fault.until)
