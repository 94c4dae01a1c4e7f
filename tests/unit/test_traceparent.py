"""Traceparent: what W3C's form is, and nothing else is followed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.core.traceparent import Traceparent

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


@pytest.mark.parametrize(("flags", "sampled"), [("01", True), ("00", False), ("03", True), ("fe", False)])
def test_what_w3c_writes_is_read(flags: str, sampled: bool) -> None:
    found = Traceparent.parse(f"00-{TRACE}-{SPAN}-{flags}")
    assert found == Traceparent(trace=int(TRACE, 16), span=int(SPAN, 16), sampled=sampled)


@pytest.mark.parametrize(
    "written",
    [
        "",
        None,
        7,
        b"00",
        ["00"],
        {"unserialized": b"x"},
        f"01-{TRACE}-{SPAN}-01",
        f"ff-{TRACE}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}-01-more",
        f"00-{TRACE}-{SPAN}-01\n",
        f" 00-{TRACE}-{SPAN}-01",
        f"00-{TRACE.upper()}-{SPAN}-01",
        f"00-{TRACE[:-1]}-{SPAN}-01",
        f"00-{TRACE}-{SPAN}",
        f"00-{'0' * 32}-{SPAN}-01",
        f"00-{TRACE}-{'0' * 16}-01",
        f"00-{'٣' * 32}-{SPAN}-01",
    ],
)
def test_anything_else_is_nothing(written: object) -> None:
    assert Traceparent.parse(written) is None


@given(
    trace=st.integers(min_value=1, max_value=2**128 - 1),
    span=st.integers(min_value=1, max_value=2**64 - 1),
    sampled=st.booleans(),
)
def test_what_is_written_is_read_again(trace: int, span: int, sampled: bool) -> None:
    written = Traceparent(trace=trace, span=span, sampled=sampled)
    assert Traceparent.parse(str(written)) == written


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    found = Traceparent.parse(text)
    assert found is None or str(found)[:52] == text[:52]
