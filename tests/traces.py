"""Traces: where secrets may have gone, and the search for them there."""

import threading
import zlib
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx
from redis import Redis

from demo.workspace import RunningWorkspace
from demo.workspace.content import PLATFORM, RANDOM, REGISTRY_CLEAN

_HALF: Final = 16
_PAUSE: Final = 0.2


def traces(secret: str) -> frozenset[bytes]:
    """What would give a secret away: half of it, and how a login of the user `regclean` is sent."""
    login = b64encode(f"regclean:{secret}".encode())
    return frozenset({secret[-_HALF:].encode(), secret[-2 * _HALF : -_HALF].encode(), login[16:-4]})


def named(content: bytes, secrets: Mapping[str, str]) -> list[str]:
    """The secrets that have left a trace in it."""
    return [name for name, secret in secrets.items() if any(trace in content for trace in traces(secret))]


def of_workspace(workspace: RunningWorkspace) -> Iterator[tuple[str, bytes]]:
    """Everything that people see or the app sent, by where it is: messages, threads, files, forms, calls."""
    for person in (workspace.rita, workspace.ada, workspace.ben, workspace.bob):
        screen = workspace.read("control/screen", user=person.id)
        yield f"the screen of {person.id}", str(screen).encode()
        for channel in (REGISTRY_CLEAN, PLATFORM, RANDOM, person.dm):
            for message in person.sees(channel):
                told = [message, *(person.thread(message) if not message.is_ephemeral else [])]
                yield f"a message in {channel}", repr(told).encode()
                for file in (file for each in told for file in each.files):
                    yield (
                        f"the file {file['name']}",
                        httpx.get(f"{workspace.url}{file['url']}", trust_env=False).content,
                    )
    yield "the calls of Slack's methods", repr(workspace.calls()).encode()
    yield "the answers to Slack", repr([each["outcome"] for each in workspace.payloads()]).encode()


def of_redis(redis: Redis) -> Iterator[tuple[str, bytes]]:
    """Every key with its value; packed lists unpacked."""
    for key in redis.scan_iter():
        yield f"the key {key!r}", key + b" " + repr(list(_values(redis, key))).encode("utf-8", "replace")


def _values(redis: Redis, key: bytes) -> Iterator[Any]:
    readers: dict[bytes | str, Any] = {
        b"string": lambda: [redis.get(key)],
        b"hash": lambda: redis.hgetall(key).items(),
        b"list": lambda: redis.lrange(key, 0, -1),
        b"set": lambda: redis.smembers(key),
        b"zset": lambda: redis.zrange(key, 0, -1, withscores=True),
        b"stream": lambda: redis.xrange(key),
        b"none": list,  # it ended just now
    }
    for value in readers[redis.type(key)]():
        yield value
        for part in value if isinstance(value, tuple) else [value]:
            with suppress(zlib.error, TypeError):
                yield zlib.decompress(part)


def of_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below the folder, by its path there."""
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink():
            with suppress(OSError):
                yield str(path.relative_to(folder)), path.read_bytes()


@dataclass(slots=True)
class Watch:
    """Looks again and again at every process there is; `seen` holds each program with the secrets it was found with.

    A program is its command line; the place is `cmdline` or `environ`.
    """

    secrets: Mapping[str, str]
    seen: set[tuple[str, str, str]] = field(default_factory=set)
    programs: set[str] = field(default_factory=set)
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._watch, daemon=True, name="watch")
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(_PAUSE):
            for process in Path("/proc").iterdir():
                if process.name.isdecimal():
                    with suppress(OSError):
                        self._look(process)

    def _look(self, process: Path) -> None:
        line = (process / "cmdline").read_bytes()
        program = line.replace(b"\0", b" ").decode(errors="replace").strip()
        self.programs.add(program)
        for place, content in (("cmdline", line), ("environ", (process / "environ").read_bytes())):
            self.seen |= {(program, place, name) for name in named(content, self.secrets)}
