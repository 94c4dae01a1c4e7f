"""RegistryContainer: the container that a registry runs in, as the engine tells it, and whether it may be stopped."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, Self

from workers.core.errors import CollectorError
from workers.gc.docker.engine import Details, Engine, State

# The labels of every container that regclean makes: for which registry, what for, and for which request.
REGISTRY: Final = "io.regclean.registry"
TASK: Final = "io.regclean.task"
REQUEST: Final = "io.regclean.request"

# Whoever runs containers by these labels would start the registry again beside its collector.
_KEEPERS: Final = {
    "com.docker.swarm.service.name": "a Swarm service",
    "io.kubernetes.pod.name": "a Kubernetes pod",
}


@dataclass(frozen=True, slots=True)
class RegistryContainer:
    """A container by the name in the configuration."""

    name: str
    details: Details

    @classmethod
    def find(cls, engine: Engine, name: str) -> Self | None:
        """The container that bears the name now; raises CollectorError when the engine does not answer."""
        details = engine.inspect(name)
        return None if details is None else cls(name, details)

    @classmethod
    def look(cls, engine: Engine, name: str) -> Self:
        """As `find`; raises CollectorError when there is none."""
        found = cls.find(engine, name)
        if found is None:
            raise CollectorError(f"There is no container “{name}”; create and start it, or correct `container` in gc.")
        return found

    @property
    def id(self) -> str:
        return str(self.details["Id"])

    @property
    def image(self) -> str:
        """The very image it was made from, whatever its tag leads to now."""
        return str(self.details["Image"])

    @property
    def runs(self) -> bool:
        return State.of(self.details).running

    @property
    def started(self) -> str:
        return str(self.details["State"]["StartedAt"])

    @property
    def config(self) -> Mapping[str, Any]:
        return dict(self.details["Config"])

    @property
    def host(self) -> Mapping[str, Any]:
        return dict(self.details["HostConfig"])

    @property
    def environment(self) -> tuple[str, ...]:
        return tuple(self.config.get("Env") or ())

    @property
    def words(self) -> tuple[str, ...]:
        """What it runs: entrypoint and command together."""
        return (str(self.details.get("Path", "")), *(self.details.get("Args") or ()))

    @property
    def stop_patience(self) -> int | None:
        """Seconds it is given to end; None for the usual."""
        return self.config.get("StopTimeout") or None

    def mount_of(self, path: PurePosixPath) -> Mapping[str, Any] | None:
        """The volume or folder that holds this path; None when it lies in the container itself."""
        mounts = [each for each in self.details.get("Mounts") or () if path.is_relative_to(each["Destination"])]
        return max(mounts, key=lambda each: len(each["Destination"]), default=None)

    def keeps(self, path: PurePosixPath) -> bool:
        """Whether the path lies in the container itself, where other containers do not see what was written there."""
        return self.mount_of(path) is None

    def refuse_unstoppable(self, engine: Engine) -> None:
        """Raise CollectorError when it would not stay stopped, or not be there any more."""
        if self.host.get("AutoRemove"):
            raise CollectorError(f"“{self.name}” was started with --rm, so stopping removes it; start it without --rm.")
        labels = self.config.get("Labels") or {}
        for label, keeper in _KEEPERS.items():
            if label in labels:
                raise CollectorError(
                    f"“{self.name}” belongs to {keeper}, which would start it again while it is collected; use another "
                    "runner, or mode: exec."
                )
        if (self.host.get("RestartPolicy") or {}).get("Name") == "always" and engine.info().get("LiveRestoreEnabled"):
            raise CollectorError(
                f"With live-restore, an engine that restarts would start “{self.name}” beside its collector; give it "
                "the restart policy unless-stopped."
            )

    def refuse_own_storage(self, root: PurePosixPath) -> None:
        """Raise CollectorError when another container cannot see its storage."""
        mount = self.mount_of(root)
        if mount is None or mount["Type"] not in {"bind", "volume"}:
            raise CollectorError(
                f"“{self.name}” keeps its images in {root} inside the container, where no other container sees them; "
                "put them on a volume, or use mode: exec."
            )

    def refuse_replicas(self, engine: Engine, root: PurePosixPath) -> None:
        """Raise CollectorError when another running container of its image has the same storage."""
        mount = self.mount_of(root)
        for each in engine.running() if mount else ():
            if each["Id"] == self.id or each.get("ImageID") != self.image or REGISTRY in (each.get("Labels") or {}):
                continue
            other = engine.inspect(str(each["Id"])) or {}
            if mount and mount["Source"] in [its["Source"] for its in other.get("Mounts") or ()]:
                name = str(other["Name"]).lstrip("/")
                raise CollectorError(
                    f"“{name}” serves the storage of “{self.name}”, too, and would take pushes while it is collected; "
                    "use the runner `command`, which can stop both."
                )
