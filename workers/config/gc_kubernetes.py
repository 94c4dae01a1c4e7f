"""Settings of the gc runner `kubernetes`: a registry that runs as a Deployment or StatefulSet."""

import re
from typing import Annotated, Final, Literal

from pydantic import Field

from workers.config.base import Settings
from workers.config.scalars import FullPath, Reading, seconds, shape

_LABEL: Final = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_WORKLOAD: Final = rf"(?:deployment|statefulset)/{_LABEL}(?:\.{_LABEL})*"
_CACHE: Final = r"rediss?://(?:\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]{1,5})?(?:/[0-9]{1,3})?"


def _cache(value: object) -> str:
    if not isinstance(value, str) or not re.fullmatch(_CACHE, value):
        where = " The password goes into a file, see blob_cache_password_file." if "@" in str(value) else ""
        raise ValueError(f"Write redis://HOST:PORT/NUMBER, or rediss:// for TLS.{where}")
    return value


class KubernetesRunnerSettings(Settings):
    """`runner: kubernetes`: the registry is a Deployment or StatefulSet; docs/gc-runners.md tells the rights needed."""

    runner: Literal["kubernetes"] = Field(description="How collection is run.", examples=["kubernetes"])
    namespace: Annotated[str, shape(_LABEL, "Write the namespace's name, such as “registry”.")] = Field(
        description="The namespace the registry runs in.", examples=["registry"]
    )
    workload: Annotated[str, shape(_WORKLOAD, "Write deployment/NAME or statefulset/NAME.")] = Field(
        description="What runs the registry, as kubectl names it.", examples=["deployment/registry"]
    )
    container: Annotated[str, shape(_LABEL, "Write the container's name, such as “registry”.")] | None = Field(
        default=None,
        description="The registry's container; left out where the pod has only one.",
        examples=["registry"],
    )
    mode: Literal["job", "exec"] = Field(
        default="job",
        description="`job`: collected by a Job with the registry's image, volumes and environment. `exec`: collected "
        "inside a running pod of the registry. Both make the registry read-only first.",
    )
    config_path: FullPath = Field(
        default="/etc/docker/registry/config.yml",
        description="The registry's configuration inside its container; images of 3.x have it in "
        "`/etc/distribution/config.yml`.",
    )
    program: Annotated[str, shape(r"[^\x00-\x20]+", "Write the program's name or path, such as “registry”.")] = Field(
        default="registry", description="The registry's program inside its container."
    )
    blob_cache: Annotated[str, Reading(_cache, {"type": "string", "pattern": f"^{_CACHE}$"})] | None = Field(
        default=None,
        description="The Redis in which the registry caches blobs, if it has one: it outlives a restart, so the "
        "registry's entries are removed after a collection.",
        examples=["redis://registry-cache:6379/0"],
    )
    blob_cache_password_file: FullPath | None = Field(
        default=None, description="The file that holds that Redis's password.", examples=["/run/secrets/cache"]
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
        default=3600.0,
        description="How long a dry run or a collection may take.",
        json_schema_extra={"default": "1h"},
    )
    rollout_timeout: Annotated[float, seconds("1d")] = Field(
        default=600.0,
        description="How long the registry's pods may take to be replaced, and a collector's pod to start.",
        json_schema_extra={"default": "10m"},
    )
    kubeconfig: FullPath | None = Field(
        default=None,
        description="A kubeconfig file; left out, the service account of the workers' own pod is used.",
        examples=["/etc/regclean/kubeconfig"],
    )
    context: Annotated[str, shape(r"[^\x00-\x1f]+", "Write a context's name.")] | None = Field(
        default=None, description="The context in that file; left out, its current one.", examples=["production"]
    )
