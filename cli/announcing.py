"""Announcing: a process tells which signing keys it holds, at its start and while it lives; `doctor` compares them."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Self

import structlog
from redis import Redis

from workers.core.approval import KeyRing
from workers.core.errors import Unavailable
from workers.store.connection import impatient
from workers.store.key_marks import EVERY, KeyMarks

_log = structlog.get_logger(__name__)


_PAUSE: Final = 5.0


@dataclass(slots=True)
class Announcer:
    """Call `beat` as often as you like: it tells when it is time to."""

    process: str
    marks: KeyMarks
    ring: KeyRing
    _due: float = field(default=0.0)

    @classmethod
    def over(cls, redis: Redis, process: str, ring: KeyRing) -> Self:
        """Over connections that wait for nothing: a heartbeat must not."""
        return cls(process, KeyMarks(impatient(redis)), ring)

    def beat(self) -> None:
        """A Redis that is away is no reason to stop working: it is told at the next beat."""
        now = time.monotonic()
        if now < self._due:
            return
        self._due = now + EVERY
        try:
            self.marks.tell(self.process, self.ring)
        except Unavailable as error:
            self._due = now + _PAUSE
            _log.warning("keys.untold", error=error.sentence)


@contextmanager
def beating(announcer: Announcer) -> Iterator[None]:
    """Beat in a thread of its own while the block runs; for a process that never forks."""
    done = threading.Event()

    def beat() -> None:
        announcer.beat()
        while not done.wait(_PAUSE):
            announcer.beat()

    thread = threading.Thread(target=beat, daemon=True, name="announcing")
    thread.start()
    try:
        yield
    finally:
        done.set()
