"""Moment: a point in time as it is stored."""

from datetime import UTC, datetime

from workers.core.echo import echo
from workers.core.errors import BadRecord


def moment(text: str) -> datetime:
    """Read ISO 8601 with an offset, without which times cannot be compared.

    Raises BadRecord, ValueError, TypeError, or OverflowError for a time that has none in UTC.
    """
    read = datetime.fromisoformat(text)
    if read.tzinfo is None:
        raise BadRecord(f"The time {echo(text)} in Redis has no offset from UTC; restore Redis from a backup.")
    read.astimezone(UTC)
    return read
