"""A real container engine in a folder of its own, Docker's or Podman's: both speak the Docker Engine API.

It runs in a process namespace of its own, so that its containers end with it however it ends, and in a mount namespace
of its own, so that nothing of it stays mounted. It gives containers the machine's network: nothing is set up for them.
"""

import os
import shutil
import socket
import tempfile
from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import docker
from docker.errors import DockerException

from demo.parts.errors import PartMissingError, PartStartError
from demo.parts.processes import Command, KeptProcess, wait_until

DOCKER: Final = "docker"
PODMAN: Final = "podman"
ENGINES: Final = (DOCKER, PODMAN)
START_PATIENCE: Final = 60.0
END_PATIENCE: Final = 10.0
CALL_PATIENCE: Final = 60
_PROGRAMS: Final = {DOCKER: "dockerd", PODMAN: "podman"}
_PACKAGES: Final = {DOCKER: "docker.io", PODMAN: "podman"}
_OWN_NAMESPACES: Final = ("unshare", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc")
# Podman's own limits are higher than a machine may allow; its locks would be shared with every other Podman here.
_PODMAN_SETTINGS: Final = """\
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
lock_type = "file"
tmp_dir = "{run}/tmp"
"""


class EngineProcess:
    """A container engine, started when made; ending it ends its containers."""

    def __init__(self, folder: Path, kind: str = DOCKER, *, flags: Sequence[str] = ()) -> None:
        """Start it, Docker's with these flags besides its own.

        Raises:
            PartMissingError: this machine has no such engine, or this user may not run one.
            PartStartError: it does not answer within a minute; the sentence holds the end of its log.
        """
        if os.geteuid() != 0:
            raise PartMissingError("A container engine of the tests' own needs root: run the tests as root.")
        self.kind = kind
        self._flags = flags
        self.folder = folder.resolve()
        self._program = _program(kind)
        self.folder.mkdir(parents=True, exist_ok=True)
        # Sockets and Podman's run folder must have short paths, which the folder of a test has not.
        self._run = Path(tempfile.mkdtemp(prefix="engine-"))
        self._process = self._start()

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def socket(self) -> Path:
        return self._run / "engine.sock"

    @property
    def log_path(self) -> Path:
        return self.folder / "engine.log"

    @property
    def runs(self) -> bool:
        return self._process.pid is not None

    def client(self) -> docker.APIClient:
        """A connection to it; close it when done."""
        return docker.APIClient(base_url=self.url, version="auto", timeout=CALL_PATIENCE)

    def kill(self) -> None:
        """End it, and with it all containers, as a failing machine would; returns when nothing of it is left."""
        namespace = _namespace_of(self._process.pid)
        self._process.kill()
        wait_until(lambda: not _peopled(namespace), seconds=END_PATIENCE)

    def restart(self) -> None:
        """Start it again on the same folder, after `kill`; it starts the containers that are to be restarted.

        Raises:
            PartStartError: it does not answer within a minute.
        """
        self._process = self._start()

    def stop(self) -> None:
        """Remove all containers, which lets go of what they held of the machine, and end it."""
        if not self.runs:
            return
        with self.client() as client:
            for each in client.containers(all=True):
                client.remove_container(each["Id"], force=True)
        self.kill()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        try:
            self.stop()
        finally:
            self.kill()
            shutil.rmtree(self._run, ignore_errors=True)

    def _start(self) -> KeptProcess:
        # What an earlier life left there names processes that are gone, by numbers that are in use again.
        shutil.rmtree(self._run)
        self._run.mkdir()
        command = Command(
            arguments=[*_OWN_NAMESPACES, *self._arguments()],
            log=self.log_path,
            pid_file=self.folder / "engine.pid",
        )
        process = KeptProcess(command, revive=False)
        process.start()
        wait_until(lambda: process.pid is None or self._answers(), seconds=START_PATIENCE, pause=0.05)
        if process.pid is None or not self._answers():
            process.kill()
            raise PartStartError(f"{self._program} does not answer at {self.url}: {self._last_words()}")
        return process

    def _arguments(self) -> list[str]:
        return self._of_docker() if self.kind == DOCKER else self._of_podman()

    def _of_docker(self) -> list[str]:
        flags = {
            "data-root": self.folder / "data",
            "exec-root": self._run,
            "pidfile": self._run / "pid",
            "host": self.url,
            "bridge": "none",
            "iptables": "false",
            "ip-forward": "false",
            "ip-masq": "false",
        }
        return [self._program, *(f"--{name}={value}" for name, value in flags.items()), *self._flags]

    def _of_podman(self) -> list[str]:
        settings = self.folder / "containers.conf"
        settings.write_text(_PODMAN_SETTINGS.format(run=self._run))
        places = [f"--root={self.folder / 'data'}", f"--runroot={self._run}"]
        service = ["system", "service", "--time=0", self.url]
        return ["env", f"CONTAINERS_CONF={settings}", self._program, *places, *service]

    def _answers(self) -> bool:
        # The SDK does not close a socket that it cannot connect.
        try:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.connect(str(self.socket))
            with self.client() as client:
                return bool(client.ping())
        except (OSError, DockerException):
            return False

    def _last_words(self) -> str:
        return self.log_path.read_text(errors="replace")[-2000:].strip() if self.log_path.exists() else "no log"


def _program(kind: str) -> str:
    found = shutil.which(_PROGRAMS[kind], path=f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin")
    if found is None:
        raise PartMissingError(f"There is no {_PROGRAMS[kind]} on this machine: install {_PACKAGES[kind]}.")
    return found


def _namespace_of(pid: int | None) -> str:
    """The process namespace that this process made for its children; "" for none."""
    try:
        return str(Path(f"/proc/{pid}/ns/pid_for_children").readlink())
    except FileNotFoundError:
        return ""


def _peopled(namespace: str) -> bool:
    return any(_lives_in(process, namespace) for process in Path("/proc").glob("[0-9]*"))


def _lives_in(process: Path, namespace: str) -> bool:
    try:
        return str((process / "ns/pid").readlink()) == namespace
    except OSError:
        return False
