"""A real registry in a folder of its own, kept alive until it is stopped."""

import http.client
import shutil
import ssl
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Final, Self
from urllib.parse import urlsplit

from demo.parts import binaries
from demo.parts.collector import stop_collector
from demo.parts.errors import PartMissingError, PartStartError
from demo.parts.processes import Command, KeptProcess, free_port, wait_until
from demo.parts.registry_config import (
    CONFIG_NAME,
    STORAGE_NAME,
    RegistrySettings,
    address,
    configuration,
    write_configuration,
)

PROGRAM_NAME: Final = "registry"
PID_NAME: Final = "registry.pid"
START_PATIENCE: Final = 20.0
PORT_TRIES: Final = 5


class RegistryProcess:
    """A registry, started when made.

    Its folder holds config.yml, storage/, registry.pid, registry.log and a link to its program. It is started again
    whenever it exits, so that `registryctl` (or anybody) restarts it by ending the process.
    """

    def __init__(self, folder: Path, settings: RegistrySettings | None = None, *, version: str = "") -> None:
        """Start it, with Debian's 2.8.2 or the newest version on this machine unless `version` is given.

        Raises:
            PartMissingError: this machine has no such registry.
            PartStartError: it does not answer within twenty seconds; the sentence holds the end of its log.
        """
        self.settings = settings or RegistrySettings()
        self.folder = folder.resolve()
        self.version, binary = (version, binaries.registry_binary(version)) if version else binaries.any_registry()
        self._lay_out(binary)
        self._process = self._start()

    @property
    def url(self) -> str:
        return f"{'https' if self.settings.tls else 'http'}://{self.host}"

    @property
    def host(self) -> str:
        """`host:port`, as it stands in the name of an image."""
        return address(self.settings.host, self.port)

    @property
    def storage_root(self) -> Path:
        return self.folder / STORAGE_NAME

    @property
    def config_path(self) -> Path:
        return self.folder / CONFIG_NAME

    @property
    def log_path(self) -> Path:
        return self.folder / "registry.log"

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def stop(self) -> None:
        """End it for good, and a collector that still runs; the folder stays."""
        self._process.stop()
        stop_collector(self.folder)

    def kill(self) -> None:
        """End it for good with SIGKILL, and a collector that still runs."""
        self._process.kill()
        stop_collector(self.folder)

    def crash(self) -> None:
        """SIGKILL it and wait until it is back.

        Raises:
            PartStartError: it does not come back.
        """
        before = self.pid
        self._process.crash()
        if not wait_until(lambda: self.pid not in {before, None} and answers(self.url), seconds=START_PATIENCE):
            raise PartStartError(f"The registry at {self.url} does not come back: {self._last_words()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _lay_out(self, binary: Path) -> None:
        self.storage_root.mkdir(parents=True, exist_ok=True)
        program = self.folder / PROGRAM_NAME
        program.unlink(missing_ok=True)
        program.symlink_to(binary)
        if self.settings.user:
            write_htpasswd(self.folder / "htpasswd", self.settings.user, self.settings.password)

    def _start(self) -> KeptProcess:
        for _ in range(PORT_TRIES):
            self.port = self.settings.port or free_port(self.settings.host)
            write_configuration(self.config_path, configuration(self.settings, self.folder, self.port))
            self.log_path.unlink(missing_ok=True)
            process = KeptProcess(self._command(), revive=True)
            process.start()
            wait_until(lambda: self._port_taken() or self._serves(), seconds=START_PATIENCE)
            if self._serves():
                return process
            process.kill()
            if self.settings.port or not self._port_taken():
                break
        raise PartStartError(f"The registry does not answer at {self.url}: {self._last_words()}")

    def _command(self) -> Command:
        return Command(
            arguments=[self.folder / PROGRAM_NAME, "serve", self.config_path],
            log=self.log_path,
            pid_file=self.folder / PID_NAME,
        )

    def _serves(self) -> bool:
        """Whether this one serves: somebody else's registry on the port would answer as well, hence the log."""
        return "listening on" in self._last_words() and answers(self.url)

    def _port_taken(self) -> bool:
        return "address already in use" in self._last_words()

    def _last_words(self) -> str:
        return self.log_path.read_text(errors="replace")[-2000:].strip() if self.log_path.exists() else "no log"


def answers(url: str) -> bool:
    """Whether a registry serves there: 200, or 401 where it wants to know who asks."""
    target = urlsplit(url)
    connection = _connection(target.scheme, target.hostname or "", target.port)
    try:
        connection.request("GET", "/v2/")
        return connection.getresponse().status in {200, 401}
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _connection(scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
    if scheme == "https":
        # Only the question whether anybody listens: nothing secret is sent, and the certificate is a throw-away one.
        context = ssl._create_unverified_context()  # noqa: S323, SLF001 -- the reason stands above
        return http.client.HTTPSConnection(host, port, timeout=5, context=context)
    return http.client.HTTPConnection(host, port, timeout=5)


def write_htpasswd(path: Path, user: str, password: str) -> None:
    """Write the file with which a registry checks one user; bcrypt, since it reads nothing else.

    Raises:
        PartMissingError: the `htpasswd` program is not installed.
    """
    program = shutil.which("htpasswd")
    if program is None:
        raise PartMissingError("There is no `htpasswd` on this machine: install the package apache2-utils.")
    line = subprocess.run([program, "-niBC", "4", user], input=password, capture_output=True, text=True, check=True)
    path.write_text(line.stdout)
