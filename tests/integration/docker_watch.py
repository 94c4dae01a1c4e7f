"""Watch: looks at a registry in a container all the time, from outside: when it takes writes, when it is collected."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import docker
import httpx

from demo.parts.registry_container import RegistryContainer
from tests.crew import environment_of

OURS: Final = "io.regclean.registry"
_TASK: Final = "io.regclean.task"
_PAUSE: Final = 0.1


class Watch:
    """Made to be used in `with`.

    `seen` tells, in sentences, what should never be; `collectors` are all that ever ran. `still` is the longest time,
    in seconds, in which the registry took no writes and no collector ran: after one, too, until it was writable again.
    """

    def __init__(self, registry: RegistryContainer) -> None:
        self.seen: list[str] = []
        self.collectors: set[str] = set()
        self.still = 0.0
        self._registry = registry
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True, name="watch")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        try:
            self._look_on()
        except Exception as error:  # noqa: BLE001 - who did not look on must not be taken for one who saw nothing
            self.seen.append(f"nobody looked on any more: {error!r}")

    def _look_on(self) -> None:
        since = time.monotonic()
        with (
            self._registry.engine.client() as client,
            httpx.Client(base_url=self._registry.url, timeout=2, trust_env=False) as http,
        ):
            while not self._stop.wait(_PAUSE):
                before = frozenset(self._running(client))
                is_open = takes_writes(http)
                # One that ended meanwhile proves nothing.
                beside = before & frozenset(self._running(client)) if before and is_open else before
                self.collectors |= before
                if is_open and beside:
                    self.seen.append(f"the registry took a write beside {', '.join(sorted(beside))}")
                if is_open or before:
                    since = time.monotonic()
                self.still = max(self.still, time.monotonic() - since)

    def _running(self, client: docker.APIClient) -> Iterator[str]:
        """Collectors that would delete something: containers, as the engine says, and processes, as the kernel does."""
        labels = [f"{OURS}={self._registry.name}", f"{_TASK}=collect"]
        for each in client.containers(filters={"label": labels, "status": "running"}):
            yield f"container {each['Id'][:12]}"
        for entry in Path("/proc").iterdir():
            if entry.name.isdecimal() and self._collects(entry):
                yield f"process {entry.name}"

    def _collects(self, entry: Path) -> bool:
        try:
            words = (entry / "cmdline").read_text(errors="replace").split("\0")
        except OSError:
            return False
        if "garbage-collect" not in words or "--dry-run" in words:
            return False
        # A collector has the environment of its registry's container, and each of them an address of its own.
        return f"REGISTRY_HTTP_ADDR=127.0.0.1:{self._registry.port}".encode() in environment_of(int(entry.name))


def takes_writes(http: httpx.Client) -> bool:
    try:
        return http.post("/v2/app/blobs/uploads/").status_code == httpx.codes.ACCEPTED
    except httpx.TransportError:
        return False
