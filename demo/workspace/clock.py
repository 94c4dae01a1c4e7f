"""The workspace's clock, which tests can move forward, and the ids made from it."""

import secrets
import string
import time

ID_LETTERS = string.ascii_uppercase + string.digits


class Clock:
    """Wall time plus what tests advanced it by; seconds since the epoch."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._last_micros = 0

    def now(self) -> float:
        return time.time() + self._ahead

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def next_ts(self) -> str:
        """A message timestamp such as `1700000000.000100`: unique, and later than every one before it."""
        micros = max(int(self.now() * 1_000_000), self._last_micros + 1)
        self._last_micros = micros
        return f"{micros // 1_000_000}.{micros % 1_000_000:06d}"


def new_id(prefix: str) -> str:
    """An id of Slack's form: the kind's letter and ten capitals or digits."""
    return prefix + "".join(secrets.choice(ID_LETTERS) for _ in range(10))
