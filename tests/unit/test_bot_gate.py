"""The gate before the desk: as many at a time as there are places, and nobody waits for long."""

import asyncio
import threading

import pytest

from bot.listeners.gate import Busy, Gate
from bot.wording import told


async def test_work_is_done_beside_the_loop_and_its_result_comes_back() -> None:
    gate = Gate(at_once=1)
    assert await gate.run(int, "7") == 7
    assert await gate.run(threading.get_ident) != threading.get_ident()
    with pytest.raises(ValueError, match="invalid literal"):
        await gate.run(int, "x")
    assert await gate.run(int, "8", base=9) == 8


async def test_who_would_wait_too_long_is_told_at_once_and_those_before_are_served() -> None:
    gate, opened = Gate(at_once=2, patience=0.05), threading.Event()
    inside = [asyncio.create_task(gate.run(opened.wait, 10)) for _ in range(2)]
    await asyncio.sleep(0)
    with pytest.raises(Busy) as caught:
        await gate.run(int, "7")
    assert told(caught.value, "0") == "Not taken: busy with other commands; try again in a moment."
    opened.set()
    assert await asyncio.gather(*inside) == [True, True]
    assert await gate.run(int, "7") == 7


async def test_a_short_wait_is_waited() -> None:
    gate, opened = Gate(at_once=1, patience=5), threading.Event()
    first = asyncio.create_task(gate.run(opened.wait, 10))
    await asyncio.sleep(0)
    second = asyncio.create_task(gate.run(int, "7"))
    await asyncio.sleep(0.01)
    assert not second.done()
    opened.set()
    assert await first
    assert await second == 7
