"""Which hosts are reached without the proxy."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.config.no_proxy import is_direct

COVERED = [
    ("*", "anything.example.com", 443),
    ("example.com", "example.com", 443),
    ("example.com", "reg.example.com", 443),
    ("EXAMPLE.com", "reg.Example.COM.", 443),
    (".example.com", "reg.example.com", 443),
    ("example.com:5000", "example.com", 5000),
    ("example.com:5000", "reg.example.com", 5000),
    (" example.com ", "example.com", 80),
    ("10.0.0.0/8", "10.1.2.3", 443),
    ("10.1.2.3", "10.1.2.3", 443),
    ("10.1.2.3:5000", "10.1.2.3", 5000),
    ("::1", "::1", 5000),
    ("[::1]", "::1", 5000),
    ("[::1]:5000", "::1", 5000),
    ("0:0:0::1", "::1", 5000),
    ("fd00::/8", "fd12::1", 443),
]
NOT_COVERED = [
    ("example.com", "notexample.com", 443),
    ("example.com", "example.com.evil.net", 443),
    (".example.com", "example.com", 443),
    ("example.com:5000", "example.com", 443),
    ("10.0.0.0/8", "11.1.2.3", 443),
    ("10.0.0.0/8", "10.example.com", 443),
    ("10.0.0.0/8", "fd00::1", 443),
    ("10.0.0.0/99", "10.1.2.3", 443),
    ("10.1.2.3:5000", "10.1.2.3", 443),
    ("1.2.3", "10.1.2.3", 443),
    ("[::1]:5000", "::1", 443),
    ("", "example.com", 443),
    (".", "example.com", 443),
]


@pytest.mark.parametrize(("entry", "host", "port"), COVERED)
def test_covers(entry: str, host: str, port: int) -> None:
    assert is_direct(host, port, ["unrelated.net", entry])


@pytest.mark.parametrize(("entry", "host", "port"), NOT_COVERED)
def test_does_not_cover(entry: str, host: str, port: int) -> None:
    assert not is_direct(host, port, [entry])


def test_no_entry_covers_nothing() -> None:
    assert not is_direct("example.com", 443, [])


@given(st.text(), st.text(), st.integers(1, 65535))
def test_answers_for_anything(entry: str, host: str, port: int) -> None:
    assert is_direct(host, port, [entry]) in {True, False}
