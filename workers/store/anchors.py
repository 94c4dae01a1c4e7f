"""Anchors: what cards in Slack say of the audit chain, which Redis has to bear out.

Where it does not, it lost what it was told, and nothing more is carried out until somebody restored it, or accepted
the loss.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

from redis import Redis

from workers.core.audit import Entry
from workers.core.errors import BadRecord
from workers.store import keys, records
from workers.store.connection import asking
from workers.store.transaction import Transactions

_LENGTH: Final = 16
"""Hexadecimal digits of an entry's hash that are shown: enough that no other chain has them by chance."""
# Two who show something at once must not put the earlier one in place of the later one.
_NOTE: Final = """
if tonumber(redis.call('hget', KEYS[1], 'sequence') or 0) < tonumber(ARGV[1]) then
  redis.call('hset', KEYS[1], 'sequence', ARGV[1], 'hash', ARGV[2])
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """An audit entry's number and the beginning of its hash, which vouches for all entries before it."""

    sequence: int
    hash: str

    @classmethod
    def of(cls, entry: Entry) -> Self:
        return cls(sequence=entry.sequence, hash=entry.hash[:_LENGTH])

    @property
    def is_whole(self) -> bool:
        return self.sequence > 0 and len(self.hash) == _LENGTH


@dataclass(frozen=True, slots=True, kw_only=True)
class Halted:
    """`why` nothing more is carried out, in one sentence, since when (UTC, ISO 8601), and whether people were told."""

    why: str
    since: str
    told: bool = False

    def as_json(self) -> dict[str, Any]:
        return {"why": self.why, "since": self.since, "told": self.told}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        return cls(why=str(data["why"]), since=str(data["since"]), told=bool(data["told"]))


@dataclass(frozen=True, slots=True)
class Anchors:
    """Methods raise Unavailable when Redis does not answer."""

    redis: Redis
    transactions: Transactions

    def note(self, anchor: Anchor) -> None:
        """Remember the highest that is shown."""
        self.transactions.write(lambda pipe: pipe.eval(_NOTE, 1, keys.ANCHOR, str(anchor.sequence), anchor.hash))

    @asking()
    def unborne(self, shown: Iterable[Anchor]) -> Anchor | None:
        """The first that the chain does not have like this, among these and the highest that was noted here."""
        anchors = sorted((*shown, *self._noted()), key=lambda anchor: anchor.sequence)
        pipe = self.redis.pipeline(transaction=False)
        for anchor in anchors:
            pipe.xrange(keys.AUDIT, f"{anchor.sequence}-0", f"{anchor.sequence}-0")
        found = zip(anchors, pipe.execute(), strict=True)
        return next((anchor for anchor, entries in found if _anchor(entries) != anchor), None)

    def _noted(self) -> Sequence[Anchor]:
        stored = {records.text(name): records.text(value) for name, value in self.redis.hgetall(keys.ANCHOR).items()}
        if not stored:
            return ()
        return (Anchor(sequence=records.number(stored.get("sequence"), "anchor"), hash=stored.get("hash", "")),)

    @asking()
    def halted(self) -> Halted | None:
        stored = self.redis.get(keys.HALT)
        return None if stored is None else records.read(stored, Halted.from_json, "reason for the halt")

    def halt(self, why: str, now: datetime) -> Halted:
        """Let nothing more be carried out."""
        halted = Halted(why=why, since=now.isoformat())
        self._save(halted)
        return halted

    def was_told(self, halted: Halted) -> None:
        self._save(replace(halted, told=True))

    def _save(self, halted: Halted) -> None:
        self.transactions.write(lambda pipe: pipe.set(keys.HALT, records.write(halted.as_json())))

    def lift(self) -> None:
        self.transactions.write(lambda pipe: pipe.delete(keys.HALT))

    def accept(self, now: datetime) -> None:
        """Let what was shown before now no longer count: what is lost is lost."""

        def body(pipe: Any) -> None:
            pipe.set(keys.ACCEPTED, str(now.timestamp()))
            pipe.delete(keys.ANCHOR)

        self.transactions.write(body)

    @asking()
    def accepted_at(self) -> float:
        """Seconds since the epoch; 0 when no loss was ever accepted."""
        return float(records.text(self.redis.get(keys.ACCEPTED) or "0"))


def _anchor(entries: Sequence[Any]) -> Anchor | None:
    """What the chain has there; None where it has nothing that can be read."""
    if not entries:
        return None
    try:
        return Anchor.of(records.read(entries[0][1].get(b"entry"), Entry.from_json, "audit entry"))
    except BadRecord:
        return None
