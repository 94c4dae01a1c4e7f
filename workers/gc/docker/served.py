"""Served: the configuration that a registry in a container runs with: where it lies, and where its images are kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final, Self

import yaml

from workers.config.gc_docker import DockerRunnerSettings
from workers.core.errors import CollectorError
from workers.gc.docker import files
from workers.gc.docker.container import RegistryContainer
from workers.gc.docker.engine import Engine

_USUAL_CONFIG: Final = "/etc/docker/registry/config.yml"
_USUAL_ROOT: Final = "/var/lib/registry"
_FILESYSTEM: Final = "filesystem"
# The other keys that may stand in `storage` (distribution, configuration/configuration.go).
_NO_DRIVERS: Final = frozenset({"cache", "delete", "maintenance", "redirect", "tag"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """`root` is the filesystem driver's rootdirectory; None with another driver, such as S3."""

    path: str
    file: files.File
    root: PurePosixPath | None

    @classmethod
    def of(cls, engine: Engine, registry: RegistryContainer, settings: DockerRunnerSettings) -> Self:
        """Read it out of the container, which need not run; raises CollectorError."""
        environment = dict(each.partition("=")[::2] for each in registry.environment)
        path = settings.config_path or _named(registry, environment)
        file = files.read(engine, registry.id, path)
        return cls(path=path, file=file, root=_root(_storage(file.content, path), environment))


def _named(registry: RegistryContainer, environment: Mapping[str, str]) -> str:
    """What the container's command names; a relative path would depend on more than can be seen."""
    named = [word for word in registry.words if word.startswith("/") and word.endswith((".yml", ".yaml"))]
    return named[-1] if named else environment.get("REGISTRY_CONFIGURATION_PATH") or _USUAL_CONFIG


def _storage(content: bytes, path: str) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(content)
    except yaml.YAMLError as error:
        raise CollectorError(f"{path} in the container is not YAML; correct it, or config_path.") from error
    storage = document.get("storage") if isinstance(document, dict) else None
    if isinstance(storage, str):
        return {storage: {}}
    if not isinstance(storage, dict):
        raise CollectorError(f"{path} in the container names no storage; correct it, or config_path.")
    return storage


def _root(storage: Mapping[str, Any], environment: Mapping[str, str]) -> PurePosixPath | None:
    """As the registry puts file and environment together: a variable goes before the key that it is named after."""
    driver = environment.get("REGISTRY_STORAGE")
    if driver and driver != _FILESYSTEM:
        return None
    drivers = [key for key in storage if key not in _NO_DRIVERS]
    if not driver and drivers != [_FILESYSTEM]:
        return None
    given = (storage.get(_FILESYSTEM) or {}).get("rootdirectory")
    return PurePosixPath(environment.get("REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY") or given or _USUAL_ROOT)
