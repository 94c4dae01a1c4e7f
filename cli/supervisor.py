"""Supervisor: keeps processes running on one machine, restarts what dies, and leaves nothing behind."""

import ctypes
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from pathlib import Path
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

    `ready` returns once the next program may start, and raises when this one will not come up. Others need a program
    that has it, so it is ended last. `files` are open files that it keeps open. What it prints goes to this process'
    own output, or to the end of the file `log`.
    """

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    ready: Callable[[subprocess.Popen[bytes]], None] | None = None
    files: tuple[int, ...] = ()
    log: Path | None = None


@dataclass(slots=True)
class _Child:
    program: Program
    process: subprocess.Popen[bytes]
    started: float
    deaths: int = 0
    start_at: float = 0.0


@dataclass(slots=True)
class Supervisor:
    """Runs programs until `stop` is set, then ends them, at last those that others need."""

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
        needed = [child.process for child in self._children if child.program.ready]
        others = [child.process for child in self._children if not child.program.ready]
        for processes in (others, needed):
            for process in processes:
                process.terminate()
            until = time.monotonic() + _GRACE
            for process in processes:
                _see_gone(process, max(0.0, until - time.monotonic()))


def start(program: Program) -> subprocess.Popen[bytes]:
    """Start it in a session of its own, so that Ctrl-C reaches it through us; it dies with this process."""
    with program.log.open("ab") if program.log else nullcontext() as output:
        return subprocess.Popen(  # noqa: S603 - an argument list of our own
            program.arguments,
            env=dict(program.environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
            pass_fds=program.files,
            preexec_fn=_Preparation(os.getpid(), ctypes.CDLL(None).prctl),  # noqa: PLW1509 - it takes no lock
        )


@dataclass(frozen=True, slots=True)
class _Preparation:
    """What a child does between fork and exec, where no lock may be taken: another thread may have held it."""

    parent: int
    prctl: Callable[[int, int], int]

    def __call__(self) -> None:
        self.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != self.parent:
            os._exit(1)


def end(process: subprocess.Popen[bytes]) -> None:
    """SIGTERM, and SIGKILL for the whole session after a grace."""
    process.terminate()
    _see_gone(process, _GRACE)


def _see_gone(process: subprocess.Popen[bytes], grace: float) -> None:
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
