"""Rate limits as token buckets (docs.slack.dev/apis/web-api/rate-limits): a minute's calls may come at once."""

from dataclasses import dataclass, field

from demo.workspace.clock import Clock
from demo.workspace.settings import Rates


@dataclass(slots=True)
class _Bucket:
    capacity: float
    per_second: float
    level: float
    at: float

    def wait(self, now: float) -> float:
        """Take one token; return 0, or the seconds until there is one."""
        self.level = min(self.capacity, self.level + (now - self.at) * self.per_second)
        self.at = now
        if self.level >= 1:
            self.level -= 1
            return 0.0
        return (1 - self.level) / self.per_second


@dataclass(slots=True)
class Limits:
    clock: Clock
    rates: Rates
    _buckets: dict[tuple[str, str], _Bucket] = field(default_factory=dict)

    def call(self, method: str, tier: int) -> float:
        """Seconds to wait before `method` may be called, 0 when it may now."""
        if not tier:
            return 0.0
        a_minute = self.rates.per_minute[tier]
        return self._take((method, ""), a_minute, a_minute / 60)

    def post(self, channel: str) -> float:
        """The same for posting into `channel`."""
        return self._take(("post", channel), self.rates.post_burst, self.rates.posts_per_second)

    def _take(self, key: tuple[str, str], capacity: float, per_second: float) -> float:
        now = self.clock.now()
        bucket = self._buckets.setdefault(key, _Bucket(capacity, per_second, capacity, now))
        return bucket.wait(now)
