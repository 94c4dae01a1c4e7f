"""Chain: the audit stream; each entry holds the hash of the one before, and its number is its id in the stream."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import WatchError

from workers.core.audit import Entry, Event, Head, append, follow, verify
from workers.core.errors import NotAuthentic
from workers.store import keys, records
from workers.store.connection import asking

_PAGE: Final = 500


class Pending:
    """Entries that follow the head, gathered for one transaction."""

    def __init__(self, head: Head) -> None:
        self._head = head
        self._entries: list[Entry] = []

    @property
    def sequence(self) -> int:
        """The number of the last entry."""
        return self._head.sequence

    def append(self, request_id: str, events: Sequence[Event], now: datetime) -> None:
        for event in events:
            entry = append(self._head, request_id, event, now)
            self._entries.append(entry)
            self._head = entry.head

    def finish(self, pipe: Pipeline) -> None:
        """Add the commands to a pipeline that is past MULTI."""
        for entry in self._entries:
            pipe.xadd(keys.AUDIT, {"entry": records.write(entry.as_json())}, id=f"{entry.sequence}-0")
            pipe.rpush(keys.events(entry.request), entry.sequence)
        pipe.hset(keys.AUDIT_HEAD, mapping={"sequence": self._head.sequence, "hash": self._head.hash})


class Chain:
    """Reads the audit stream."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis

    def read(self, pipe: Pipeline) -> Pending:
        """The head, read through a pipeline that watches it.

        Raises BadRecord when it is not that of the stream's last entry: Redis would refuse the next entry, and still
        carry out the rest of its transaction.
        """
        head = _head(pipe.hgetall(keys.AUDIT_HEAD))
        if head.sequence != _newest(pipe):
            if head != _head(pipe.hgetall(keys.AUDIT_HEAD)):
                raise WatchError("The audit chain grew while it was looked at.")
            raise records.damaged("head of the audit chain")
        return Pending(head)

    def of(self, request_id: str, after: int = 0) -> Iterator[Entry]:
        """What was told of one request after the entry numbered `after`, in order; raises BadRecord, Unavailable."""
        with asking():
            listed = self._redis.lrange(keys.events(request_id), 0, -1)
        numbers = [records.number(each, f"list of audit entries of {request_id}") for each in listed]
        wanted = [number for number in numbers if number > after]
        for start in range(0, len(wanted), _PAGE):
            yield from self._page(wanted[start : start + _PAGE])

    def _page(self, numbers: Sequence[int]) -> Iterator[Entry]:
        with asking():
            pipe = self._redis.pipeline(transaction=False)
            for number in numbers:
                pipe.xrange(keys.AUDIT, f"{number}-0", f"{number}-0")
            pages = pipe.execute()
        for number, found in zip(numbers, pages, strict=True):
            yield _entry(found[0][1] if found else {}, f"audit entry {number}")

    def all(self) -> Iterator[Entry]:
        """Every entry, oldest first; raises BadRecord, Unavailable."""
        start = "-"
        while page := self._following(start):
            yield from (_entry(fields or {}, f"audit entry at {records.text(place)}") for place, fields in page)
            start = "(" + records.text(page[-1][0])

    @asking()
    def _following(self, start: str) -> Sequence[Any]:
        return self._redis.xrange(keys.AUDIT, start, "+", count=_PAGE) or ()

    def follow(self, last: Head, count: int) -> Head:
        """Walk on over at most `count` entries; the last one seen, which is `last` itself at the chain's end.

        Raises NotAuthentic, BadRecord, Unavailable.
        """
        head = self.head()
        with asking():
            found = self._redis.xrange(keys.AUDIT, f"({last.sequence}-0", "+", count=count) or ()
        entries = [_entry(fields or {}, f"audit entry at {records.text(place)}") for place, fields in found]
        reached = follow(last, (entry for entry in entries if entry.sequence <= head.sequence))
        if len(entries) < count and reached != head:
            raise NotAuthentic(f"The audit chain ends at entry {reached.sequence}, but its head is another one.")
        if entries and entries[-1].sequence > self.head().sequence:
            raise _goes_on()
        return reached

    def verify(self) -> int:
        """Walk the whole chain; how many entries it has. Raises NotAuthentic, BadRecord, Unavailable."""
        head = self.head()
        count = verify((entry for entry in self.all() if entry.sequence <= head.sequence), head)
        with asking():
            newest = _newest(self._redis)
        if newest > self.head().sequence:
            raise _goes_on()
        return count

    @asking()
    def head(self) -> Head:
        """The number and hash of the last entry; raises BadRecord, Unavailable."""
        return _head(self._redis.hgetall(keys.AUDIT_HEAD))


def _goes_on() -> NotAuthentic:
    return NotAuthentic("The audit chain goes on after its head.")


def _head(stored: Mapping[Any, Any]) -> Head:
    if not stored:
        return Head()

    def build(data: Mapping[str, Any]) -> Head:
        return Head(sequence=int(data["sequence"]), hash=str(data["hash"]))

    plain = {records.text(key): records.text(value) for key, value in stored.items()}
    return records.read(records.write(plain), build, "head of the audit chain")


def _newest(redis: Redis) -> int:
    """The number of the stream's last entry, 0 when it has none."""
    last = redis.xrevrange(keys.AUDIT, count=1)
    place = records.text(last[0][0]) if last else "0-0"
    return records.number(place.partition("-")[0], "audit chain")


def _entry(fields: Mapping[Any, Any], what: str) -> Entry:
    return records.read(fields.get(b"entry"), Entry.from_json, what)
