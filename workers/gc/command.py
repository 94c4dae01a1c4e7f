"""The runner `command`: collection by the operator's own commands, on this machine or wherever they lead."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, Self

from workers.config.gc import CommandRunnerSettings
from workers.core.collection import Report, parse_lines
from workers.core.errors import CollectorError
from workers.gc.execution import Execution, Patience, prepared
from workers.gc.footprint import Footprint
from workers.gc.storage import Storage

_PAUSE: Final = 0.2
_RUNS: Final = 0
_DOES_NOT: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRunner:
    """A Runner, by commands.

    A collector on this machine is seen and stopped by its footprint. One that runs elsewhere, of which only the client
    is here (ssh, `docker exec`), is seen and stopped by the commands `collecting` and `stop`.
    """

    settings: CommandRunnerSettings
    patience: Patience

    @classmethod
    def open(cls, settings: CommandRunnerSettings) -> Self:
        return cls(settings=settings, patience=Patience(timeout=settings.timeout))

    @property
    def storage(self) -> Storage | None:
        root = self.settings.storage_root
        return Storage(Path(root), timedelta(seconds=self.settings.push_grace)) if root else None

    @property
    def stops_registry(self) -> bool:
        return False

    @property
    def notes(self) -> Sequence[str]:
        return ()

    def as_found(self) -> str | None:
        return None

    def read_only(self, *, on: bool, found: str | None = None) -> None:  # noqa: ARG002 - the commands know by themselves
        self._run(self.settings.read_only_on if on else self.settings.read_only_off)

    def restart(self) -> None:
        self._run(self.settings.restart)

    def flush(self) -> None:
        self._run(self.settings.flush)

    def dry_run(self) -> Report:
        """As Runner says; also refuses a collector that would delete manifests, which nobody approves."""
        with prepared(self.settings.dry_run, self.patience) as execution:
            execution.release()
            report = _report(execution)
        if report.summary.manifests:
            raise CollectorError(
                "The collector would delete manifests by its own choice; remove --delete-untagged from `dry_run` and "
                "`collect`, and use “/regclean rm --untagged REPOSITORY” instead."
            )
        return report

    def collect(self, on_started: Callable[[str], None], request: str = "") -> Report:  # noqa: ARG002 - no label
        with prepared(self.settings.collect, self.patience) as execution:
            on_started(str(execution.footprint))
            execution.release()
            return _report(execution)

    def is_collecting(self, token: str | None) -> bool:
        """As Runner says. Without a token none began here, since it begins only when its token has been kept."""
        here = Footprint.parse(token).alive() if token else False
        if here:
            return True
        if self.settings.collecting:
            return self._told(self.settings.collecting)
        if here is None:
            raise CollectorError(
                "The collector was started on another machine or in another container, and cannot be seen from here; "
                "make sure that it has ended, and configure `collecting` and `stop`."
            )
        return False

    def stop(self, token: str | None) -> None:
        failures = [str(failure) for command in self.settings.stop if (failure := self._failure(command))]
        footprint = Footprint.parse(token) if token else None
        if footprint and footprint.alive():
            footprint.end(self.patience.grace)
        until = time.monotonic() + self.patience.grace
        while self.is_collecting(token):
            if time.monotonic() > until:
                raise CollectorError(" ".join(["The collector still runs although it was told to stop.", *failures]))
            time.sleep(_PAUSE)

    def _run(self, commands: Sequence[Sequence[str]]) -> None:
        for command in commands:
            if failure := self._failure(command):
                raise failure

    def _failure(self, command: Sequence[str]) -> CollectorError | None:
        try:
            with prepared(command, self.patience) as execution:
                execution.release()
                return _refusal(execution, execution.wait())
        except CollectorError as error:
            return error

    def _told(self, command: Sequence[str]) -> bool:
        """0 means yes. 1 means no only without a word: ssh, docker and kubectl also end with 1 when they fail."""
        with prepared(command, self.patience) as execution:
            execution.release()
            code = execution.wait()
            if code == _RUNS:
                return True
            if code == _DOES_NOT and execution.silent:
                return False
            raise CollectorError(
                f"Whether a collector runs cannot be seen: `collecting` ended with exit code {code}: "
                f"{execution.reason}."
            )


def _report(execution: Execution) -> Report:
    code = execution.wait()
    # What the command left running is the collector, too, and its report is not whole before that has ended.
    execution.end()
    if refusal := _refusal(execution, code):
        raise refusal
    try:
        return parse_lines(execution.lines())
    except CollectorError as error:
        raise CollectorError(f"{error.sentence} It also said: {execution.reason}.") from error


def _refusal(execution: Execution, code: int) -> CollectorError | None:
    if code == 0:
        return None
    if code < 0:
        return CollectorError(f"“{execution.program}” was stopped by signal {-code} before it was done.")
    return CollectorError(f"“{execution.program}” failed with exit code {code}: {execution.reason}.")
