"""Child processes that never outlive this one, however it ends."""

import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo.parts.errors import PartMissingError, PartStartError

FIRST_PAUSE: Final = 0.05
LONGEST_PAUSE: Final = 1.0
SETTLED: Final = 1.0  # seconds after which a process counts as having come up
STOP_PATIENCE: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """What to run, and where its output and its process id are written."""

    arguments: Sequence[str | Path]
    log: Path
    pid_file: Path


class KeptProcess:
    """One program, started in its own session, and started again whenever it exits if `revive` says so.

    The kernel kills it when this process ends, even by SIGKILL. That signal is bound to the *thread* that forked, so
    each program has a thread of its own that forks it and then waits for it.
    """

    def __init__(self, command: Command, *, revive: bool) -> None:
        self._command = command
        self._setpriv = _setpriv()
        self._revive = revive
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._forked = threading.Event()
        self._failure: OSError | None = None
        self._process: subprocess.Popen[bytes] | None = None
        self._thread = threading.Thread(target=self._keep, name=f"keeps-{command.log.stem}", daemon=True)

    def start(self) -> None:
        """Fork the program and return; whether it serves is for the caller to see.

        Raises:
            PartStartError: the operating system would not start it.
        """
        self._thread.start()
        self._forked.wait()
        if self._failure is not None:
            raise PartStartError(f"{self._command.arguments[0]} does not start: {self._failure}") from self._failure

    @property
    def pid(self) -> int | None:
        """The running program's process id, or None when it does not run."""
        process = self._process
        return process.pid if process is not None and process.poll() is None else None

    def stop(self) -> None:
        """End it for good: SIGTERM, and SIGKILL when it takes longer than ten seconds."""
        self._end(subprocess.Popen.terminate)

    def kill(self) -> None:
        """End it for good with SIGKILL."""
        self._end(subprocess.Popen.kill)

    def crash(self) -> None:
        """SIGKILL the program as a failing machine would; a revived one comes back with another process id."""
        if self._process is not None:
            self._process.kill()

    def _end(self, signal: Callable[[subprocess.Popen[bytes]], None]) -> None:
        with self._lock:
            self._ended.set()
            process = self._process
        if process is not None:
            signal(process)
            try:
                process.wait(STOP_PATIENCE)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if self._thread.ident is not None:
            self._thread.join()
        self._command.pid_file.unlink(missing_ok=True)

    def _keep(self) -> None:
        pause = FIRST_PAUSE
        while process := self._fork():
            began = time.monotonic()
            process.wait()
            if not self._revive:
                return
            pause = FIRST_PAUSE if time.monotonic() - began > SETTLED else min(2 * pause, LONGEST_PAUSE)
            self._ended.wait(pause)

    def _fork(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._ended.is_set():
                return None
            try:
                self._process = _fork(self._setpriv, self._command)
            except OSError as error:
                self._failure = error
                return None
            finally:
                self._forked.set()
            return self._process


def _setpriv() -> str:
    found = shutil.which("setpriv")
    if found is None:
        raise PartMissingError("There is no `setpriv` on this machine: install the package util-linux.")
    return found


def _fork(setpriv: str, command: Command) -> subprocess.Popen[bytes]:
    with command.log.open("ab") as log:
        process = subprocess.Popen(
            [setpriv, "--pdeathsig", "KILL", "--", *command.arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a Ctrl-C in the terminal is for the caller, who stops its parts in order
        )
    command.pid_file.write_text(f"{process.pid}\n")
    return process


def free_port(host: str = "127.0.0.1") -> int:
    """A TCP port that nobody listened on a moment ago."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until(holds: Callable[[], bool], *, seconds: float, pause: float = 0.01) -> bool:
    """Ask again and again until it holds; False when the time is over."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return True
        time.sleep(pause)
    return holds()
