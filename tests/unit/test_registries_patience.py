"""How long to wait before trying again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.registries.patience import Patience, retry_after

NOW = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)

CASES = {
    "seconds": ("120", 120.0),
    "spaces": (" 7 ", 7.0),
    "zero": ("0", 0.0),
    "date": ("Sun, 01 Mar 2026 12:00:30 GMT", 30.0),
    "past": ("Sun, 01 Mar 2026 11:00:00 GMT", 0.0),
    "other-zone": ("Sun, 01 Mar 2026 13:00:30 +0100", 30.0),
    "unknown-zone": ("Sun, 01 Mar 2026 12:00:30 -0000", 30.0),
    "fraction": ("1.5", None),
    "negative": ("-1", None),
    "words": ("soon", None),
    "endless": ("9" * 400, None),
    "other-digits": ("٣", None),
    "nothing": (None, None),
}


@pytest.mark.parametrize(("header", "seconds"), CASES.values(), ids=CASES)
def test_reads_retry_after(header: str | None, seconds: float | None) -> None:
    assert retry_after(header, NOW) == seconds


@given(st.text())
def test_reads_anything(header: str) -> None:
    seconds = retry_after(header, NOW)
    assert seconds is None or seconds >= 0


@given(st.integers(0, 10**6))
def test_reads_the_dates_that_servers_write(seconds: int) -> None:
    moment = NOW + timedelta(seconds=seconds)
    assert retry_after(format_datetime(moment, usegmt=True), NOW) == seconds


def longest(_: float, bound: float) -> float:
    return bound


def test_doubles_up_to_the_longest() -> None:
    patience = Patience(first=0.5, longest=3.0, jitter=longest)
    assert [patience.pause(attempt, None) for attempt in (1, 2, 3, 4, 5000)] == [0.5, 1.0, 2.0, 3.0, 3.0]


def test_waits_anything_from_nothing_to_the_bound() -> None:
    drawn = [Patience(first=1.0, longest=1.0).pause(1, None) for _ in range(200)]
    assert 0.0 <= min(drawn) < 0.2
    assert 0.8 < max(drawn) <= 1.0


def test_waits_as_long_as_asked_but_not_for_ever() -> None:
    patience = Patience(first=0.5, longest_asked=60.0, jitter=longest)
    assert patience.pause(1, 7.0) == 7.5
    assert patience.pause(1, 3600.0) == 60.5
