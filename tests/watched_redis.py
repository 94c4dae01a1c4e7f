"""A primary, its replicas and the sentinels that watch them: real servers on this machine, to be hurt by tests."""

import os
import signal
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from demo.parts import binaries
from demo.parts.processes import Command, KeptProcess, free_port, wait_until
from demo.parts.redis import HOST, RedisProcess

NAME: Final = "cleaning"
DOWN_AFTER: Final = 1_000
"""Milliseconds of silence after which a sentinel takes a server for dead."""
_PATIENCE: Final = 30.0
_SETTINGS: Final = {"min-replicas-to-write": "1", "min-replicas-max-lag": "3", "repl-ping-replica-period": "1"}


class WatchedRedis:
    """Made to be used in `with`; each of its servers writes every command down before it answers."""

    def __init__(self, folder: Path, *, replicas: int = 2, sentinels: int = 3) -> None:
        self._folder = folder
        self._replicas = replicas
        self._sentinels = [free_port(HOST) for _ in range(sentinels)]
        self._running = ExitStack()
        self.servers: list[RedisProcess] = []

    @property
    def url(self) -> str:
        return f"redis+sentinel://{','.join(f'{HOST}:{port}' for port in self._sentinels)}/{NAME}"

    @property
    def primary(self) -> RedisProcess:
        """Who the first sentinel says it is."""
        with client(self._sentinels[0]) as sentinel:
            _, port = sentinel.execute_command("SENTINEL", "GET-MASTER-ADDR-BY-NAME", NAME)
        return next(each for each in self.servers if each.port == int(port))

    def fail_over(self) -> None:
        """As an operator asks for it: the old primary lives on, as a replica."""
        before = self.primary
        with client(self._sentinels[0]) as sentinel:
            sentinel.execute_command("SENTINEL", "FAILOVER", NAME)
        self.until(lambda: self.primary is not before)

    def until_followed(self, replicas: int) -> None:
        """Wait until so many replicas follow the primary, and keep up with it."""
        self.until(lambda: _followers(self.primary.port) >= replicas)

    def until(self, holds: Callable[[], bool]) -> None:
        assert wait_until(lambda: _without_error(holds), seconds=_PATIENCE, pause=0.05), self._folder

    def __enter__(self) -> Self:
        with ExitStack() as starting:
            for number in range(1 + self._replicas):
                self.servers.append(starting.enter_context(self._server(number)))
            for port in self._sentinels:
                starting.callback(self._sentinel(port).kill)
            self.until(self._is_watched)
            self.until_followed(self._replicas)
            self._running = starting.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for server in self.servers:
            if server.pid:
                os.kill(server.pid, signal.SIGCONT)
        self._running.close()

    def _server(self, number: int) -> RedisProcess:
        following = {"replicaof": f"{HOST} {self.servers[0].port}"} if number else {}
        return RedisProcess(self._folder / f"server-{number}", settings={**_SETTINGS, **following})

    def _sentinel(self, port: int) -> KeptProcess:
        folder = self._folder / f"sentinel-{port}"
        folder.mkdir(parents=True)
        configuration = folder / "sentinel.conf"
        configuration.write_text(
            f"port {port}\nbind {HOST}\ndir {folder}\n"
            f"sentinel monitor {NAME} {HOST} {self.servers[0].port} {len(self._sentinels) // 2 + 1}\n"
            f"sentinel down-after-milliseconds {NAME} {DOWN_AFTER}\n"
            f"sentinel failover-timeout {NAME} 6000\n"
        )
        arguments: list[str | Path] = [binaries.redis_binary(), configuration, "--sentinel"]
        process = KeptProcess(Command(arguments=arguments, log=folder / "log", pid_file=folder / "pid"), revive=False)
        process.start()
        return process

    def _is_watched(self) -> bool:
        """Whether each sentinel knows all others and all replicas."""
        others = len(self._sentinels) - 1
        states = [_state(port) for port in self._sentinels]
        return all(
            (int(each["num-other-sentinels"]), int(each["num-slaves"])) == (others, self._replicas) for each in states
        )


def client(port: int, **options: Any) -> Redis:
    """One that asks once, and does not wait for long."""
    return Redis(host=HOST, port=port, retry=Retry(NoBackoff(), 0), socket_timeout=2, decode_responses=True, **options)


def _state(port: int) -> dict[str, Any]:
    with client(port) as sentinel:
        found: dict[str, Any] = sentinel.sentinel_master(NAME)
        return found


def _followers(port: int) -> int:
    with client(port) as server:
        found = server.info("replication")
        return int(found.get("min_slaves_good_slaves", 0)) if found["role"] == "master" else 0


def _without_error(holds: Callable[[], bool]) -> bool:
    try:
        return holds()
    except RedisError:
        return False
