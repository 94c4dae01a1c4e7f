"""Outcomes: how steps ended, and how they are counted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.core.outcome import NOTHING_YET, Outcome, Result, Tally

COUNTED = {
    Result.DONE: Tally(done=1),
    Result.GONE: Tally(done=1),
    Result.UNTAGGED: Tally(done=1),
    Result.SKIPPED: Tally(skipped=1),
    Result.FAILED: Tally(failed=1),
}


@pytest.mark.parametrize("result", Result)
def test_every_result_counts_once(result: Result) -> None:
    assert Tally.of([Outcome(step=0, result=result)]) == COUNTED[result]


def test_nothing_counts_as_nothing() -> None:
    assert Tally.of([]) == NOTHING_YET
    assert NOTHING_YET.total == 0


outcomes = st.builds(Outcome, step=st.integers(), result=st.sampled_from(Result), why=st.text(max_size=9))


@given(st.lists(outcomes))
def test_the_parts_make_the_total(made: list[Outcome]) -> None:
    tally = Tally.of(made)
    assert tally.total == tally.done + tally.skipped + tally.failed == len(made)


@given(outcomes)
def test_an_outcome_comes_back_from_json_as_it_was(outcome: Outcome) -> None:
    assert Outcome.from_json(json.loads(json.dumps(outcome.as_json()))) == outcome
