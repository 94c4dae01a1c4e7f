"""Period: from when until when somebody wants to see the audit chain."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final, Self

import typer

from workers.core.echo import echo
from workers.core.errors import BadInput

Since = Annotated[str, typer.Option(help="From this day or time on: 2026-11-24, or 2026-11-24T09:30, in UTC.")]
Until = Annotated[str, typer.Option(help="Up to the end of this day, or up to this time.")]
_DAY: Final = len("2026-11-24")


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """`since` belongs to it, and `until` does not; None where it has no such end."""

    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def read(cls, since: str, until: str) -> Self:
        """As typed; empty stands for no such end. Raises BadInput."""
        first, last = _moment(since, "--since"), _moment(until, "--until")
        if last and len(until.strip()) <= _DAY:
            last += timedelta(days=1)
        if first and last and last <= first:
            raise BadInput(f"--until {echo(until)} is not after --since {echo(since)}; exchange them.")
        return cls(since=first, until=last)

    def is_over(self, now: datetime) -> bool:
        return self.until is not None and now >= self.until

    def holds(self, now: datetime) -> bool:
        return not self.is_over(now) and (self.since is None or now >= self.since)


def _moment(typed: str, option: str) -> datetime | None:
    if not typed:
        return None
    try:
        read = datetime.fromisoformat(typed.strip())
        return read.astimezone(UTC) if read.tzinfo else read.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise BadInput(
            f"{option} “{echo(typed, 40)}” is no day or time; write it as 2026-11-24 or 2026-11-24T09:30."
        ) from None
