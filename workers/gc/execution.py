"""One command of the operator, run to its end: no shell, a bare environment, a session and a time limit of its own."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from workers.core.errors import CollectorError
from workers.gc.footprint import Footprint
from workers.procfs import Surroundings

# Nothing else of the worker's environment: it holds the signing key and Redis's address.
_ENVIRONMENT: Final = ("PATH", "HOME", "LANG")
_GATE: Final = Path(__file__).with_name("gate.py")
_TAIL: Final = 8 * 1024
_LONGEST_REASON: Final = 300
_CREDENTIALS: Final = re.compile(r"(?<=://)[^/\s@]+@")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Seconds: `timeout` for a command to end by itself, `grace` for SIGTERM and again for SIGKILL to take effect."""

    timeout: float
    grace: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """A command under way, or ended. All it prints is kept on disk, and read from there."""

    program: str
    process: subprocess.Popen[bytes]
    output: IO[bytes]
    complaints: IO[bytes]
    patience: Patience
    footprint: Footprint

    def release(self) -> None:
        """Open the gate: the command begins."""
        if self.process.stdin is not None:
            # A gate that was stopped meanwhile is told by its exit code.
            with suppress(BrokenPipeError), self.process.stdin as gate:
                gate.write(b"\n")

    def wait(self) -> int:
        """The exit code, negative for a signal; raises CollectorError when it took too long."""
        try:
            return self.process.wait(self.patience.timeout)
        except subprocess.TimeoutExpired as error:
            raise CollectorError(
                f"“{self.program}” was stopped: it took longer than the {self.patience.timeout:g} seconds of `timeout`."
            ) from error

    def end(self) -> None:
        """Stop what is left of it, begun or not; raises CollectorError when it cannot be stopped."""
        if self.process.stdin is not None:
            self.process.stdin.close()
        self.footprint.end(self.patience.grace)
        self.process.wait(self.patience.grace)

    def lines(self) -> Iterator[str]:
        """What it printed, from the beginning."""
        self.output.seek(0)
        return (line.decode(errors="replace") for line in self.output)

    @property
    def silent(self) -> bool:
        """Whether it printed nothing at all."""
        return not any(stream.seek(0, os.SEEK_END) for stream in (self.output, self.complaints))

    @property
    def reason(self) -> str:
        """The last thing it complained about, for people."""
        size = self.complaints.seek(0, os.SEEK_END)
        self.complaints.seek(max(0, size - _TAIL))
        return last_complaint(self.complaints.read().decode(errors="replace"))


def last_complaint(said: str) -> str:
    """The last line, without a usage, and without credentials in addresses."""
    said = said.partition("Usage:")[0].strip()
    last = said.splitlines()[-1] if said else "it did not say why"
    return _CREDENTIALS.sub("", last)[:_LONGEST_REASON].rstrip(". ")


@contextmanager
def prepared(arguments: Sequence[str], patience: Patience) -> Iterator[Execution]:
    """A command behind its gate; if the block is left by an exception, nothing of the command runs any more.

    Raises CollectorError when the program is not installed, or when this machine cannot show running processes.
    """
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    program = _program(arguments[0], environment)
    Surroundings.here()
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(  # noqa: S603 - the argument list is the operator's, and no shell reads it
            [sys.executable, "-I", "-S", str(_GATE), str(os.getpid()), program, *arguments[1:]],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=complaints,
            env=environment,
            start_new_session=True,
        )
        execution = Execution(
            program=Path(program).name,
            process=process,
            output=output,
            complaints=complaints,
            patience=patience,
            footprint=Footprint.of(process.pid),
        )
        try:
            yield execution
        except BaseException:
            execution.end()
            raise


def _program(name: str, environment: Mapping[str, str]) -> str:
    found = shutil.which(name, path=environment.get("PATH", os.defpath))
    if found is None:
        raise CollectorError(f"There is no program “{name}” here; install it, or correct the command in `gc`.")
    return found
