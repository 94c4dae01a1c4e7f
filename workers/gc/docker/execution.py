"""Execution: a command run inside a running container, its output kept on disk, with a time limit."""

import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from typing import IO, Final

from docker.errors import NotFound
from requests import Response

from workers.config.gc_docker import DockerRunnerSettings
from workers.core.errors import CollectorError
from workers.gc.docker.connection import asking
from workers.gc.docker.engine import Engine
from workers.gc.docker.frames import STDERR, STDOUT, frames, requested
from workers.gc.execution import last_complaint

_PAUSE: Final = 0.1
_TAIL: Final = 8 * 1024
_DRAIN: Final = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """`begun` is False when nothing tells that the command was ever started; `code` is that of one that ended.

    `words` are its arguments.
    """

    runs: bool
    begun: bool
    code: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """`output` is what it printed; both files are at the disposal of the block that `run` opens."""

    code: int
    output: IO[bytes]
    complaints: IO[bytes]

    def lines(self) -> Iterator[str]:
        self.output.seek(0)
        return (line.decode(errors="replace").rstrip("\n") for line in self.output)

    @property
    def reason(self) -> str:
        """The last thing it complained about, for people; that it could not be started is told as its output."""
        for stream in (self.complaints, self.output):
            size = stream.seek(0, 2)
            stream.seek(max(0, size - _TAIL))
            if said := stream.read().decode(errors="replace").strip():
                return last_complaint(said)
        return last_complaint("")


def prepare(engine: Engine, container: str, command: Sequence[str]) -> str:
    """Make it and do not start it; its id. It cannot be started any more once the container was restarted."""
    with asking(f"prepare “{command[0]}” inside the container"):
        return str(engine.client.exec_create(container, list(command))["Id"])


def progress(engine: Engine, execution: str) -> Progress | None:
    """How far it is; None when the engine does not know it any more. Raises CollectorError."""
    with asking("tell whether a command inside the container runs"):
        try:
            seen = engine.client.exec_inspect(execution)
        except NotFound:
            return None
    code = seen.get("ExitCode")
    begun = bool(seen["Running"] or seen.get("Pid") or code)
    words = tuple((seen.get("ProcessConfig") or {}).get("arguments") or ())
    return Progress(runs=bool(seen["Running"]), begun=begun, code=int(code or 0), words=words)


@contextmanager
def run(engine: Engine, execution: str, timeout: float) -> Iterator[Outcome]:
    """Start what was prepared, and wait; raises CollectorError when it takes longer, and then it goes on inside."""
    with ExitStack() as files:
        output, complaints = (files.enter_context(tempfile.TemporaryFile()) for _ in range(2))
        with asking("start a command inside the container"):
            wanted = {"Detach": False, "Tty": False}
            answer = files.enter_context(closing(requested(engine, "POST", f"/exec/{execution}/start", json=wanted)))
        reader = _Reader(answer, {STDOUT: output, STDERR: complaints})
        reader.start()
        reader.join(timeout)
        if reader.is_alive():
            # Not by closing, which would wait for the thread that reads.
            answer.raw.shutdown()
            reader.join(_DRAIN)
            raise CollectorError(
                f"A command inside the container took longer than the {timeout:g} seconds of `timeout`."
            )
        if reader.failure:
            raise CollectorError(f"What a command inside the container printed broke off: {reader.failure}.")
        yield Outcome(code=_code(engine, execution), output=output, complaints=complaints)


def run_all(settings: DockerRunnerSettings, container: str, commands: Sequence[Sequence[str]]) -> None:
    """Run them in order inside the container of that name; raises CollectorError with what the first to fail said."""
    with Engine.connected(settings) as engine:
        for command in commands:
            with run(engine, prepare(engine, container, command), settings.timeout) as outcome:
                if outcome.code:
                    raise CollectorError(
                        f"“{command[0]}” in “{container}” failed with exit code {outcome.code}: {outcome.reason}."
                    )


def flush(settings: DockerRunnerSettings) -> None:
    """Empty the blob cache that outlives the registry, if there is one; raises CollectorError."""
    if settings.cache_container:
        run_all(settings, settings.cache_container, settings.flush)


class _Reader(threading.Thread):
    """Keeps what a command prints, until it closes its output."""

    def __init__(self, answer: Response, files: Mapping[int, IO[bytes]]) -> None:
        super().__init__(name="reads-execution", daemon=True)
        self._answer = answer
        self._files = files
        self.failure: Exception | None = None

    def run(self) -> None:
        try:
            for stream, part in frames(self._answer):
                self._files[stream].write(part)
        except Exception as error:  # noqa: BLE001 - whatever it was, the thread that waits tells it
            self.failure = error


def _code(engine: Engine, execution: str) -> int:
    """The exit code of a command that closed its output, which is told a moment later."""
    until = time.monotonic() + _DRAIN
    while (seen := progress(engine, execution)) and seen.runs:
        if time.monotonic() > until:
            raise CollectorError("A command inside the container closed its output and does not end.")
        time.sleep(_PAUSE)
    if seen is None:
        raise CollectorError("The container was restarted before the command inside it was done.")
    return seen.code
