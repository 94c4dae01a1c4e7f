"""Whatever stands in a chain that nobody vouches for, it is shown, and a terminal does nothing but print it."""

from dataclasses import replace
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from cli.audit import rows, telling
from cli.audit.summary import summaries
from tests.samples import ANN, NOW, json_values
from workers.core.audit import Entry, Event, Happened, Head, append

NAMES = [*telling._SAID, *telling._LINES, "to", "something new"]
details = st.dictionaries(st.sampled_from(NAMES), json_values, max_size=6)


def entry(action: Happened, told: dict[str, Any]) -> Entry:
    return replace(append(Head(), "r-00000001", Event.of(Happened.ALERT, ANN), NOW), action=action, details=told)


@given(st.sampled_from(Happened), details)
@example(Happened.STEP, {"step": float("inf")})
@example(Happened.ALERT, {"why": "\x1b]0;gone\x07\r\n\u202e"})
def test_every_detail_is_shown_and_printable(action: Happened, told: dict[str, Any]) -> None:
    lines = list(telling.lines(entry(action, told)))
    assert all(line.isprintable() for line in lines)
    for name in ("to", "something new"):
        assert any(f"{name} " in line for line in lines) or name not in told


@given(st.lists(st.tuples(st.sampled_from(Happened), details), max_size=4))
def test_every_request_has_its_line(told: list[tuple[Happened, dict[str, Any]]]) -> None:
    entries = [entry(Happened.OPENED, {}), *(entry(*each) for each in told)]
    shown = list(rows.lines(summaries(entries)))
    assert all(line.isprintable() for line in shown)
    assert 2 <= len(shown) <= 2 + sum(action is Happened.OPENED for action, _ in told)
