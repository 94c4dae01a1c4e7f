"""The image, built from the unmodified Dockerfile by the script that people use, on a base made on this machine."""

import os
import platform
import shutil
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from demo.parts.binaries import cache_folder

ROOT: Final = Path(__file__).parents[2]
BASE: Final = "localhost/python:local"
VERSION: Final = str(tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"])
NAME: Final = "localhost/regclean:test"
PROGRAMS: Final = ("buildah", "mmdebstrap", "skopeo")


def missing_programs() -> list[str]:
    return [program for program in PROGRAMS if shutil.which(program) is None]


@dataclass(frozen=True, slots=True)
class Workshop:
    """A folder in which buildah keeps its images, and nowhere else."""

    folder: Path

    def build(self) -> Path:
        """The image as an archive that an engine loads."""
        self._make_base()
        self._run(
            ROOT / "scripts" / "image.sh", NAME, "--isolation", "chroot", "--network", "host", "--pull-never", base=BASE
        )
        archive = self.folder / "image.tar"
        self._buildah("push", "--quiet", NAME, f"docker-archive:{archive}:{NAME}")
        return archive

    def push(self, place: str) -> None:
        """To `HOST:PORT/REPOSITORY:TAG`, a registry without TLS."""
        self._buildah("push", "--quiet", "--tls-verify=false", NAME, f"docker://{place}")

    def _make_base(self) -> None:
        codename = platform.freedesktop_os_release()["VERSION_CODENAME"]
        kept = cache_folder().parent / f"image-base-{codename}.tar"
        if not kept.exists():
            self._run(ROOT / "scripts" / "image_base.sh", kept)
        container = self._buildah("from", "scratch")
        self._buildah("add", "--quiet", container, str(kept), "/")
        self._buildah("commit", "--quiet", "--rm", container, BASE)

    def _buildah(self, *arguments: str) -> str:
        places = ["--root", str(self.folder / "root"), "--runroot", str(self.folder / "run")]
        return self._run("buildah", *places, *arguments).strip()

    def _run(self, *command: str | Path, base: str = "") -> str:
        environment = os.environ | {"STORAGE": str(self.folder)} | ({"BASE": base} if base else {})
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command[0]} failed:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout
