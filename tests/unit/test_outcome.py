"""Outcomes: how steps ended, and how they are counted."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workers.core.errors import BadRecord
from workers.core.outcome import NOTHING_YET, Outcome, Result, Tally
from workers.core.whole import LARGEST

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


outcomes = st.builds(
    Outcome,
    step=st.integers(0, LARGEST),
    result=st.sampled_from(Result),
    why=st.text(max_size=9),
    left=st.integers(0, 9),
)


@given(st.lists(outcomes))
def test_the_parts_make_the_total(made: list[Outcome]) -> None:
    tally = Tally.of(made)
    assert tally.total == tally.done + tally.skipped + tally.failed == len(made)


@given(outcomes)
def test_an_outcome_comes_back_from_json_as_it_was(outcome: Outcome) -> None:
    assert Outcome.from_json(json.loads(json.dumps(outcome.as_json()))) == outcome


@pytest.mark.parametrize("step", [-1, 2**63, 1.0, True, "1", None])
def test_a_step_that_no_plan_can_have_is_damaged(step: object) -> None:
    """One below zero would be told of a step counted from the plan's end."""
    with pytest.raises(BadRecord):
        Outcome.from_json({"step": step, "result": "done", "why": ""})


def test_an_outcome_of_an_older_regclean_left_nothing_alone() -> None:
    assert Outcome.from_json({"step": 1, "result": "done", "why": ""}).left == 0
