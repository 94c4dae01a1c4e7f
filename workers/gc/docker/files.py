"""Files inside a container, by the engine's archive API: no program inside is needed, and it may stand still."""

import base64
import io
import json
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any, Final

from workers.core.errors import CollectorError
from workers.gc.docker.connection import asking, refuse_failure
from workers.gc.docker.engine import Engine

_STAT: Final = "X-Docker-Container-Path-Stat"
_LONGEST: Final = 1024 * 1024
# Go's os.ModeType, which the engine's file modes are in: directory, symbolic link, device, pipe, socket and others.
_NO_REGULAR_FILE: Final = 0x8F280000


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """A regular file with its owner and rights, as an archive's member."""

    member: tarfile.TarInfo
    content: bytes


def size(engine: Engine, container: str, path: PurePosixPath) -> int | None:
    """Bytes of a file, or of a directory's entry; None when nothing is there. Raises CollectorError."""
    about = _about(engine, container, str(path))
    return None if about is None else int(about["size"])


def read(engine: Engine, container: str, path: str) -> File:
    """A regular file of at most a mebibyte; raises CollectorError."""
    about = _about(engine, container, path)
    if about is None:
        raise CollectorError(f"There is no {path} in the container; correct config_path.")
    if about["size"] > _LONGEST or about["mode"] & _NO_REGULAR_FILE:
        raise CollectorError(f"{path} in the container is no ordinary file; name the file itself in config_path.")
    with asking(f"give {path} out of the container"):
        archive = b"".join(engine.client.get_archive(container, path)[0])
    with tarfile.open(fileobj=io.BytesIO(archive)) as members:
        member = members.next()
        content = members.extractfile(member) if member and member.isreg() else None
        if member is None or content is None:
            raise CollectorError(f"{path} in the container cannot be read; correct config_path.")
        return File(member=member, content=content.read())


def write(engine: Engine, container: str, path: str, file: File) -> None:
    """Put the file there, with its owner and rights; raises CollectorError."""
    with asking(f"put {path} into a container"):
        engine.client.put_archive(container, "/", archived(path, file))


def archived(path: str, file: File) -> bytes:
    """An archive of this one file, and not a byte more than its end needs.

    Podman stops to read there and fails over what follows, such as tarfile's padding (containers/buildah#6573).
    """
    file.member.name = path.lstrip("/")
    header = file.member.tobuf()
    return header + file.content + bytes(-len(file.content) % tarfile.BLOCKSIZE) + bytes(2 * tarfile.BLOCKSIZE)


def _about(engine: Engine, container: str, path: str) -> Mapping[str, Any] | None:
    client = engine.client
    with asking(f"tell about {path} in the container"):
        url = f"{client.base_url}/v{client.api_version}/containers/{container}/archive"
        answer = client.head(url, params={"path": path}, timeout=client.timeout)
        if answer.status_code == 404:
            return None
        refuse_failure(answer)
        return dict(json.loads(base64.b64decode(answer.headers[_STAT])))
