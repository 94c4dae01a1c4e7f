"""Chain: the audit stream; each entry holds the hash of the one before, and its number is its id in the stream.

Entries and head are sealed with the signing key, so that only who holds it can add to the chain.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from redis import Redis
from redis.client import Pipeline
from redis.exceptions import WatchError

from workers.core.approval import KeyRing
from workers.core.audit import Entry, Event, Head, append, check_end, follow
from workers.core.errors import BadInput, NotAuthentic
from workers.core.sealing import Top, Walk, sealed
from workers.store import keys, records
from workers.store.connection import asking

_PAGE: Final = 500
_NOTHING: Final = Head()


class Pending:
    """Entries that follow the head, gathered for one transaction."""

    def __init__(self, head: Head, ring: KeyRing) -> None:
        self._head = head
        self._ring = ring
        self._entries: list[Entry] = []

    @property
    def sequence(self) -> int:
        """The number of the last entry."""
        return self._head.sequence

    def append(self, request_id: str, events: Sequence[Event], now: datetime) -> None:
        for event in events:
            entry = sealed(append(self._head, request_id, event, now), self._ring)
            self._entries.append(entry)
            self._head = entry.head

    def finish(self, pipe: Pipeline) -> None:
        """Add the commands to a pipeline that is past MULTI."""
        for entry in self._entries:
            pipe.xadd(keys.AUDIT, {"entry": records.write(entry.as_json())}, id=f"{entry.sequence}-0")
            pipe.rpush(keys.events(entry.request), entry.sequence)
        _save(pipe, Top.of(self._head, self._ring))


class Chain:
    """The audit stream; without keys it can be read and walked along, but nothing vouches for it."""

    def __init__(self, redis: Redis, ring: KeyRing | None) -> None:
        self._redis = redis
        self._ring = ring

    @property
    def is_keyed(self) -> bool:
        """Whether signatures are looked at, and not hashes alone."""
        return self._ring is not None

    def read(self, pipe: Pipeline) -> Pending:
        """The head, read through a pipeline that watches it.

        Raises BadRecord when it is not that of the stream's last entry: Redis would refuse the next entry, and still
        carry out the rest of its transaction. Raises NotAuthentic when no key of ours vouches for it.
        """
        top = _top(pipe.hgetall(keys.AUDIT_HEAD))
        if top.head.sequence != _newest(pipe):
            if top != _top(pipe.hgetall(keys.AUDIT_HEAD)):
                raise WatchError("The audit chain grew while it was looked at.")
            raise records.damaged("head of the audit chain")
        top.check(self._keys)
        return Pending(top.head, self._keys)

    def reseal(self, pipe: Pipeline, head: Head) -> None:
        """Vouch for a head that a lost key sealed, through a pipeline that watches it; NotAuthentic for another one."""
        if _top(pipe.hgetall(keys.AUDIT_HEAD)).head != head:
            raise NotAuthentic("The audit chain was added to meanwhile, so it needs no other signature.")
        pipe.multi()
        _save(pipe, Top.of(head, self._keys))

    @property
    def _keys(self) -> KeyRing:
        if self._ring is None:
            raise BadInput("REGCLEAN_SIGNING_KEY is not set, so nobody can vouch for the audit chain; set it.")
        return self._ring

    @asking()
    def first_of(self, request_id: str) -> int:
        """The number of the first entry on a request's list, 0 when there is no such list; see `of`."""
        first = self._redis.lindex(keys.events(request_id), 0)
        return records.number(first, f"list of audit entries of {request_id}") if first is not None else 0

    def of(self, request_id: str, after: int = 0) -> Iterator[Entry]:
        """What was told of one request after the entry numbered `after`, in order; raises BadRecord, Unavailable.

        To be shown to people. What is decided by needs `proved`: whoever writes to Redis can change the list of a
        request's entries.
        """
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

    def proved(self, start: Entry) -> Sequence[Entry]:
        """`start` and what was told of its request since, all of it, vouched for by the chain's head.

        Walks over every entry in between, of whatever request. Raises NotAuthentic, BadRecord, Unavailable.
        """
        top = self.top()
        top.check(self._keys)
        last, told = Head(sequence=start.sequence - 1, hash=start.previous), list[Entry]()
        for entry in self.all(after=last.sequence):
            if entry.sequence > top.head.sequence:
                break
            last = follow(last, (entry,))
            if entry.request == start.request:
                told.append(entry)
        check_end(last, top.head)
        return told

    def all(self, after: int = 0, page: int = _PAGE) -> Iterator[Entry]:
        """Every entry after the one numbered `after`, oldest first, a page at a time; raises BadRecord, Unavailable."""
        start = f"({after}-0" if after else "-"
        while found := self._following(start, page):
            yield from (_entry(fields or {}, f"audit entry at {records.text(place)}") for place, fields in found)
            start = "(" + records.text(found[-1][0])

    @asking()
    def _following(self, start: str, count: int = _PAGE) -> Sequence[Any]:
        return self._redis.xrange(keys.AUDIT, start, "+", count=count) or ()

    def walk(self, after: Head = _NOTHING) -> Walk:
        """A walk that starts before the first entry, or after one that what follows vouches for."""
        return Walk(ring=self._ring, last=after, vouched=after.sequence)

    def follow(self, walk: Walk, count: int) -> bool:
        """Walk on over at most `count` entries; whether that was the whole chain, vouched for at its end.

        Raises NotAuthentic, BadRecord, Unavailable.
        """
        top = self.top()
        found = self._following(f"({walk.last.sequence}-0", count)
        entries = [_entry(fields or {}, f"audit entry at {records.text(place)}") for place, fields in found]
        walk.on(entry for entry in entries if entry.sequence <= top.head.sequence)
        is_whole = len(entries) < count
        if is_whole:
            walk.end(top)
        if entries and entries[-1].sequence > self.head().sequence:
            raise _goes_on()
        return is_whole

    def verify(self) -> int:
        """Walk the whole chain; how many entries it has. Raises NotAuthentic, BadRecord, Unavailable."""
        return self.walked().sequence

    def walked(self) -> Head:
        """The same; where the chain ends."""
        top, walk = self.top(), self.walk()
        walk.on(entry for entry in self.all() if entry.sequence <= top.head.sequence)
        walk.end(top)
        with asking():
            newest = _newest(self._redis)
        if newest > self.head().sequence:
            raise _goes_on()
        return top.head

    def head(self) -> Head:
        """The number and hash of the last entry; raises BadRecord, Unavailable."""
        return self.top().head

    def check(self) -> None:
        """Raise NotAuthentic unless a key of ours vouches for the head; nothing can be added to such a chain."""
        self.top().check(self._keys)

    @asking()
    def top(self) -> Top:
        """The same, with the seal of whoever wrote it last."""
        return _top(self._redis.hgetall(keys.AUDIT_HEAD))


def _save(pipe: Pipeline, top: Top) -> None:
    pipe.hset(keys.AUDIT_HEAD, mapping={"sequence": top.head.sequence, "hash": top.head.hash, "seal": top.seal})


def _goes_on() -> NotAuthentic:
    return NotAuthentic("The audit chain goes on after its head.")


def _top(stored: Mapping[Any, Any]) -> Top:
    if not stored:
        return Top()

    def build(data: Mapping[str, Any]) -> Top:
        head = Head(sequence=int(data["sequence"]), hash=str(data["hash"]))
        return Top(head=head, seal=str(data.get("seal", "")))

    plain = {records.text(key): records.text(value) for key, value in stored.items()}
    return records.read(records.write(plain), build, "head of the audit chain")


def _newest(redis: Redis) -> int:
    """The number of the stream's last entry, 0 when it has none."""
    last = redis.xrevrange(keys.AUDIT, count=1)
    place = records.text(last[0][0]) if last else "0-0"
    return records.number(place.partition("-")[0], "audit chain")


def _entry(fields: Mapping[Any, Any], what: str) -> Entry:
    return records.read(fields.get(b"entry"), Entry.from_json, what)
