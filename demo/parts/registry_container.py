"""A real registry as a container of an engine, its storage in a folder of this machine."""

from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import docker
import yaml

from demo.parts.binaries import busybox, registry_binary
from demo.parts.container_image import ScratchImage, load
from demo.parts.engine import EngineProcess
from demo.parts.errors import PartStartError
from demo.parts.processes import free_port, wait_until
from demo.parts.registry import answers
from demo.parts.registry_config import RegistrySettings, configuration

CONFIG_PATH: Final = "/etc/docker/registry/config.yml"
READ_ONLY_PATH: Final = "/etc/docker/registry/readonly.yml"
WRITABLE_PATH: Final = "/etc/docker/registry/writable.yml"
ROOT_PATH: Final = "/var/lib/registry"
SLOW_PROGRAM: Final = "slow-registry"
"""In images with tools: the registry's program, which takes five minutes before it begins to do anything."""

LINGERING_COLLECTOR: Final = "lingering-collector"
"""In images with tools: the registry's program, which takes as many seconds before it begins to collect as a file says.

The file is `linger`, where the registry's folder is.
"""

_SLOW: Final = {
    SLOW_PROGRAM: b'#!/bin/sh\nsleep 300\nexec registry "$@"\n',
    LINGERING_COLLECTOR: (
        b"#!/bin/sh\nread -r seconds < /var/lib/registry/linger\n"
        b'[ "$2" = --dry-run ] || sleep "$seconds"\nexec registry "$@"\n'
    ),
}
_TOOLS: Final = {f"bin/{name}": "busybox" for name in ("[", "cp", "find", "mv", "rm", "rmdir", "sh", "sleep", "stat")}
START_PATIENCE: Final = 20.0


def registry_image(client: docker.APIClient, version: str, *, tools: bool = False) -> str:
    """The registry FROM scratch, laid out as its own image is; with `tools` as that is: on BusyBox. Returns its name.

    Raises:
        PartMissingError: this machine has no such registry, or no BusyBox.
    """
    name = f"registry-{version}{'-tools' if tools else ''}"
    if client.images(f"localhost/{name}"):
        return f"localhost/{name}:latest"
    image = ScratchImage(
        programs={"bin/registry": registry_binary(version), **(_busybox() if tools else {})},
        links=_TOOLS if tools else {},
        files={
            **{path.lstrip("/"): yaml.safe_dump(each).encode() for path, each in _configurations().items()},
            **({f"bin/{name}": script for name, script in _SLOW.items()} if tools else {}),
        },
        entrypoint=("/bin/registry",),
        command=("serve", CONFIG_PATH),
    )
    return load(client, name, image)


def tools_image(client: docker.APIClient) -> str:
    """BusyBox alone; returns the image's name.

    Raises:
        PartMissingError: this machine has none.
    """
    return load(client, "tools", ScratchImage(programs=_busybox(), links=_TOOLS))


def _busybox() -> dict[str, Path]:
    return {"bin/busybox": busybox()}


def _configurations() -> dict[str, dict[str, Any]]:
    """The one in use, and two for whoever switches between them."""
    modes = {CONFIG_PATH: False, WRITABLE_PATH: False, READ_ONLY_PATH: True}
    return {path: _configuration(read_only=read_only) for path, read_only in modes.items()}


def _configuration(*, read_only: bool) -> dict[str, Any]:
    content = configuration(RegistrySettings(read_only=read_only), Path("/"), 5000)
    content["storage"]["filesystem"]["rootdirectory"] = ROOT_PATH
    return content


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """What is to be different: `changes` are keys of the engine's “create a container”, `host` of its HostConfig."""

    name: str = "registry"
    version: str
    image: str
    storage: Path
    environment: tuple[str, ...] = ()
    changes: dict[str, Any] | None = None
    host: dict[str, Any] | None = None


class RegistryContainer:
    """A registry in a container, started when made; it listens on this machine's loopback interface."""

    def __init__(self, engine: EngineProcess, wanted: Wanted) -> None:
        """Start it.

        Raises:
            PartStartError: it does not answer within twenty seconds; the sentence holds the end of its log.
        """
        self.engine = engine
        self.wanted = wanted
        self.name = wanted.name
        self.version = wanted.version
        self.storage_root = wanted.storage
        self.port = free_port()
        self.id = self._create()
        self.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def state(self) -> dict[str, Any]:
        """What the engine says of it."""
        with self.engine.client() as client:
            state: dict[str, Any] = client.inspect_container(self.id)["State"]
            return state

    def start(self) -> None:
        """Start it, and wait until it answers.

        Raises:
            PartStartError: it does not within twenty seconds.
        """
        with self.engine.client() as client:
            client.start(self.id)
            if not wait_until(lambda: answers(self.url), seconds=START_PATIENCE):
                said = client.logs(self.id, tail=20).decode(errors="replace")
                raise PartStartError(f"The registry in {self.name} does not answer at {self.url}: {said}")

    def stop(self) -> None:
        """Stop it, as a person would."""
        with self.engine.client() as client:
            client.stop(self.id, timeout=5)

    def replace(self) -> str:
        """Put a new container in its place, as `docker compose` does, not yet started; returns the new one's id."""
        self.remove()
        self.id = self._create()
        return self.id

    def remove(self) -> None:
        """Remove it, if it is there; its storage stays. It went with its engine when that was ended."""
        if not self.engine.runs:
            return
        with self.engine.client() as client:
            for each in client.containers(all=True, filters={"id": self.id}):
                client.remove_container(each["Id"], force=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.remove()

    def _create(self) -> str:
        self.storage_root.mkdir(parents=True, exist_ok=True)
        host = {
            "Binds": [f"{self.storage_root}:{ROOT_PATH}"],
            "NetworkMode": "host",
            "RestartPolicy": {"Name": "unless-stopped"},
            **(self.wanted.host or {}),
        }
        config = {
            "Image": self.wanted.image,
            "Env": [f"REGISTRY_HTTP_ADDR=127.0.0.1:{self.port}", *self.wanted.environment],
            "HostConfig": host,
            **(self.wanted.changes or {}),
        }
        with self.engine.client() as client:
            return str(client.create_container_from_config(config, self.name)["Id"])
