"""A Docker client's configuration and its credential helpers, on a disk of their own."""

import json
import os
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from workers.config import RegistrySettings, Secret
from workers.core.errors import BadInput, Unavailable
from workers.credentials import Basic, Credentials, resolve

HOST = "registry.example.com"
LOGIN = Basic("bot", Secret("hunter2"))


def settings(url: str = f"https://{HOST}", **credentials: str) -> RegistrySettings:
    given: dict[str, Any] = {"credentials": credentials} if credentials else {}
    aliases = ["mirrored.example.org"]
    return RegistrySettings.model_validate(
        {"name": "prod", "url": url, "aliases": aliases, "plain_http": url.startswith("http:"), **given}
    )


def encoded(text: str) -> str:
    return b64encode(text.encode()).decode()


def refused(resolving: Callable[[], Credentials], kind: type[BadInput | Unavailable] = BadInput) -> str:
    with pytest.raises(kind) as caught:
        resolving()
    assert "hunter2" not in repr(caught.value)
    assert caught.value.sentence.startswith("Registry “prod”: ")
    return caught.value.sentence


class DockerConfig:
    """A config.json and helpers, on a disk of their own."""

    def __init__(self, folder: Path) -> None:
        self.file = folder / "config.json"
        self.bin = folder / "bin"
        self.bin.mkdir()

    def write(self, config: object) -> None:
        self.file.write_text(json.dumps(config), encoding="utf-8")

    def helper(self, name: str, script: str) -> None:
        file = self.bin / f"docker-credential-{name}"
        file.write_text(script, encoding="utf-8")
        file.chmod(0o755)

    def resolve(self, url: str = f"https://{HOST}", **environ: str) -> Credentials:
        path = f"{self.bin}{os.pathsep}{os.environ['PATH']}"
        return resolve(settings(url, docker_config=str(self.file)), {"PATH": path, **environ})

    def refused(self, kind: type[BadInput | Unavailable] = BadInput) -> str:
        return refused(self.resolve, kind)
