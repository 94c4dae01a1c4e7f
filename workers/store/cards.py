"""Cards: where in Slack a request is shown, and how far its card and thread have come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from redis import Redis
from redis.client import Pipeline

from workers.store import keys, records
from workers.store.connection import asking
from workers.store.transaction import Transactions


@dataclass(frozen=True, slots=True, kw_only=True)
class CardRecord:
    """`ts` names the message; `drawn` and `told` are the audit numbers that the card and the thread have reached.

    `posting` is set while a post is on its way: a process that died then looks before it posts again.
    `answered`: the asker was sent the link, in the state named. `trouble`: why it could not be shown.
    """

    channel: str = ""
    ts: str = ""
    permalink: str = ""
    drawn: int = 0
    told: int = 0
    posting: str = ""
    answered: str = ""
    trouble: str = ""
    attached: bool = False

    def but(self, **changes: Any) -> Self:
        return replace(self, **changes)

    def as_json(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Self:
        """Read a card of any version: what it does not have yet is empty, and what is not known here is left out."""
        empty = cls()
        known = cls.__dataclass_fields__.keys() & data.keys()
        return cls(**{name: type(getattr(empty, name))(data[name]) for name in known})


@dataclass(frozen=True, slots=True)
class Cards:
    """Methods raise Unavailable when Redis does not answer."""

    redis: Redis
    transactions: Transactions

    @asking()
    def load(self, request_id: str) -> CardRecord:
        """An empty record when nothing was posted yet."""
        return _card(self.redis.get(keys.card(request_id)), request_id)

    @asking()
    def load_all(self, request_ids: Sequence[str]) -> list[CardRecord]:
        """Several in one round trip, in their order."""
        stored = self.redis.mget([keys.card(each) for each in request_ids]) if request_ids else []
        return [_card(each, request_id) for each, request_id in zip(stored, request_ids, strict=True)]

    def save(self, request_id: str, card: CardRecord) -> None:
        self.transactions.write(lambda pipe: pipe.set(keys.card(request_id), records.write(card.as_json())))

    @asking()
    def behind(self) -> tuple[str, ...]:
        """Ids of requests whose card or thread may be behind."""
        return tuple(sorted(records.text(member) for member in self.redis.smembers(keys.UNSHOWN)))

    def caught_up(self, request_id: str, sequence: int) -> None:
        """Forget that a request is behind, unless something was told of it after `sequence`."""

        def body(pipe: Pipeline) -> None:
            last = pipe.lindex(keys.events(request_id), -1)
            if last is None or records.number(last, f"list of audit entries of {request_id}") <= sequence:
                pipe.multi()
                pipe.srem(keys.UNSHOWN, request_id)

        self.transactions.save([keys.events(request_id)], body)


def _card(stored: bytes | str | None, request_id: str) -> CardRecord:
    if stored is None:
        return CardRecord()
    return records.read(stored, CardRecord.from_json, f"card of {request_id}")
