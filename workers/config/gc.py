"""Garbage collection settings: one class per runner, chosen by the key `runner`; commands are lists, never a shell."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, PlainValidator

from workers.config.base import Settings, misplaced
from workers.config.commands import Arguments, Command, Commands, SomeCommands, collector, dry, wet
from workers.config.gc_docker import DockerRunnerSettings
from workers.config.gc_kubernetes import KubernetesRunnerSettings
from workers.config.scalars import FullPath, seconds


class CommandRunnerSettings(Settings):
    """`runner: command`: everything is done by commands on the workers' machine, run in order."""

    runner: Literal["command"] = Field(description="How collection is run.", examples=["command"])
    read_only_on: SomeCommands = Field(
        description="Makes the registry refuse writes.", examples=[[["systemctl", "restart", "registry-readonly"]]]
    )
    read_only_off: SomeCommands = Field(
        description="Makes the registry take writes again.", examples=[[["systemctl", "restart", "registry"]]]
    )
    dry_run: Annotated[Arguments, collector(dry)] = Field(
        description="Lists what collection would free, with `--dry-run`.",
        examples=[["registry", "garbage-collect", "--dry-run", "/etc/docker/registry/config.yml"]],
    )
    collect: Annotated[Arguments, collector(wet)] = Field(
        description="Collects. `--delete-untagged` (`-m`) is refused: it deletes children of tagged indexes.",
        examples=[["registry", "garbage-collect", "/etc/docker/registry/config.yml"]],
    )
    restart: Commands = Field(
        default=(), description="Restarts the registry afterwards, which empties its in-memory blob cache."
    )
    flush: Commands = Field(
        default=(), description="Empties a blob cache that outlives a restart, such as one in Redis."
    )
    stop: Commands = Field(default=(), description="Stops a collector that is still running.")
    collecting: Command | None = Field(
        default=None, description="Exits with 0 while a collector runs and with 1 when none does."
    )
    storage_root: FullPath | None = Field(
        default=None,
        description="The filesystem driver's `rootdirectory`, where the workers can read it; bytes are then measured.",
        examples=["/var/lib/registry"],
    )
    push_grace: Annotated[float, seconds("30d", zero=True)] = Field(
        default=3600.0,
        description="A repository that a push worked on more recently is not removed from the catalog, even if it "
        "looks empty: its manifest may be on its way.",
        json_schema_extra={"default": "1h"},
    )
    timeout: Annotated[float, seconds("7d")] = Field(
        default=3600.0, description="How long one command may take.", json_schema_extra={"default": "1h"}
    )


_AnyRunner: TypeAlias = CommandRunnerSettings | DockerRunnerSettings | KubernetesRunnerSettings

RUNNERS: Final[Mapping[str, type[_AnyRunner]]] = {
    "command": CommandRunnerSettings,
    "docker": DockerRunnerSettings,
    "kubernetes": KubernetesRunnerSettings,
}


def _chosen(value: Any) -> Any:
    """The settings of the runner that is named; its mistakes keep their place, without a union's tag in the path."""
    if isinstance(value, tuple(RUNNERS.values())):
        return value
    runner = value.get("runner") if isinstance(value, dict) else None
    if runner is None:
        return CommandRunnerSettings.model_validate(value)
    if not isinstance(runner, str) or runner not in RUNNERS:
        near = get_close_matches(runner, RUNNERS, n=1) if isinstance(runner, str) else []
        sentence = f"There is no such runner; did you mean “{near[0]}”?" if near else _RUNNERS
        raise misplaced([(("runner",), sentence)])
    return RUNNERS[runner].model_validate(value)


_RUNNERS: Final = f"There is no such runner; write runner: {' or '.join(RUNNERS)}."

GcSettings: TypeAlias = Annotated[_AnyRunner, PlainValidator(_chosen, json_schema_input_type=_AnyRunner)]
