"""A real Redis server in a folder of its own, which writes each command down before it answers."""

import re
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from demo.parts import binaries
from demo.parts.errors import PartStartError
from demo.parts.processes import Command, KeptProcess, free_port, wait_until

HOST: Final = "127.0.0.1"
START_PATIENCE: Final = 20.0
PORT_TRIES: Final = 5


class RedisProcess:
    """A Redis server on the loopback interface, started when made."""

    def __init__(
        self, folder: Path, *, port: int = 0, durable: bool = True, settings: Mapping[str, str] | None = None
    ) -> None:
        """Start it on that port, 0 for a free one; without `durable` nothing is written to disk.

        `settings` are more of redis.conf's, by their names there.

        Raises:
            PartMissingError: this machine has no Redis.
            PartStartError: it does not answer within twenty seconds; the sentence holds the end of its log.
        """
        self.folder = folder
        self._durable = durable
        self._settings = settings or {}
        folder.mkdir(parents=True, exist_ok=True)
        self._start_first(port)

    @property
    def url(self) -> str:
        return f"redis://{HOST}:{self.port}/0"

    @property
    def log_path(self) -> Path:
        return self.folder / "redis.log"

    @property
    def pid(self) -> int | None:
        return self._process.pid

    def stop(self) -> None:
        """End it in good order; what it wrote stays in the folder."""
        self._process.stop()

    def kill(self) -> None:
        """End it with SIGKILL, as a failing machine would."""
        self._process.kill()

    def restart(self) -> None:
        """Start it again on the same port and folder, after `stop` or `kill`.

        Raises:
            PartStartError: it does not answer within twenty seconds.
        """
        self._process.stop()
        if not self._start():
            raise PartStartError(f"Redis does not come back at {self.url}: {self._last_words()}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def _start_first(self, port: int) -> None:
        for _ in range(PORT_TRIES):
            self.port = port or free_port(HOST)
            if self._start():
                return
            self._process.kill()
            if port or not self._port_taken():
                break
        raise PartStartError(f"Redis does not answer at {self.url}: {self._last_words()}")

    def _start(self) -> bool:
        self.log_path.unlink(missing_ok=True)
        self._process = KeptProcess(self._command(), revive=False)
        self._process.start()
        wait_until(lambda: self._process.pid is None or self._answers(), seconds=START_PATIENCE)
        return self._process.pid is not None and self._answers()

    def _command(self) -> Command:
        options = {
            "port": str(self.port),
            "bind": HOST,
            "dir": str(self.folder),
            "save": "",
            "appendonly": "yes" if self._durable else "no",
            "appendfsync": "always" if self._durable else "no",
            "maxmemory-policy": "noeviction",
            **self._settings,
        }
        flags = [word for name, value in options.items() for word in (f"--{name}", value)]
        return Command(
            arguments=[binaries.redis_binary(), *flags], log=self.log_path, pid_file=self.folder / "redis.pid"
        )

    def _answers(self) -> bool:
        """Whether this one serves, and has read back the commands of its earlier life; not another on the same port."""
        with redis.Redis(host=HOST, port=self.port, retry=Retry(NoBackoff(), 0)) as client:
            try:
                return bool(client.ping()) and client.info("server")["process_id"] == self.pid
            except redis.RedisError:
                return False

    def _port_taken(self) -> bool:
        return re.search("address already in use", self._last_words(), re.IGNORECASE) is not None

    def _last_words(self) -> str:
        return self.log_path.read_text(errors="replace")[-2000:].strip() if self.log_path.exists() else "no log"
