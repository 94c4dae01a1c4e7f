"""Footprint: what identifies a collector started on this machine, so that any process can find, see and stop it.

A process id alone would not do, because Linux uses it again: it counts together with the start time, the boot and the
process namespace. A collector runs in a session of its own, so the session's members are the collector. Linux gives no
new process an id that a session still bears; a leader with another start time therefore means that no member is left.
"""

import json
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Final, Self

from workers.core.errors import CollectorError
from workers.procfs import MACHINES_OWN, Surroundings, look, processes

_PAUSE: Final = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """`started` is in clock ticks after boot; `str()` gives the token that `parse` reads."""

    pid: int
    started: int
    boot: str
    namespace: str
    machine: str

    @classmethod
    def of(cls, pid: int) -> Self:
        """The footprint of a process that leads its session; raises CollectorError when there is no such process."""
        seen = look(pid)
        if seen is None:
            raise CollectorError("The collector ended before it could be written down.")
        return cls(pid=pid, started=seen.started, **asdict(Surroundings.here()))

    @classmethod
    def parse(cls, token: str) -> Self:
        """Raises CollectorError."""
        try:
            fields = json.loads(token)
            pid, started = int(fields["pid"]), int(fields["started"])
            texts = {name: str(fields[name]) for name in ("boot", "namespace", "machine")}
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError) as error:
            raise CollectorError("What was written down about the running collector cannot be read.") from error
        if pid < 2 or started < 0:
            raise CollectorError("What was written down about the running collector names no ordinary process.")
        return cls(pid=pid, started=started, **texts)

    def __str__(self) -> str:
        return json.dumps(asdict(self), sort_keys=True)

    def alive(self) -> bool | None:
        """Whether anything of the collector runs; None when that cannot be seen from here."""
        here = Surroundings.here()
        if (here.boot, here.namespace) == (self.boot, self.namespace):
            return self._alive_here()
        same_machine = here.namespace == self.namespace == MACHINES_OWN and here.machine == self.machine != ""
        return False if same_machine else None

    def end(self, grace: float) -> None:
        """SIGTERM, after `grace` seconds SIGKILL; returns when nothing of it runs any more.

        Raises CollectorError when it cannot be seen from here, may not be stopped, or outlives both signals.
        """
        for number in (signal.SIGTERM, signal.SIGKILL):
            if self.alive() is None:
                raise CollectorError(
                    "The collector was started elsewhere and cannot be seen from here; stop it by hand."
                )
            self._send(number)
            if self._gone_within(grace):
                return
        raise CollectorError("The collector does not end, not even by SIGKILL; look at the machine it runs on.")

    def _alive_here(self) -> bool | None:
        # Twice, because a member may hand over to a child and end while the first look goes through the list.
        if any(self._members()) or any(self._members()):
            return True
        return None if look(self.pid) is None and self._hidden() else False

    def _hidden(self) -> bool:
        """Whether it runs as another user whose processes /proc does not show (its option hidepid)."""
        try:
            os.killpg(self.pid, 0)
        except PermissionError:
            return True
        except ProcessLookupError:
            return False
        return False

    def _members(self) -> Iterator[int]:
        leader = look(self.pid)
        if leader is not None and leader.started != self.started:
            return
        for pid in processes():
            seen = look(pid)
            if seen and seen.session == self.pid and seen.started >= self.started and not seen.dead:
                yield pid

    def _send(self, number: signal.Signals) -> None:
        for pid in self._members():
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                continue
            except PermissionError as error:
                raise CollectorError("The collector runs as another user and may not be stopped from here.") from error

    def _gone_within(self, patience: float) -> bool:
        until = time.monotonic() + patience
        while self.alive() is not False:
            if time.monotonic() > until:
                return False
            time.sleep(_PAUSE)
        return True
