"""Sends payloads to the app: once and with a deadline, or, for events, again until taken."""

import asyncio
import contextlib
from collections.abc import Coroutine
from dataclasses import replace

from demo.workspace.delivery.parcel import DispatchFailed, Parcel, Road
from demo.workspace.journal import Journal
from demo.workspace.records import Json
from demo.workspace.settings import Patience


class Dispatcher:
    """`twice` sends every payload twice, as Slack does now and then."""

    def __init__(self, road: Road, patience: Patience, journal: Journal) -> None:
        self._road = road
        self._patience = patience
        self._journal = journal
        self._tasks: set[asyncio.Task[None]] = set()
        self.twice = False

    async def ask(self, parcel: Parcel) -> Json | None:
        """The ack's body; an ack after 3 s is `operation_timeout` and nothing is sent again.

        Raises:
            DispatchFailed: the app did not take it.
        """
        if self.twice:
            self._spawn(self._quietly(parcel))
        return await self._within_deadline(parcel)

    def tell(self, parcel: Parcel) -> None:
        """Deliver an event in the background, with redeliveries until one is acknowledged."""
        self._spawn(self._until_taken(parcel))
        if self.twice:
            self._spawn(self._until_taken(parcel))

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _within_deadline(self, parcel: Parcel) -> Json | None:
        try:
            body = await self._timed(parcel)
        except DispatchFailed as failed:
            self._journal.payload(parcel.kind, parcel.payload, failed.code)
            raise
        self._journal.payload(parcel.kind, parcel.payload, "acknowledged")
        return body

    async def _timed(self, parcel: Parcel) -> Json | None:
        try:
            async with asyncio.timeout(self._patience.ack):
                return await self._road.send(parcel)
        except TimeoutError:
            raise DispatchFailed("operation_timeout", "http_timeout") from None

    async def _quietly(self, parcel: Parcel) -> None:
        with contextlib.suppress(DispatchFailed):  # the user is told of the first copy's failure only
            await self._within_deadline(parcel)

    async def _until_taken(self, parcel: Parcel) -> None:
        for attempt, pause in enumerate((0.0, *self._patience.event_retries)):
            await asyncio.sleep(pause)
            try:
                await self._within_deadline(replace(parcel, attempt=attempt))
            except DispatchFailed as failed:
                parcel = replace(parcel, reason=failed.reason)
            else:
                return

    def _spawn(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
