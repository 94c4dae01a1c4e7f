"""Supervisor: keeps processes running on one machine, restarts what dies, and leaves nothing behind."""

import ctypes
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import structlog

_PR_SET_PDEATHSIG: Final = 1
_STABLE: Final = 60.0
"""Seconds after which a process that dies is restarted at once again."""
_LONGEST_PAUSE: Final = 30.0
_GRACE: Final = 15.0

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """What to run: a name for people, an argument list, its whole environment, and what to wait for at its first start.

    `ready` returns once the next program may start, and raises when this one will not come up.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    ready: Callable[[subprocess.Popen[bytes]], None] | None = None


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    started: float
    deaths: int = 0
    start_at: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Runs programs until `stop` is set, then ends them in reverse order."""

    programs: Sequence[Program]
    stop: threading.Event = field(default_factory=threading.Event)
    _children: list[_Child] = field(default_factory=list)

    def run(self) -> None:
        try:
            for program in self.programs:
                child = _Child(program, start(program), time.monotonic())
                self._children.append(child)
                if program.ready:
                    program.ready(child.process)
            while not self.stop.wait(0.2):
                for child in self._children:
                    self._keep(child)
        finally:
            self._end()

    def _keep(self, child: _Child) -> None:
        code = child.process.poll()
        now = time.monotonic()
        if code is None or now < child.start_at:
            return
        if child.start_at == 0.0:
            child.deaths = 1 if now - child.started > _STABLE else child.deaths + 1
            pause = 0.0 if child.deaths == 1 else min(_LONGEST_PAUSE, 0.5 * 2.0**child.deaths)
            _log.warning("process.died", name=child.program.name, code=code, restart_in=pause)
            child.start_at = now + pause
            return
        child.process, child.started, child.start_at = start(child.program), now, 0.0

    def _end(self) -> None:
        for child in reversed(self._children):
            end(child.process)


def start(program: Program) -> subprocess.Popen[bytes]:
    """Start it in a session of its own, so that Ctrl-C reaches it through us; it dies with this process."""
    return subprocess.Popen(  # noqa: S603 - an argument list of our own
        program.arguments,
        env=dict(program.environment),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
        preexec_fn=die_with(os.getpid()),  # noqa: PLW1509 - this process has one thread when it forks
    )


def die_with(parent: int) -> "_Preparation":
    return _Preparation(parent)


@dataclass(frozen=True, slots=True)
class _Preparation:
    """What a child does between fork and exec."""

    parent: int

    def __call__(self) -> None:
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != self.parent:
            sys.exit(1)


def end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and SIGKILL for the whole session after a grace."""
    if process.poll() is None:
        process.terminate()
        try:
            process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
