"""StoppingRunner: the registry is stopped while a container of its own, with its image and volumes, collects."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property, partial

from workers.config.gc_docker import DockerRunnerSettings
from workers.core.collection import Report
from workers.core.errors import CollectorError
from workers.gc.docker import collectors
from workers.gc.docker.container import RegistryContainer
from workers.gc.docker.engine import Engine, State
from workers.gc.docker.execution import flush
from workers.gc.docker.one_shot import see_gone
from workers.gc.docker.reports import judged
from workers.gc.docker.storage import storage_of
from workers.gc.docker.token import Token
from workers.gc.runner import StorageAccess


@dataclass(frozen=True)
class StoppingRunner:
    """A Runner. No registry runs beside its collector: it starts only when every collector was seen gone."""

    settings: DockerRunnerSettings

    @cached_property
    def storage(self) -> StorageAccess | None:
        return storage_of(self.settings)

    @property
    def stops_registry(self) -> bool:
        return True

    @property
    def notes(self) -> Sequence[str]:
        return (f"The container {self.settings.container} is stopped while it is collected, so pulls fail meanwhile.",)

    def as_found(self) -> str:
        with Engine.connected(self.settings) as engine:
            registry = self._stoppable(engine)
            if not registry.runs:
                raise CollectorError(
                    f"The container “{registry.name}” does not run, and regclean starts only what it stopped; "
                    "start it, then ask again."
                )
            return str(Token(engine=engine.identity, container=registry.id))

    def read_only(self, *, on: bool, found: str | None = None) -> None:
        with Engine.connected(self.settings) as engine:
            token = Token.parse(found) if found else None
            if token:
                token.refuse_elsewhere(engine)
            if on:
                self._stop(engine, token)
            else:
                self._start(engine, token)

    def restart(self) -> None:
        """A registry that stands still starts with an empty cache anyway, so only one that runs is restarted."""
        with Engine.connected(self.settings) as engine:
            registry = RegistryContainer.find(engine, self.settings.container)
            if registry and registry.runs:
                engine.restart(registry.id, registry.stop_patience)

    def flush(self) -> None:
        flush(self.settings)

    def dry_run(self) -> Report:
        with Engine.connected(self.settings) as engine:
            registry = self._stoppable(engine)
            collectors.clear_away(engine, registry.name, self.settings.timeout)
            with collectors.prepared(engine, registry, self.settings, dry=True) as collector:
                collector.start()
                return judged(self.settings.program, collector.ended(self.settings.timeout))

    def collect(self, on_started: Callable[[str], None], request: str = "") -> Report:
        with Engine.connected(self.settings) as engine:
            registry = self._stoppable(engine)
            with collectors.prepared(engine, registry, self.settings, request=request) as collector:
                on_started(str(Token(engine=engine.identity, container=collector.id)))
                refuse_beside = partial(self._refuse_beside, engine, registry)
                refuse_beside()
                collector.start()
                return judged(self.settings.program, collector.ended(self.settings.timeout, refuse_beside))

    def is_collecting(self, token: str | None) -> bool:
        """As Runner says; a collector that was made and not yet started counts, because it may start."""
        with Engine.connected(self.settings) as engine:
            return bool(collectors.alive(engine, self.settings.container, token))

    def stop(self, token: str | None) -> None:
        with Engine.connected(self.settings) as engine:
            for collector in collectors.alive(engine, self.settings.container, token):
                see_gone(engine, collector)

    def _stoppable(self, engine: Engine) -> RegistryContainer:
        registry = RegistryContainer.look(engine, self.settings.container)
        registry.refuse_unstoppable(engine)
        return registry

    def _stop(self, engine: Engine, found: Token | None) -> None:
        registry = self._stoppable(engine)
        if found and registry.id != found.container:
            raise CollectorError(f"The container “{registry.name}” was replaced just now; ask again.")
        engine.stop(registry.id, registry.stop_patience)
        if RegistryContainer.look(engine, registry.name).runs:
            raise CollectorError(
                f"The container “{registry.name}” runs again although it was stopped; find out who starts it."
            )

    def _start(self, engine: Engine, found: Token | None) -> None:
        """Start what was stopped, never beside a collector, and never what a person put in its place."""
        name = self.settings.container
        collectors.remove_idle(engine, name)
        if collectors.alive(engine, name, None):
            raise CollectorError(f"A collector of “{name}” still runs, and the registry must not start beside it.")
        registry = RegistryContainer.find(engine, name)
        if registry is None:
            raise CollectorError(f"The container “{name}” was removed while it was stopped; create it again.")
        if registry.runs:
            return
        if found and registry.id != found.container:
            raise CollectorError(
                f"The container “{name}” was replaced while it was stopped, and the new one never started."
            )
        engine.start(registry.id)

    def _refuse_beside(self, engine: Engine, registry: RegistryContainer) -> None:
        """Raise CollectorError when the registry was started by somebody, under its name or as what it was."""
        for container in (registry.name, registry.id):
            details = engine.inspect(container)
            if details and State.of(details).running:
                raise CollectorError(
                    f"The container “{registry.name}” was started while it was to be collected, so the collector was "
                    "stopped; leave it alone until the collection has ended."
                )
