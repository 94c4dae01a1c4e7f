"""Key marks: each kind of process tells, by their ids, which signing keys it holds, so that they can be compared."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from redis import Redis

from workers.core.approval import KeyRing
from workers.store import keys, records
from workers.store.connection import asking
from workers.store.tasks import CLEAN, GC, LOOKUP

BOT: Final = "bot"
REPLIES: Final = "replies"
SWEEP: Final = "sweep"
PROCESSES: Final = (BOT, REPLIES, *(f"worker-{queue}" for queue in (LOOKUP, CLEAN, GC)), SWEEP)

EVERY: Final = 45.0
"""Seconds between two times that a process tells its keys."""
LIFE: Final = 150
"""Seconds after which what a process told is forgotten; so what is there was told by one that lives, or just ended."""


@dataclass(frozen=True, slots=True)
class KeyMarks:
    """Methods raise Unavailable when Redis does not answer. Times are Redis' own, so that clocks need not agree."""

    redis: Redis

    @asking()
    def tell(self, process: str, ring: KeyRing) -> None:
        """Say which keys a process of that kind holds now; to be repeated every `EVERY` seconds."""
        now, key = self._now(), keys.key_marks(process)
        pipe = self.redis.pipeline()
        pipe.zadd(key, {",".join(ring.ids): now})
        pipe.zremrangebyscore(key, "-inf", now - LIFE)
        pipe.expire(key, LIFE)
        pipe.execute()

    @asking()
    def told(self, process: str) -> Sequence[tuple[str, ...]]:
        """The ids of the keys that processes of that kind hold: nothing when none lives, several when they differ."""
        found = self.redis.zrangebyscore(keys.key_marks(process), self._now() - LIFE, "+inf")
        return [tuple(records.text(each).split(",")) for each in found]

    @asking()
    def last_told(self, process: str) -> float:
        """When a process of that kind told last, in seconds since the epoch; 0 when none did for as long as `LIFE`."""
        newest = self.redis.zrevrangebyscore(keys.key_marks(process), "+inf", "-inf", 0, 1, withscores=True)
        return float(newest[0][1]) if newest else 0.0

    def _now(self) -> float:
        seconds, microseconds = self.redis.time()
        return int(seconds) + int(microseconds) / 1e6
