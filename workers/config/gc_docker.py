"""Settings of the gc runner `docker`: a registry in a container, operated through the Docker Engine API."""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final, Literal, Self

from pydantic import Field, ModelWrapValidatorHandler, model_validator

from workers.config.base import Settings, together
from workers.config.commands import Commands
from workers.config.mistakes import Place
from workers.config.scalars import FullPath, Reading, seconds, shape

_CONTAINER: Final = shape(
    r"[A-Za-z0-9][A-Za-z0-9_.-]{0,254}", "Write the container's name as `docker ps` shows it, such as “registry”."
)
_IMAGE: Final = shape(
    r"[a-z0-9][A-Za-z0-9_./:@-]{0,254}", "Write an image that the engine has, such as “busybox:1.37”."
)
_UNIX: Final = re.compile(r"unix:///[^\x00-\x20]+")
_TCP: Final = re.compile(r"tcp://[^\x00-\x20/@?#]+:[0-9]{1,5}")
_TLS: Final = ("tls_ca", "tls_cert", "tls_key")
_UNFENCED: Final = "Add it: with mode: exec the registry runs while it collects, and must take no pushes meanwhile."
_UNGUARDED: Final = (
    "Add tls_ca, tls_cert and tls_key, or plain_tcp: true if only a private network leads there: "
    "whoever reaches an engine without TLS rules its machine."
)


def _host(value: object) -> str:
    if isinstance(value, str) and value.startswith("ssh://"):
        raise ValueError("An engine behind ssh is not reached; forward its socket, and write unix:///path/to/socket.")
    if not isinstance(value, str) or not (_UNIX.fullmatch(value) or _TCP.fullmatch(value)):
        raise ValueError("Write unix:///path/to/socket, or tcp://host:2376 with tls_ca, tls_cert and tls_key.")
    return value


def _contradictions(value: Any) -> Iterator[tuple[Place, str]]:
    """What single keys cannot tell."""
    if isinstance(value, dict):
        yield from _of_mode(value)
        yield from _of_host(value)
        if ("cache_container" in value) != ("flush" in value):
            missing = "flush" if "cache_container" in value else "cache_container"
            yield (missing,), f"Add {missing}: `flush` is run inside `cache_container`."


def _of_mode(value: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    executing = value.get("mode") == "exec"
    for key in ("read_only_on", "read_only_off"):
        if executing and not value.get(key):
            yield (key,), _UNFENCED
        elif not executing and key in value:
            yield (
                (key,),
                "Remove it, or write mode: exec; a registry that is stopped while it collects does not need it.",
            )


def _of_host(value: Mapping[str, Any]) -> Iterator[tuple[Place, str]]:
    over_tcp = bool(_TCP.fullmatch(str(value.get("docker_host"))))
    given = [key for key in _TLS if key in value]
    if not over_tcp and given and "docker_host" not in value:
        yield (given[0],), "Remove it: only a docker_host that begins with tcp:// speaks TLS."
    elif given and len(given) < len(_TLS):
        missing = next(key for key in _TLS if key not in given)
        yield (missing,), "Add it: tls_ca, tls_cert and tls_key go together."
    elif over_tcp and not given and value.get("plain_tcp") is not True:
        yield ("docker_host",), _UNGUARDED


class DockerRunnerSettings(Settings):
    """`runner: docker`: the registry runs in a container of a Docker or Podman engine that the workers reach."""

    runner: Literal["docker"] = Field(description="How collection is run.", examples=["docker"])
    container: Annotated[str, _CONTAINER] = Field(description="The registry's container.", examples=["registry"])
    mode: Literal["stop", "exec"] = Field(
        default="stop",
        description="`stop`: the registry is stopped, and collected by a container of its own with the same image, "
        "volumes and environment. `exec`: it is made read-only and collected inside its running container.",
    )
    config_path: FullPath | None = Field(
        default=None,
        description="The registry's configuration inside its container; left out, what its command names.",
        examples=["/etc/docker/registry/config.yml"],
    )
    program: Annotated[str, shape(r"[^\x00-\x20]+", "Write the program's name or path, such as “registry”.")] = Field(
        default="registry", description="The registry's program inside its container."
    )
    docker_host: Annotated[str, Reading(_host, {"type": "string", "pattern": "^(unix:///|tcp://)"})] = Field(
        default="unix:///var/run/docker.sock", description="Where the engine is reached."
    )
    tls_ca: FullPath | None = Field(
        default=None, description="A PEM file of the authority that vouches for the engine.", examples=["/certs/ca.pem"]
    )
    tls_cert: FullPath | None = Field(
        default=None, description="A PEM file with the client's certificate.", examples=["/certs/cert.pem"]
    )
    tls_key: FullPath | None = Field(
        default=None, description="A PEM file with the client's key.", examples=["/certs/key.pem"]
    )
    plain_tcp: bool = Field(
        default=False,
        strict=True,
        description="Must be `true` for `tcp://` without TLS: whoever gets there may do all.",
    )
    read_only_on: Commands = Field(
        default=(),
        description="With `mode: exec`: run inside the container, makes its configuration read-only; the container is "
        "then restarted.",
        examples=[
            [
                ["cp", "/etc/registry/readonly.yml", "/etc/docker/registry/next.yml"],
                ["mv", "/etc/docker/registry/next.yml", "/etc/docker/registry/config.yml"],
            ]
        ],
    )
    read_only_off: Commands = Field(
        default=(),
        description="With `mode: exec`: run inside the container, makes it writable again; it is then restarted.",
        examples=[
            [
                ["cp", "/etc/registry/writable.yml", "/etc/docker/registry/next.yml"],
                ["mv", "/etc/docker/registry/next.yml", "/etc/docker/registry/config.yml"],
            ]
        ],
    )
    cache_container: Annotated[str, _CONTAINER] | None = Field(
        default=None,
        description="The container of a blob cache that outlives the registry's restart, such as Redis.",
        examples=["registry-cache"],
    )
    flush: Commands = Field(
        default=(),
        description="Run inside `cache_container`, empties that cache.",
        examples=[[["redis-cli", "flushdb"]]],
    )
    storage_root: FullPath | None = Field(
        default=None,
        description="The filesystem driver's `rootdirectory`, where the workers can read it; left out, the storage is "
        "read through the engine.",
        examples=["/var/lib/registry"],
    )
    tools_image: Annotated[str, _IMAGE] | None = Field(
        default=None,
        description="An image with `find`, `stat` and `rm`, which reads the storage and removes emptied repositories; "
        "left out, the registry's own image is tried.",
        examples=["busybox:1.37"],
    )
    push_grace: Annotated[float, seconds("30d", zero=True)] = Field(
        default=3600.0,
        description="A repository that a push worked on more recently is not removed from the catalog, even if it "
        "looks empty: its manifest may be on its way.",
        json_schema_extra={"default": "1h"},
    )
    timeout: Annotated[float, seconds("7d")] = Field(
        default=3600.0,
        description="How long a dry run or a collection may take.",
        json_schema_extra={"default": "1h"},
    )

    @model_validator(mode="wrap")
    @classmethod
    def _in_agreement(cls, data: Any, handler: ModelWrapValidatorHandler[Self]) -> Self:
        settings: Self = together(_contradictions(data), data, handler)
        return settings
