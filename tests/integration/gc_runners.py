"""Command runners for tests: shell scripts in the collector's place, and processes that can be told apart."""

import json
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from workers.config.gc import CommandRunnerSettings
from workers.core.collection import Report
from workers.core.errors import CollectorError
from workers.gc.command import CommandRunner
from workers.gc.execution import Patience
from workers.procfs import look


def summary(marked: int, blobs: int, manifests: int) -> str:
    return f"{marked} blobs marked, {blobs} blobs and {manifests} manifests eligible for deletion"


def printing(*lines: str) -> str:
    """A shell script that prints these lines."""
    return "printf '%s\\n' " + " ".join(f"'{line}'" for line in lines)


PRINT_REPORT = printing("a/one", "", summary(0, 0, 0))


def sh(script: str, *arguments: str) -> tuple[str, ...]:
    return ("sh", "-c", script, "sh", *arguments)


def settings(**wanted: Any) -> CommandRunnerSettings:
    """Settings that do nothing but say so, apart from what is wanted."""
    plain = {
        "runner": "command",
        "read_only_on": [["true"]],
        "read_only_off": [["true"]],
        "dry_run": sh(PRINT_REPORT, "--dry-run"),
        "collect": sh(PRINT_REPORT),
        "timeout": 30,
    }
    return CommandRunnerSettings.model_validate({**plain, **wanted})


def runner(*, grace: float = 5.0, **wanted: Any) -> CommandRunner:
    made = settings(**wanted)
    return CommandRunner(settings=made, patience=Patience(timeout=made.timeout, grace=grace))


def nothing(_token: str) -> None:
    """An `on_started` for those who need no token."""


def until(true: Callable[[], object], seconds: float = 20.0) -> bool:
    """Wait for it; whether it came true."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def runs(pid: int) -> bool:
    seen = look(pid)
    return seen is not None and not seen.dead


def pid_in(path: Path) -> int:
    """The process id that a script writes there."""
    assert until(lambda: path.exists() and path.read_text().endswith("\n")), path
    return int(path.read_text())


@dataclass
class Collecting:
    """A collection under way in a thread of this process."""

    token: str = ""
    outcome: list[Report | CollectorError] = field(default_factory=list)


@contextmanager
def collecting(running: CommandRunner) -> Iterator[Collecting]:
    """Collect in a thread, beginning the block when the collector has begun, and ending it with the collection."""
    seen = Collecting()

    def keep(token: str) -> None:
        seen.token = token

    def collect() -> None:
        try:
            seen.outcome.append(running.collect(keep))
        except CollectorError as error:
            seen.outcome.append(error)

    thread = threading.Thread(target=collect)
    thread.start()
    try:
        assert until(lambda: seen.token)
        yield seen
    finally:
        if seen.token:
            running.stop(seen.token)
        thread.join(20)


WORKER = """
import json, pathlib, sys
from tests.integration.gc_runners import runner

folder, hang, wanted = pathlib.Path(sys.argv[1]), sys.argv[2], json.loads(sys.argv[3])

def keep(token):
    (folder / "fresh").write_text(token)
    (folder / "fresh").rename(folder / "token")
    if hang:
        sys.stdin.read()

runner(**wanted).collect(keep)
"""


@contextmanager
def worker(folder: Path, *, hang: bool = False, **wanted: Any) -> Iterator["subprocess.Popen[bytes]"]:
    """Another process that collects, from when its token is in `folder / "token"`; killed at the end.

    With `hang` it never gets beyond keeping the token.
    """
    arguments = [sys.executable, "-c", WORKER, str(folder), "hang" if hang else "", json.dumps(wanted)]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE) as process:
        try:
            assert until((folder / "token").exists)
            yield process
        finally:
            process.kill()
