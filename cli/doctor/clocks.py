"""Clocks: how far the time elsewhere is from the time here; an answer's Date header has whole seconds."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from cli.doctor.verdict import Verdict, fine, unknown, warning

_TOLERATED: Final = 30.0
REMEDY: Final = "Let both machines keep their time by NTP."


def in_header(value: str | None) -> datetime | None:
    """The time in a Date header (RFC 9110, section 6.6.1); None when there is none that can be read."""
    try:
        there = parsedate_to_datetime(value or "")
    except (ValueError, TypeError, OverflowError):
        return None
    return there if there.tzinfo else there.replace(tzinfo=UTC)


def ahead(there: datetime, now: datetime) -> float:
    """Seconds by which the clock there is ahead of this one."""
    return (there - now).total_seconds()


def words(who: str, seconds: float) -> str:
    return f"The clock of {who} is {abs(seconds):.0f} seconds {'ahead of' if seconds > 0 else 'behind'} this machine's."


def compared(who: str, there: datetime | None, now: datetime, consequence: str) -> Verdict:
    """The usual verdict."""
    if there is None:
        return unknown(f"{who} does not say what time it is.", consequence, "Compare the clocks by hand.")
    seconds = ahead(there, now)
    if abs(seconds) > _TOLERATED:
        return warning(words(who, seconds), consequence, REMEDY)
    return fine(f"The clock of {who} agrees with this machine's.")
