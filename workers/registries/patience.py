"""How long to wait before trying again: backoff with full jitter, or what the registry asked for."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from random import SystemRandom
from typing import Final

LONGEST_ASKED: Final = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """Pauses in seconds: `first` doubles with each attempt up to `longest`; `jitter` draws between two bounds.

    Full jitter (uniform between zero and the bound) keeps many workers from coming back in step.
    """

    first: float = 0.25
    longest: float = 10.0
    longest_asked: float = LONGEST_ASKED
    jitter: Callable[[float, float], float] = SystemRandom().uniform

    def pause(self, attempt: int, asked: float | None) -> float:
        """Seconds to wait after attempt number `attempt` (from 1) failed; `asked` is its Retry-After."""
        if asked is not None:
            return min(asked, self.longest_asked) + self.jitter(0.0, self.first)
        return self.jitter(0.0, min(self.longest, self.first * 2.0 ** min(attempt - 1, 32)))


def retry_after(value: str | None, now: datetime) -> float | None:
    """Retry-After in seconds from `now`, at least zero; it is seconds or an HTTP date (RFC 9110, section 10.2.3).

    None when there is none, or none that can be read.
    """
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        seconds = float(text)
        return seconds if math.isfinite(seconds) else None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return max(0.0, (moment - now).total_seconds())
