"""Damage done to a registry's storage by hand, as crashes, full disks and careless people do it."""

from dataclasses import dataclass
from pathlib import Path

from demo.parts.registry import RegistryProcess


@dataclass(frozen=True, slots=True)
class Disk:
    """Where a registry keeps things (distribution, registry/storage/paths.go)."""

    registry: RegistryProcess

    def data(self, digest: str) -> Path:
        digits = digest.removeprefix("sha256:")
        return self._top / "blobs/sha256" / digits[:2] / digits / "data"

    def tag(self, repository: str, tag: str) -> Path:
        return self._manifests(repository) / "tags" / tag / "current/link"

    def revision(self, repository: str, digest: str) -> Path:
        return self._manifests(repository) / "revisions/sha256" / digest.removeprefix("sha256:") / "link"

    def layer(self, repository: str, digest: str) -> Path:
        return self.layers(repository) / "sha256" / digest.removeprefix("sha256:") / "link"

    def layers(self, repository: str) -> Path:
        return self._top / "repositories" / repository / "_layers"

    @property
    def _top(self) -> Path:
        return self.registry.storage_root / "docker/registry/v2"

    def _manifests(self, repository: str) -> Path:
        return self._top / "repositories" / repository / "_manifests"


def cut(path: Path, length: int = 0) -> None:
    """Leave the first bytes of a file."""
    path.write_bytes(path.read_bytes()[:length])
