"""Chain: the audit stream; each entry holds the hash of the one before, and its number is its id in the stream."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from redis import Redis
from redis.client import Pipeline

from workers.core.audit import Entry, Event, Head, append, verify
from workers.store import keys, records

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
        """The head, read through a pipeline that watches it."""
        return Pending(_head(pipe.hgetall(keys.AUDIT_HEAD)))

    def of(self, request_id: str, after: int = 0) -> Iterator[Entry]:
        """What was told of one request after the entry numbered `after`, in order."""
        numbers = [int(number) for number in self._redis.lrange(keys.events(request_id), 0, -1)]
        wanted = [number for number in numbers if number > after]
        for start in range(0, len(wanted), _PAGE):
            pipe = self._redis.pipeline(transaction=False)
            for number in wanted[start : start + _PAGE]:
                pipe.xrange(keys.AUDIT, f"{number}-0", f"{number}-0")
            for found in pipe.execute():
                yield from (_entry(fields) for _, fields in found)

    def all(self) -> Iterator[Entry]:
        """Every entry, oldest first."""
        start = "-"
        while page := self._redis.xrange(keys.AUDIT, start, "+", count=_PAGE):
            yield from (_entry(fields or {}) for _, fields in page)
            start = "(" + records.text(page[-1][0])

    def verify(self) -> int:
        """Walk the whole chain; how many entries it has. Raises NotAuthentic."""
        head = _head(self._redis.hgetall(keys.AUDIT_HEAD))
        return verify((entry for entry in self.all() if entry.sequence <= head.sequence), head)


def _head(stored: Mapping[Any, Any]) -> Head:
    if not stored:
        return Head()

    def build(data: Mapping[str, Any]) -> Head:
        return Head(sequence=int(data["sequence"]), hash=str(data["hash"]))

    plain = {records.text(key): records.text(value) for key, value in stored.items()}
    return records.read(records.write(plain), build, "the audit chain's head")


def _entry(fields: Mapping[Any, Any]) -> Entry:
    return records.read(fields.get(b"entry"), Entry.from_json, "an audit entry")
