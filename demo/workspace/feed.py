"""What the people's screens are told: one live stream a user, the notices each was shown, and a count to wait on."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from demo.workspace.records import Json


class Feed:
    """Streams for browsers; `changes` grows with everything told, so that a test can wait instead of polling."""

    def __init__(self) -> None:
        self.changes = 0
        self.notes: dict[str, list[Json]] = defaultdict(list)
        self._streams: dict[str, set[asyncio.Queue[Json]]] = defaultdict(set)
        self._changed = asyncio.Event()

    def tell(self, users: Iterable[str], item: Json) -> None:
        for user in users:
            for stream in self._streams[user]:
                stream.put_nowait(item)
        self.touch()

    def note(self, user: str, text: str, kind: str = "error") -> None:
        """Show `user` a notice such as Slackbot's about a failed command."""
        item = {"type": "note", "text": text, "kind": kind}
        self.notes[user].append(item)
        self.tell([user], item)

    def touch(self) -> None:
        self.changes += 1
        self._changed.set()
        self._changed = asyncio.Event()

    @contextmanager
    def stream(self, user: str) -> Iterator[asyncio.Queue[Json]]:
        queue: asyncio.Queue[Json] = asyncio.Queue()
        self._streams[user].add(queue)
        try:
            yield queue
        finally:
            self._streams[user].discard(queue)

    async def wait_past(self, seen: int, seconds: float) -> int:
        """Return the count once it exceeds `seen`, or after `seconds`."""
        try:
            async with asyncio.timeout(seconds):
                while self.changes <= seen:
                    await self._changed.wait()
        except TimeoutError:
            return self.changes
        return self.changes
