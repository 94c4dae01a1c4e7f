"""Watch: looks at a registry all the time, and sees when it takes writes beside a running collector."""

import re
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import httpx

from demo.parts.registry import RegistryProcess

COLLECTOR: Final = Path(__file__).with_name("collector.py")
_PAUSE: Final = 0.1
_READ_ONLY: Final = re.compile(r"readonly:\s+enabled: true")


class Watch:
    """Made to be used in `with`; `seen` tells, in sentences, what should never be."""

    def __init__(self, registry: RegistryProcess) -> None:
        self.seen: list[str] = []
        self.last_collecting = 0.0
        """When a collector was last seen, by the wall clock; 0 when none ever was."""
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
            before = self.collectors()
            if before:
                self.last_collecting = time.time()
                is_open = self._is_open()
                # One that ended meanwhile proves nothing.
                if is_open and before & self.collectors():
                    self.seen.append(f"the registry {is_open} while a collector ran")

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
        try:
            answer = httpx.post(f"{self._registry.url}/v2/watch/blobs/uploads/", timeout=2, trust_env=False)
        except httpx.HTTPError:
            return ""
        return "took a write" if answer.status_code == 202 else ""
