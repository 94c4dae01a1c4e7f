"""Summaries: in order, from the entries alone, and no more of them held at once than have to be."""

from collections.abc import Iterator
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from cli.audit.summary import summaries
from tests.samples import ANN, BEN, NOW
from workers.core.audit import Entry, Event, Happened, Head, append
from workers.core.request import State

ENDS = {
    Happened.REFUSED: State.REFUSED,
    Happened.EXPIRED: State.EXPIRED,
    Happened.CANCELLED: State.CANCELLED,
    Happened.DONE: State.DONE,
    Happened.FAILED: State.FAILED,
    Happened.STALE: State.STALE,
    Happened.DENIED: State.DENIED,
}


class Reading:
    """Entries, of which it is known how many were asked for."""

    def __init__(self) -> None:
        self.head, self.now, self.entries, self.read = Head(), NOW, list[Entry](), 0

    def tell(self, request: str, action: Happened, actor: str = ANN, after: timedelta = timedelta(seconds=1)) -> None:
        self.now += after
        self.entries.append(append(self.head, request, Event.of(action, actor), self.now))
        self.head = self.entries[-1].head

    def __iter__(self) -> Iterator[Entry]:
        for number, each in enumerate(self.entries, start=1):
            self.read = number
            yield each


def test_each_is_given_as_soon_as_nothing_more_is_told_of_it_and_of_those_before_it() -> None:
    reading = Reading()
    for name in ("one", "two"):
        reading.tell(name, Happened.OPENED)
    for name in ("two", "one"):
        reading.tell(name, Happened.DONE)
    reading.tell("three", Happened.OPENED)
    given_at = [(each.request, reading.read) for each in summaries(reading)]
    assert given_at == [("one", 4), ("two", 4), ("three", 5)]


def test_a_denial_waits_a_day_for_its_explanation() -> None:
    reading = Reading()
    for name in ("silent", "explained"):
        reading.tell(name, Happened.OPENED)
        reading.tell(name, Happened.DENIED, BEN)
    reading.tell("later", Happened.OPENED, after=timedelta(hours=1))
    reading.tell("explained", Happened.EXPLAINED, BEN)
    reading.tell("later", Happened.DONE, after=timedelta(days=2))
    reading.tell("last", Happened.OPENED)
    assert [(each.request, reading.read) for each in summaries(reading)][:2] == [("silent", 7), ("explained", 7)]


def test_what_is_told_after_the_end_changes_no_end() -> None:
    reading = Reading()
    reading.tell("denied", Happened.OPENED)
    reading.tell("denied", Happened.DENIED, BEN)
    ended = reading.entries[-1].at
    reading.tell("denied", Happened.ALERT)
    (summary,) = summaries(reading)
    assert (summary.state, summary.ended_at, summary.decider) == (State.DENIED, ended, BEN)


@given(st.lists(st.tuples(st.sampled_from("abcdef"), st.sampled_from([Happened.OPENED, Happened.STARTED, *ENDS]))))
def test_whatever_is_told_each_request_has_one_line_and_its_last_state(told: list[tuple[str, Happened]]) -> None:
    reading, opened, states = Reading(), list[str](), dict[str, State]()
    for name, action in told:
        if (action is Happened.OPENED) == (name in opened) or states.get(name, State.PLANNING).is_final:
            continue  # a request is opened once, and nothing is done with it before that or after its end
        reading.tell(name, action)
        if action is Happened.OPENED:
            opened.append(name)
        states[name] = ENDS.get(action, State.PLANNING if action is Happened.OPENED else State.RUNNING)
    found = list(summaries(reading))
    assert [each.request for each in found] == opened
    assert {each.request: each.state for each in found} == states
