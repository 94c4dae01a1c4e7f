"""Registries in containers for the tests of the gc runner `docker`, with images that have tools and others."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any

from demo.parts.binaries import OLD_REGISTRY
from demo.parts.engine import EngineProcess
from demo.parts.images import Layer, image
from demo.parts.registry_container import RegistryContainer, registry_image
from demo.parts.remote import Remote
from tests.conftest import MakeContainer
from tests.contract.operated import docker_settings, opened, until
from workers.core.collection import Report
from workers.core.errors import CollectorError
from workers.gc.runner import Runner

KEPT = image(Layer("kept", 2000))
GONE = image(Layer("gone", 4321))
OURS = "io.regclean.registry"


@dataclass(frozen=True, slots=True)
class Contained:
    """A registry in a container with one image, and one more that was deleted again."""

    engine: EngineProcess
    container: RegistryContainer

    def runner(self, **changes: Any) -> Runner:
        return opened(self.settings(**changes))

    def settings(self, **changes: Any) -> dict[str, Any]:
        return docker_settings(self.engine, self.container, **changes)

    def details(self, container: str = "") -> dict[str, Any]:
        with self.engine.client() as client:
            details: dict[str, Any] = client.inspect_container(container or self.container.id)
            return details

    def ours(self) -> Mapping[str, Mapping[str, str]]:
        """The labels of every container that the runner made and that is still there, by id."""
        with self.engine.client() as client:
            found = client.containers(all=True, filters={"label": [f"{OURS}={self.container.name}"]})
        return {str(each["Id"]): dict(each["Labels"]) for each in found}


def contained(
    engine: EngineProcess, make: MakeContainer, *, version: str = OLD_REGISTRY, tools: bool = True, **wanted: Any
) -> Contained:
    with engine.client() as client:
        name = registry_image(client, version, tools=tools)
    made = Contained(engine, make(engine, version, **{"image": name, **wanted}))
    fill(made.container.url)
    return made


def fill(url: str) -> None:
    with Remote(url) as remote:
        remote.push("app", "1", KEPT)
        remote.push("old", "gone", GONE)
        assert remote.delete("old", GONE.digest).status_code == 202


@dataclass(slots=True)
class Collecting:
    """A collection, for a thread to run."""

    token: str = ""
    outcome: list[Report | CollectorError] = field(default_factory=list)

    def run(self, runner: Runner) -> None:
        try:
            self.outcome.append(runner.collect(self._keep, "r-1"))
        except CollectorError as error:
            self.outcome.append(error)

    def _keep(self, token: str) -> None:
        self.token = token


@contextmanager
def collecting(runner: Runner, *, started: Callable[[], bool] = lambda: True) -> Iterator[Collecting]:
    """Collect in a thread; the block begins when the collector runs, and its end stops it."""
    seen = Collecting()
    thread = Thread(target=seen.run, args=(runner,))
    thread.start()
    try:
        assert until(lambda: seen.outcome or (seen.token and started()))
        yield seen
    finally:
        if seen.token:
            runner.stop(seen.token)
        thread.join(30)
