"""Recorder: writes what steps did, several in one transaction when they end together; each waits until it is saved."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

from workers.core.audit import Event, Happened
from workers.core.outcome import Outcome, Result
from workers.core.plan import Plan, Step
from workers.store.journal import Journal


@dataclass(slots=True)
class Recorder:
    """Use it in `async with`; `record` returns once the outcome is in Redis, and raises Unavailable if it is not."""

    journal: Journal
    request_id: str
    _waiting: list[tuple[Outcome, Event, asyncio.Future[None]]] = field(default_factory=list)
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _writer: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._writer = asyncio.create_task(self._write())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._writer:
            self._writer.cancel()
            await asyncio.gather(self._writer, return_exceptions=True)

    async def record(self, outcome: Outcome, step: Step) -> None:
        saved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((outcome, told(outcome, step), saved))
        self._wake.set()
        await saved

    async def _write(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            batch, self._waiting = self._waiting, []
            outcomes: Sequence[Outcome] = [outcome for outcome, _, _ in batch]
            events = [event for _, event, _ in batch]
            try:
                await asyncio.to_thread(self.journal.record, self.request_id, outcomes, events)
            except Exception as error:  # noqa: BLE001 - handed to every step that waits for it
                _answer(batch, error)
            else:
                _answer(batch, None)


def _answer(batch: Sequence[tuple[Outcome, Event, asyncio.Future[None]]], error: Exception | None) -> None:
    for _, _, saved in batch:
        if saved.done():
            continue
        if error:
            saved.set_exception(error)
        else:
            saved.set_result(None)


def told(outcome: Outcome, step: Step) -> Event:
    """The audit event of a step's outcome."""
    names = [f"{step.repository}:{tag}" for tag in step.tags] or [f"{step.repository}@{step.digest}"]
    return Event.of(
        Happened.STEP,
        step=outcome.step,
        verb=step.verb.value,
        reference=", ".join(names),
        digest=str(step.digest),
        result=outcome.result.value,
        why=outcome.why,
    )


def tried_not(plan: Plan, done: Mapping[int, Outcome], why: str) -> Sequence[tuple[Outcome, Step]]:
    """Outcomes for the steps that were never tried."""
    return [
        (Outcome(step=number, result=Result.FAILED, why=f"not tried: {why}"), step)
        for number, step in enumerate(plan.steps)
        if number not in done
    ]
