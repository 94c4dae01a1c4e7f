"""Meter: counts in memory what is too frequent to be saved one by one, and adds it to what Redis holds.

It is a best effort: a process that is killed loses the counts of its last seconds, and nothing else.
"""

import os
import threading
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

import structlog
from redis import Redis

from workers.core.errors import Unavailable
from workers.store import keys
from workers.store.connection import asking, impatient
from workers.store.metrics import Counter, Histogram

_EVERY: Final = 5.0
_log = structlog.get_logger(__name__)


class Meter:
    """What this process counted since it last added to Redis; threads may share it."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """Start with nothing: what a parent counted before a fork is the parent's to add."""
        self._lock = threading.Lock()
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._sums: defaultdict[str, float] = defaultdict(float)

    def count(self, counter: Counter, *values: str) -> None:
        with self._lock:
            self._counts[counter.field(*values)] += 1

    def observe(self, histogram: Histogram, seconds: float, *values: str) -> None:
        with self._lock:
            self._counts[histogram.field(seconds, *values)] += 1
            self._sums[histogram.sum_field(*values)] += seconds

    def flush(self, redis: Redis) -> None:
        """Add everything to Redis; raises Unavailable, and then it is all still here."""
        with self._lock:
            counts, self._counts = self._counts, defaultdict(int)
            sums, self._sums = self._sums, defaultdict(float)
        if not counts:
            return
        pipe = redis.pipeline()
        for field, number in counts.items():
            pipe.hincrby(keys.METRICS, field, number)
        for field, seconds in sums.items():
            pipe.hincrbyfloat(keys.METRICS, field, seconds)
        try:
            with asking():
                pipe.execute()
        except Unavailable:
            self._take_back(counts, sums)
            raise

    def _take_back(self, counts: Mapping[str, int], sums: Mapping[str, float]) -> None:
        with self._lock:
            for field, number in counts.items():
                self._counts[field] += number
            for field, seconds in sums.items():
                self._sums[field] += seconds

    @contextmanager
    def adding(self, redis: Redis) -> Iterator[None]:
        """Add to Redis every few seconds while the block runs, and at its end."""
        patient_with_nothing, done = impatient(redis), threading.Event()

        def keep() -> None:
            while not done.wait(_EVERY):
                self._try(patient_with_nothing)

        thread = threading.Thread(target=keep, daemon=True, name="meter")
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            self._try(patient_with_nothing)
            # Closing a client leaves a pool that it was given open, and a worker does this for each of its jobs.
            patient_with_nothing.connection_pool.disconnect()

    def _try(self, redis: Redis) -> None:
        try:
            self.flush(redis)
        except Unavailable as error:
            _log.warning("meter.unadded", error=error.sentence)


METER: Final = Meter()
"""This process's; it is as global as its log."""

os.register_at_fork(after_in_child=METER.forget)
