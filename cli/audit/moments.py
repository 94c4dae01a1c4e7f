"""Moments: points in time for people who look at the audit chain, always in UTC."""

from datetime import UTC, datetime

from workers.core.echo import echo


def shown(stored: str) -> str:
    """`2026-11-24 09:30:05`; what is no time is shown as it is."""
    try:
        return datetime.fromisoformat(stored).astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")
    except (ValueError, OverflowError):
        return echo(stored)
