"""A crowd before two replicas of the bot, for a short while; `python -m benchmarks.load` is the same in full."""

import asyncio
from pathlib import Path

import pytest

from benchmarks.crowd import Phase
from benchmarks.load import load, town

PHASES = [Phase(rate=12, seconds=10), Phase(rate=2, seconds=5)]
GROWN = 20_000
"""kB; the full run shows that memory does not grow on."""


@pytest.mark.parametrize("mode", ["socket", pytest.param("http", marks=pytest.mark.long)])
def test_everybody_is_answered_in_time_and_no_answer_is_lost(tmp_path: Path, mode: str) -> None:
    with town(tmp_path, mode) as at:
        result = asyncio.run(load(at, mode, PHASES, people=40))
    assert [len(typed) for _, typed in result.phases] == [120, 10]
    assert result.failed == []
    assert result.lists_lost == 0
    assert all(held[-1] - held[0] < GROWN for held in result.memory)
