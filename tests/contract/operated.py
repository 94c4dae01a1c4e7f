"""Registries as operators run them, each with its gc runner: what every runner has to do, whatever it is made of."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from demo.parts.engine import EngineProcess
from demo.parts.registry import RegistryProcess
from demo.parts.registry_container import CONFIG_PATH, READ_ONLY_PATH, SLOW_PROGRAM, WRITABLE_PATH, RegistryContainer
from tests.bench import gc_settings
from workers.config.gc import RUNNERS as SETTINGS
from workers.gc.runner import Runner
from workers.gc.table import RUNNERS


@dataclass(frozen=True, slots=True, kw_only=True)
class Operated:
    """`gc` is what stands in the configuration; `slow` what to change in it for a collector that takes minutes."""

    url: str
    version: str
    storage_root: Path
    gc: Mapping[str, Any]
    slow: Mapping[str, Any]

    def runner(self, **changes: Any) -> Runner:
        """As a worker opens it: each time anew."""
        return opened({**self.gc, **changes})

    @property
    def slow_runner(self) -> Runner:
        return self.runner(**self.slow)

    def used(self) -> int:
        """Bytes of all blobs, counted on the disk."""
        return sum(path.stat().st_size for path in (self.storage_root / "docker/registry/v2/blobs").rglob("data"))

    def takes_writes(self) -> bool:
        """Whether a push may begin; one that cannot be reached takes none."""
        try:
            return httpx.post(f"{self.url}/v2/app/blobs/uploads/").status_code == 202
        except httpx.TransportError:
            return False

    def answers(self) -> bool:
        try:
            return httpx.get(f"{self.url}/v2/").status_code == 200
        except httpx.TransportError:
            return False


def opened(gc: Mapping[str, Any]) -> Runner:
    return RUNNERS[gc["runner"]](SETTINGS[gc["runner"]].model_validate(gc))


def by_commands(registry: RegistryProcess, folder: Path) -> Operated:
    slow = folder / "slow"
    slow.write_text(f"#!/bin/sh\nsleep 300\nexec {registry.folder}/registry garbage-collect {registry.config_path}\n")
    slow.chmod(0o755)
    return Operated(
        url=registry.url,
        version=registry.version,
        storage_root=registry.storage_root,
        gc=gc_settings(registry),
        slow={"collect": [str(slow), "now"], "collecting": ["sh", "-c", "exit 1"]},
    )


def docker_settings(engine: EngineProcess, container: RegistryContainer, /, **changes: Any) -> dict[str, Any]:
    gc = {"runner": "docker", "container": container.name, "docker_host": engine.url, "push_grace": 0, "timeout": 60}
    return {**gc, **changes}


def executing() -> dict[str, Any]:
    """What `mode: exec` needs for the registries of the bench."""
    return {
        "mode": "exec",
        "read_only_on": _put_in_place(READ_ONLY_PATH),
        "read_only_off": _put_in_place(WRITABLE_PATH),
    }


def _put_in_place(path: str) -> list[list[str]]:
    """At once: a registry that starts just then must not read half of it."""
    return [["cp", path, f"{CONFIG_PATH}.next"], ["mv", f"{CONFIG_PATH}.next", CONFIG_PATH]]


def in_container(engine: EngineProcess, container: RegistryContainer, **changes: Any) -> Operated:
    return Operated(
        url=container.url,
        version=container.version,
        storage_root=container.storage_root,
        gc=docker_settings(engine, container, **changes),
        slow={"program": SLOW_PROGRAM},
    )


WORKER = """
import json, pathlib, sys
from tests.contract.operated import opened

token = pathlib.Path(sys.argv[1])

def keep(text):
    token.with_suffix(".fresh").write_text(text)
    token.with_suffix(".fresh").rename(token)

opened(json.loads(sys.argv[2])).collect(keep, "r-killed")
"""


@contextmanager
def worker(operated: Operated, folder: Path) -> Iterator["Worker"]:
    """Another process with a slow collection under way; killed at the end, if it was not before."""
    gc = json.dumps({**operated.gc, **operated.slow})
    path = folder / "token"
    with subprocess.Popen([sys.executable, "-c", WORKER, str(path), gc]) as process:
        try:
            assert until(path.exists)
            yield Worker(process, path.read_text())
        finally:
            process.kill()


@dataclass(frozen=True, slots=True)
class Worker:
    process: "subprocess.Popen[bytes]"
    token: str
    notes: list[str] = field(default_factory=list)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


def until(true: Callable[[], object], seconds: float = 30.0) -> bool:
    """Wait for it; whether it came true."""
    end = time.monotonic() + seconds
    while not true():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def nothing(_token: str) -> None:
    """An `on_started` for those who need no token."""
