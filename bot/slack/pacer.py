"""Pacer: how often Slack may be called, shared by all replicas through Redis; a bucket of tokens for each limit.

docs.slack.dev/apis/web-api/rate-limits: tier 3 is 50+ calls of a method a minute, over all channels, tier 4 100+,
posting one a second in each channel. What Slack itself says (Retry-After) closes a bucket until then.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from redis import Redis

_TAKE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local stored = redis.call('HMGET', KEYS[1], 'tokens', 'at', 'closed')
local size, rate, reserve = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local closed = tonumber(stored[3] or 0)
if closed > now then return closed - now end
local tokens = math.min(size, tonumber(stored[1] or size) + (now - tonumber(stored[2] or now)) * rate)
local missing = 1 + reserve - tokens
local wait = 0
if missing > 0 then wait = math.ceil(missing / rate) else tokens = tokens - 1 end
redis.call('HSET', KEYS[1], 'tokens', tostring(tokens), 'at', now)
redis.call('PEXPIRE', KEYS[1], 600000)
return wait
"""
_CLOSE: Final = """
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('HSET', KEYS[1], 'closed', now + tonumber(ARGV[1]))
redis.call('PEXPIRE', KEYS[1], 600000 + tonumber(ARGV[1]))
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rate:
    """`burst` calls at once, then `per_minute`; in any minute at most their sum. `reserve` is kept for what matters."""

    burst: int
    per_minute: float
    reserve: int = 0


UPDATE: Final = "chat.update"
POST: Final = "chat.postMessage"
RESPOND: Final = "response_url"
HISTORY: Final = "conversations.history"
REPLIES: Final = "conversations.replies"
OPEN: Final = "conversations.open"
PERMALINK: Final = "chat.getPermalink"
WHO: Final = "auth.test"
UPLOAD: Final = "files.getUploadURLExternal"
UPLOADED: Final = "files.completeUploadExternal"
_TIER_3: Final = Rate(burst=10, per_minute=35)
_TIER_4: Final = Rate(burst=20, per_minute=70)
RATES: Final[Mapping[str, Rate]] = {
    UPDATE: Rate(burst=10, per_minute=35, reserve=4),
    POST: Rate(burst=1, per_minute=59),
    # Slack gives no figure; those of incoming webhooks, which post in the same way: one a second, in short bursts more.
    RESPOND: Rate(burst=5, per_minute=55),
    HISTORY: _TIER_3,
    REPLIES: _TIER_3,
    OPEN: _TIER_3,
    # “Hundreds a minute” for these two.
    PERMALINK: _TIER_4,
    WHO: _TIER_4,
    UPLOAD: _TIER_4,
    UPLOADED: _TIER_4,
}
LONGEST_CLOSED: Final = 3_600.0
"""Seconds that a bucket is closed at most, so that one absurd answer does not silence regclean for ever."""


@dataclass(frozen=True, slots=True)
class Pacer:
    redis: Redis
    rates: Mapping[str, Rate] = field(default_factory=lambda: RATES)

    def take(self, method: str, channel: str = "", *, may_wait: bool = True) -> float:
        """Take a token; 0 when there was one, else the seconds after which to ask again.

        One who may not wait leaves the reserve alone, for those who do.
        """
        rate = self.rates[method]
        reserve = 0 if may_wait else rate.reserve
        arguments = [rate.burst, rate.per_minute / 60_000, reserve]
        milliseconds = self.redis.eval(_TAKE, 1, _key(method, channel), *map(str, arguments))
        return int(milliseconds) / 1000

    def close(self, method: str, seconds: float, channel: str = "") -> None:
        """Let nobody call until then, as Slack asked; for an hour at most."""
        milliseconds = int(min(seconds, LONGEST_CLOSED) * 1000)
        self.redis.eval(_CLOSE, 1, _key(method, channel), str(milliseconds))

    def first_in(self, seconds: float, what: str) -> bool:
        """Whether nobody did this within so many seconds; if so, it counts as done now."""
        return bool(self.redis.set(f"rc:pace:once:{what}", 1, nx=True, px=int(seconds * 1000)))


def _key(method: str, channel: str) -> str:
    return f"rc:pace:{method}:{channel}"
