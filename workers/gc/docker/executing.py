"""ExecutingRunner: the registry is made read-only and collected inside its running container, then restarted."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from workers.config.gc_docker import DockerRunnerSettings
from workers.core.collection import Report
from workers.core.errors import CollectorError
from workers.gc.docker.container import RegistryContainer
from workers.gc.docker.engine import Engine
from workers.gc.docker.execution import flush, prepare, progress, run, run_all
from workers.gc.docker.reports import arguments, judged
from workers.gc.docker.served import Served
from workers.gc.docker.storage import storage_of
from workers.gc.docker.token import Token
from workers.gc.runner import StorageAccess

_PAUSE: Final = 0.2
_GRACE: Final = 30.0


@dataclass(frozen=True)
class ExecutingRunner:
    """A Runner. A command inside a container cannot be stopped by itself: the container is restarted, which ends it."""

    settings: DockerRunnerSettings

    @cached_property
    def storage(self) -> StorageAccess | None:
        return storage_of(self.settings)

    @property
    def stops_registry(self) -> bool:
        return False

    @property
    def notes(self) -> Sequence[str]:
        return (f"The container {self.settings.container} is restarted before and after it is collected.",)

    def as_found(self) -> None:
        with Engine.connected(self.settings) as engine:
            self._running(engine)

    def read_only(self, *, on: bool, found: str | None = None) -> None:  # noqa: ARG002 - the commands know by themselves
        """The commands change the registry's configuration, which it reads when it starts."""
        run_all(
            self.settings, self.settings.container, self.settings.read_only_on if on else self.settings.read_only_off
        )
        self.restart()

    def restart(self) -> None:
        with Engine.connected(self.settings) as engine:
            registry = RegistryContainer.look(engine, self.settings.container)
            engine.restart(registry.id, registry.stop_patience)

    def flush(self) -> None:
        flush(self.settings)

    def dry_run(self) -> Report:
        with Engine.connected(self.settings) as engine:
            registry = self._running(engine)
            return self._report(engine, self._prepared(engine, registry, dry=True))

    def collect(self, on_started: Callable[[str], None], request: str = "") -> Report:  # noqa: ARG002 - it bears no label
        with Engine.connected(self.settings) as engine:
            registry = self._running(engine)
            collector = self._prepared(engine, registry, dry=False)
            identity = engine.identity
            token = Token(engine=identity, container=registry.id, execution=collector, started=registry.started)
            on_started(str(token))
            return self._report(engine, collector)

    def is_collecting(self, token: str | None) -> bool:
        """As Runner says; what was prepared and not yet started counts, because it may start."""
        with Engine.connected(self.settings) as engine:
            return self._may_collect(engine, Token.parse(token)) if token else self._seen(engine)

    def stop(self, token: str | None) -> None:
        until = time.monotonic() + _GRACE
        if self.is_collecting(token):
            self.restart()
        while self.is_collecting(token):
            if time.monotonic() > until:
                raise CollectorError("The collector still runs although its container was restarted.")
            time.sleep(_PAUSE)

    def _running(self, engine: Engine) -> RegistryContainer:
        registry = RegistryContainer.look(engine, self.settings.container)
        if not registry.runs:
            raise CollectorError(f"The container “{registry.name}” does not run; start it, then ask again.")
        return registry

    def _prepared(self, engine: Engine, registry: RegistryContainer, *, dry: bool) -> str:
        path = Served.of(engine, registry, self.settings).path
        return prepare(engine, registry.id, (self.settings.program, *arguments(path, dry=dry)))

    def _report(self, engine: Engine, collector: str) -> Report:
        with run(engine, collector, self.settings.timeout) as outcome:
            return judged(self.settings.program, outcome)

    def _may_collect(self, engine: Engine, token: Token) -> bool:
        """Whether it runs or may start.

        Only its end or a restart of its container says no: an engine that restarts forgets commands that go on.
        """
        token.refuse_elsewhere(engine)
        container = RegistryContainer.find(engine, token.container)
        if container is None or not container.runs or container.started != token.started:
            return False
        seen = progress(engine, token.execution)
        return seen is None or seen.runs or not seen.begun

    def _seen(self, engine: Engine) -> bool:
        """Whether any command in the container collects, whoever started it."""
        container = RegistryContainer.find(engine, self.settings.container)
        executions = (container.details.get("ExecIDs") if container else None) or ()
        return any(self._collects(engine, str(each)) for each in executions)

    def _collects(self, engine: Engine, execution: str) -> bool:
        seen = progress(engine, execution)
        return seen is not None and seen.runs and "garbage-collect" in seen.words
