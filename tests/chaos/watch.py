"""Watch: looks at a registry all the time: whether it takes writes beside a collector, and how soon after one."""

import re
import threading
import time
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from demo.parts.registry import RegistryProcess

COLLECTOR: Final = Path(__file__).with_name("collector.py")
_PAUSE: Final = 0.1
_BETWEEN_PROBES: Final = 1.0
_READ_ONLY: Final = re.compile(r"readonly:\s+enabled: true")


class Watch:
    """Made to be used in `with`; `seen` tells, in sentences, what should never be.

    `shut`: seconds from a collector's end until the registry took writes, for each after which it did so before the
    next one came. `ended`: when the last one was last seen, by the wall clock, as long as the registry has not taken
    writes since; 0 when nothing is waited for.
    """

    def __init__(self, registry: RegistryProcess) -> None:
        self.seen: list[str] = []
        self.shut: list[float] = []
        self.ended = 0.0
        self._probed = 0.0
        self._registry = registry
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._look_on, daemon=True, name="watch")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _look_on(self) -> None:
        while not self._stop.wait(_PAUSE):
            if running := self.collectors():
                self._look_beside(running)
            elif self.ended and time.time() - self._probed > _BETWEEN_PROBES:
                self._look_after()

    def _look_beside(self, running: frozenset[int]) -> None:
        self.ended = time.time()
        is_open = self._is_open()
        # One that ended meanwhile proves nothing.
        if is_open and running & self.collectors():
            self.seen.append(f"the registry {is_open} while a collector ran")

    def _look_after(self) -> None:
        self._probed = time.time()
        if takes_writes(self._registry.url):
            self.shut.append(time.time() - self.ended)
            self.ended = 0.0

    def collectors(self) -> frozenset[int]:
        """Process ids of collectors that would delete something."""
        return frozenset(int(entry.name) for entry in Path("/proc").iterdir() if self._collects(entry))

    def _collects(self, entry: Path) -> bool:
        if not entry.name.isdecimal():
            return False
        try:
            words = (entry / "cmdline").read_text(errors="replace").split("\0")
        except OSError:
            return False
        about_this = any(word.startswith(str(self._registry.folder)) for word in words)
        collects = "garbage-collect" in words or str(COLLECTOR) in words
        return about_this and collects and "--dry-run" not in words and not any("gate.py" in each for each in words)

    def _is_open(self) -> str:
        if not _READ_ONLY.search(self._registry.config_path.read_text()):
            return "was configured to take writes"
        return "took a write" if takes_writes(self._registry.url) else ""


def takes_writes(url: str) -> bool:
    """Whether a registry runs and lets an upload begin, which is cancelled at once (of its state a hash is left)."""
    with httpx.Client(base_url=url, timeout=2, trust_env=False) as client:
        try:
            begun = client.post("/v2/team/app0/blobs/uploads/")
        except httpx.HTTPError:
            return False
        if begun.status_code != httpx.codes.ACCEPTED:
            return False
        with suppress(httpx.HTTPError):  # it was taking writes, whatever became of it since
            client.delete(begun.headers["Location"])
        return True
