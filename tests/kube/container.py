"""A container of the test's node: a real process with the environment and the storage that its pod says."""

import asyncio
import os
import signal
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from demo.parts.processes import free_port
from demo.parts.registry import answers

ROOT: Final = "/var/lib/registry"
BUCKET: Final = "REGISTRY_STORAGE_S3_BUCKET"
"""Stands for storage that is no volume; here it is a folder that all pods of the node reach."""
CONFIG: Final = "/etc/docker/registry/config.yml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """The program that `registry` means in it, and its configuration file on this machine."""

    program: Path
    config: Path


@dataclass(slots=True, kw_only=True)
class Container:
    """One life of a container; `port` is where it listens if it serves, `log` has both of its streams."""

    spec: Mapping[str, Any]
    image: Image
    storage: Path
    log: Path
    identity: str
    port: int = field(default_factory=free_port)
    process: asyncio.subprocess.Process | None = None
    inside: dict[asyncio.subprocess.Process, Sequence[str]] = field(default_factory=dict)

    async def start(self) -> None:
        words = [*self.spec.get("command", ()), *self.spec.get("args", ())] or ["registry", "serve", CONFIG]
        self.storage.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.process = await self._spawn(words, log.fileno(), log.fileno())

    async def execute(self, words: Sequence[str]) -> asyncio.subprocess.Process:
        """Another process in it, which ends with it."""
        process = await self._spawn(words, asyncio.subprocess.PIPE, asyncio.subprocess.PIPE)
        self.inside[process] = words
        return process

    async def _spawn(self, words: Sequence[str], output: int, complaints: int) -> asyncio.subprocess.Process:
        program = [str(self.image.program) if words[0] == "registry" else words[0], *words[1:]]
        return await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig", "KILL", "--"),
            *(str(self.image.config) if word == CONFIG else word for word in program),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=output,
            stderr=complaints,
            env=self._environment(),
            start_new_session=True,
        )

    def _environment(self) -> dict[str, str]:
        own = {entry["name"]: entry.get("value", "") for entry in self.spec.get("env", ())}
        own.pop(BUCKET, None)
        return {
            "PATH": os.environ["PATH"],
            **own,
            "REGISTRY_HTTP_ADDR": f"127.0.0.1:{self.port}",
            "REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": str(self.storage),
        }

    @property
    def collects(self) -> bool:
        running = [words for process, words in self.inside.items() if process.returncode is None]
        if self.process and self.process.returncode is None:
            running.append(self.spec.get("command", ()))
        return any("garbage-collect" in words and "--dry-run" not in words for words in running)

    @property
    def code(self) -> int | None:
        """None while it runs; above 128 for a signal, as a container's exit code is."""
        code = self.process.returncode if self.process else None
        return code if code is None or code >= 0 else 128 - code

    async def answers(self) -> bool:
        return await asyncio.to_thread(answers, f"http://127.0.0.1:{self.port}")

    async def end(self, seconds: float) -> None:
        """SIGTERM, and SIGKILL after so many seconds; all that was started inside goes with it."""
        if self.process and self.process.returncode is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(self.process.wait(), seconds)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()
        for each in filter(None, (self.process, *self.inside)):
            _kill_all(each)
            await each.wait()


def _kill_all(process: asyncio.subprocess.Process) -> None:
    """It and its children: nothing outlives its container."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
