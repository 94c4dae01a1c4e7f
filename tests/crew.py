"""Crew: regclean's own processes, started as an operator would, in an environment of their own, and ended for sure."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import yaml

from demo.parts.processes import wait_until
from tests.bench import KEY

ROOT: Final = Path(__file__).parents[1]
CLI: Final = (sys.executable, "-m", "cli")
SETPRIV: Final = shutil.which("setpriv") or "setpriv"
_ENDING: Final = 20.0


@dataclass(slots=True)
class Member:
    """One process of the crew; what it says goes to a file."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    @property
    def runs(self) -> bool:
        return self.process.poll() is None

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace")

    def children(self) -> tuple[int, ...]:
        return children_of(self.pid)

    def horse(self) -> int:
        """The child that works on a job now; waits for one."""
        assert wait_until(lambda: bool(self.children()), seconds=20), f"{self.name} forks nothing: {self.said[-2000:]}"
        return self.children()[0]

    def send(self, number: signal.Signals) -> None:
        self.process.send_signal(number)

    def kill(self) -> None:
        """SIGKILL, and wait until it is gone; what it forked is for itself to end."""
        self.process.kill()
        self.process.wait()

    def ends(self, seconds: float = _ENDING) -> float:
        """Wait for its end; how long that took."""
        began = time.monotonic()
        self.process.wait(seconds)
        return time.monotonic() - began


@dataclass(slots=True)
class Crew:
    """Made to be used in `with`; nothing that it started outlives it."""

    folder: Path
    document: Mapping[str, Any]
    redis_url: str
    members: list[Member] = field(default_factory=list)

    @property
    def environment(self) -> dict[str, str]:
        plain = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        return plain | {
            "PYTHONPATH": str(ROOT),
            "REDIS_URL": self.redis_url,
            "REGCLEAN_CONFIG": str(self.folder / "regclean.yaml"),
            "REGCLEAN_SIGNING_KEY": KEY.decode(),
            "REGCLEAN_ALLOW_VOLATILE_REDIS": "1",  # most tests share a Redis that writes nothing to disk
        }

    def start(self, *words: str, program: Sequence[str] = CLI, **environment: str) -> Member:
        """Start `regclean WORDS`; what is given by name is added to its environment."""
        log = self.folder / f"{len(self.members):02}-{'-'.join(words)}.log".replace("/", "_")
        with log.open("wb") as output:
            process = subprocess.Popen(
                # Not by preexec_fn: this process has threads, and a lock one of them holds would never be released.
                [SETPRIV, "--pdeathsig", "KILL", "--", *program, *words],
                env=self.environment | environment,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        member = Member(" ".join(words), process, log)
        self.members.append(member)
        return member

    def survivors(self) -> tuple[int, ...]:
        """Every process that was started with this crew's environment and still runs, children of children included."""
        mark = f"REGCLEAN_CONFIG={self.folder / 'regclean.yaml'}".encode()
        return tuple(pid for pid, _ in _parents() if mark in environment_of(pid))

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "regclean.yaml").write_text(yaml.safe_dump(dict(self.document)))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for member in self.members:
            if kind:  # pytest shows it beside what failed
                sys.stderr.write(f"--- {member.name} ({member.process.poll()}) said:\n{member.said[-3000:]}\n")
            member.process.kill()
            member.process.wait()
        for pid in self.survivors():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def children_of(parent: int) -> tuple[int, ...]:
    return tuple(pid for pid, its_parent in _parents() if its_parent == parent)


def part_name(pid: int) -> str:
    """What a process is for: the words after `regclean`, or redis; empty for anything else."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_text().split("\0")[:-1]
    except OSError:
        return ""
    if words[1:3] == ["-m", "cli"]:
        return " ".join(words[3:])
    return "redis" if words and Path(words[0]).name.startswith(("redis", "valkey")) else ""


def environment_of(pid: int) -> bytes:
    """The environment a process was started with, as /proc shows it; empty when it is gone."""
    try:
        return Path(f"/proc/{pid}/environ").read_bytes()
    except OSError:
        return b""


def is_gone(pid: int) -> bool:
    """Whether no process of that number runs; one that nobody has waited for yet does not run."""
    try:
        return Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()[0] in {"Z", "X"}
    except OSError:
        return True


def eventually(holds: Callable[[], bool], seconds: float) -> float:
    """Wait until it holds and say how long that took; fails when it takes longer than `seconds`."""
    began = time.monotonic()
    assert wait_until(holds, seconds=seconds, pause=0.05), f"It did not come true within {seconds:g} s."
    return time.monotonic() - began


def _parents() -> Iterator[tuple[int, int]]:
    """Every running process with its parent."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with suppress(OSError):
                fields = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                if fields[0] not in {"Z", "X"}:
                    yield int(entry.name), int(fields[1])
