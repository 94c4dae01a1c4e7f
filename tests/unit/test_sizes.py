"""Sizes for people."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.core.sizes import exact, human

CASES = {
    0: "0 B",
    1: "1 B",
    999: "999 B",
    1_000: "1 kB",
    1_234: "1.23 kB",
    12_345: "12.3 kB",
    999_499: "999 kB",
    999_500: "1 MB",
    412_000_000: "412 MB",
    1_250_000_000: "1.25 GB",
    1_000_000_000_000: "1 TB",
    999 * 10**15: "999 PB",
    10**18: "1 EB",
    2**63 - 1: "9 EB",
    10**24: "1000000 EB",
}


@pytest.mark.parametrize(("size", "text"), CASES.items())
def test_is_said_as_people_say_it(size: int, text: str) -> None:
    assert human(size) == text


def test_is_said_with_every_byte_where_it_is_compared() -> None:
    assert exact(3_988_659) == "3.99 MB (3,988,659 bytes)"
    assert exact(999) == "999 B"
    assert exact(1000) == "1 kB (1,000 bytes)"


FACTORS = {"B": 1.0, "kB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12, "PB": 1e15, "EB": 1e18}


def understood(text: str) -> float:
    amount, unit = text.split(" ")
    return float(amount) * FACTORS[unit]


@given(st.integers(0, 10**18 - 1))
def test_has_at_most_three_digits_and_is_true_to_them(size: int) -> None:
    text = human(size)
    assert sum(sign.isdigit() for sign in text) <= 3
    assert understood(text) == pytest.approx(size, rel=0.005)


@given(st.integers(0, 10**20), st.integers(0, 10**20))
def test_more_bytes_are_never_said_as_less(one: int, other: int) -> None:
    small, large = sorted([one, other])
    assert understood(human(small)) <= understood(human(large))
