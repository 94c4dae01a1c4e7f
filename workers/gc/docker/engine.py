"""Engine: what the runner asks of a container engine; each method raises CollectorError when it was not done."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, Self

import docker
from docker.errors import NotFound

from workers.config.gc_docker import DockerRunnerSettings
from workers.gc.docker.connection import asking, connected

Details = Mapping[str, Any]
"""What the engine tells of a container, in the words of its API."""

_STOP_PATIENCE: Final = 10
# A container that ended; Podman says “stopped” until it has cleaned up. In every other state it runs, or may yet.
_ENDED: Final = frozenset({"exited", "stopped", "dead"})
_NEVER_STARTED: Final = frozenset({"created", "configured", "initialized"})


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Whether a container runs, or may yet run because it was made and never started; its exit code when it ended."""

    running: bool
    waiting: bool
    code: int

    @classmethod
    def of(cls, details: Details) -> Self:
        state = details["State"]
        status = str(state["Status"])
        waiting = status in _NEVER_STARTED
        return cls(running=status not in _ENDED and not waiting, waiting=waiting, code=int(state["ExitCode"]))

    @property
    def ended(self) -> bool:
        return not self.running and not self.waiting


@dataclass(frozen=True, slots=True)
class Engine:
    """One connection."""

    client: docker.APIClient

    @classmethod
    @contextmanager
    def connected(cls, settings: DockerRunnerSettings) -> Iterator[Self]:
        with connected(settings) as client:
            yield cls(client)

    def info(self) -> Details:
        with asking("tell about itself"):
            return dict(self.client.info())

    @property
    def identity(self) -> str:
        """What tells this engine from others, also after it was started again."""
        info = self.info()
        # Two engines of one machine may share their ID, and Podman makes up another for each answer.
        with asking("tell its version"):
            parts = self.client.version().get("Components") or ()
        podman = any(str(part.get("Name")).startswith("Podman") for part in parts)
        return f"{info['Name' if podman else 'ID']}:{info['DockerRootDir']}"

    def inspect(self, container: str) -> Details | None:
        """By name or id; None when there is none."""
        with asking(f"tell about the container “{container[:64]}”"):
            try:
                return dict(self.client.inspect_container(container))
            except NotFound:
                return None

    def labelled(self, label: str, value: str) -> Sequence[Details]:
        """All containers with the label, in the words of the list: Id, Labels, State, Created (Unix time)."""
        with asking("list containers"):
            return list(self.client.containers(all=True, filters={"label": [f"{label}={value}"]}))

    def running(self) -> Sequence[Details]:
        with asking("list containers"):
            return list(self.client.containers())

    def create(self, name: str, config: Details) -> str:
        """Make a container and do not start it; its id."""
        with asking(f"make the container “{name}”"):
            return str(self.client.create_container_from_config(dict(config), name)["Id"])

    def join(self, network: str, container: str) -> None:
        with asking(f"connect a container to the network “{network}”"):
            self.client.connect_container_to_network(container, network)

    def start(self, container: str) -> None:
        with asking("start the container"):
            self.client.start(container)

    def stop(self, container: str, patience: int | None = None) -> None:
        """SIGTERM, then SIGKILL after `patience` seconds; one that does not run stays as it is."""
        with asking(f"stop the container “{container[:64]}”"):
            self.client.stop(container, timeout=patience or _STOP_PATIENCE)

    def restart(self, container: str, patience: int | None = None) -> None:
        with asking(f"restart the container “{container[:64]}”"):
            self.client.restart(container, timeout=patience or _STOP_PATIENCE)

    def remove(self, container: str) -> None:
        """Kill and remove it; one that is gone, or going, is fine. Its volumes stay: they are the registry's."""
        with asking("remove a container"):
            try:
                self.client.remove_container(container, force=True, v=False)
            except NotFound:
                return
            except docker.errors.APIError as error:
                if error.status_code != 409:
                    raise
