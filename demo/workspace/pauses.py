"""Pauses: until when the workspace told the app not to call, and the calls that came before."""

from dataclasses import dataclass, field

from demo.workspace.clock import Clock
from demo.workspace.records import Json


@dataclass(slots=True)
class _Pause:
    """Clock times: when the first 429 of an unbroken row was answered, and until when nothing should come."""

    since: float
    until: float


@dataclass(slots=True)
class Pauses:
    """Each method has its own, and each channel where messages are posted, as in Slack's rate limits."""

    clock: Clock
    early: list[Json] = field(default_factory=list)
    _pauses: dict[tuple[str, str], _Pause] = field(default_factory=dict)

    def arrives(self, method: str, channel: str = "") -> None:
        """Keep the call in `early` when it was told to come later."""
        now, pause = self.clock.now(), self._pauses.get((method, channel))
        if pause and now < pause.until:
            told = {"method": method, "channel": channel}
            self.early.append({**told, "after": now - pause.since, "seconds_early": pause.until - now})

    def ask(self, seconds: float, method: str, channel: str = "") -> None:
        """A 429 was answered that names so many seconds."""
        now, before = self.clock.now(), self._pauses.get((method, channel))
        since, until = (before.since, before.until) if before and now < before.until else (now, now)
        self._pauses[method, channel] = _Pause(since, max(until, now + seconds))
