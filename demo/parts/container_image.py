"""Container images made from programs of this machine, without any network: FROM scratch, with their libraries."""

import io
import json
import re
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import docker


@dataclass(frozen=True, slots=True, kw_only=True)
class ScratchImage:
    """`programs` are copied with the libraries they need, `files` written as they are; both by path without “/”.

    Files that begin with “#!” can be executed.
    `links` are names in the image that lead to other names. `entrypoint` and `command` are what a container runs.
    """

    programs: Mapping[str, Path]
    files: Mapping[str, bytes] = field(default_factory=dict)
    links: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()
    command: tuple[str, ...] = ()


def load(client: docker.APIClient, name: str, image: ScratchImage) -> str:
    """Put the image into an engine as `localhost/NAME:latest`; returns that name."""
    full = f"localhost/{name}"
    changes = [f"ENTRYPOINT {json.dumps(image.entrypoint)}", f"CMD {json.dumps(image.command)}"]
    client.import_image_from_data(_archive(image), repository=full, changes=changes)
    return f"{full}:latest"


def _archive(image: ScratchImage) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w") as archive:
        for name, program in image.programs.items():
            _add(archive, name, program.read_bytes(), 0o755)
        for library in {library for program in image.programs.values() for library in _libraries(program)}:
            _add(archive, str(library).lstrip("/"), library.read_bytes(), 0o755)
        for name, data in image.files.items():
            _add(archive, name, data, 0o755 if data.startswith(b"#!") else 0o644)
        for name, target in image.links.items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = tarfile.SYMTYPE, target
            archive.addfile(member)
    return content.getvalue()


def _add(archive: tarfile.TarFile, name: str, data: bytes, mode: int) -> None:
    member = tarfile.TarInfo(name)
    member.size, member.mode = len(data), mode
    archive.addfile(member, io.BytesIO(data))


def _libraries(program: Path) -> Iterator[Path]:
    """What the dynamic loader would load for it; nothing for a static program."""
    said = subprocess.run(["ldd", program], capture_output=True, text=True, check=False).stdout
    return (Path(found) for found in re.findall(r"(/\S+)", said))
