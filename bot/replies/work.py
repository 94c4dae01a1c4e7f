"""Work: one pass over one request: what is stored, what was told since, and where it stands in Slack."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from bot.cards.shown import Shown
from bot.replies.room import Room
from bot.replies.turnstile import Alone
from bot.slack.web import Mark, Posted, Web
from workers.core.audit import Entry, Happened
from workers.core.errors import BadInput
from workers.core.request import Request
from workers.store.anchors import Anchor
from workers.store.cards import CardRecord


@dataclass(slots=True, kw_only=True)
class Work:
    """`entries`: what card or thread have not shown yet, in order. `card` changes as things are posted."""

    room: Room
    web: Web
    entries: Sequence[Entry]
    shown: Shown
    card: CardRecord
    alone: Alone

    @classmethod
    def read(cls, room: Room, web: Web, request_id: str, alone: Alone) -> Self:
        """The entries first, so that the card is never older than the number it is said to have reached."""
        card = room.store.cards.load(request_id)
        entries = list(room.store.ledger.chain.of(request_id, after=min(card.drawn, card.told)))
        shown = room.service.shown(request_id)
        return cls(room=room, web=web, entries=entries, shown=shown, card=card, alone=alone)

    @property
    def request(self) -> Request:
        return self.shown.request

    @property
    def last(self) -> int:
        """The number of the last entry there is."""
        return self.entries[-1].sequence if self.entries else min(self.card.drawn, self.card.told)

    def mark(self, event_type: str, last: int | None = None) -> Mark:
        """By which a message is found again, and its anchor: what it shows of the audit chain, up to the entry `last`.

        What is shown was seen on a replica first: a failover must not take back what people were told.
        """
        shown = [entry for entry in self.entries if last is None or entry.sequence <= last]
        anchor = Anchor.of(shown[-1]) if shown else Anchor(sequence=0, hash="")
        if anchor.is_whole:
            self.room.store.anchors.note(anchor)
        return Mark(event_type=event_type, request=self.request.id, sequence=anchor.sequence, hash=anchor.hash)

    @property
    def channel(self) -> str:
        """Where the card stands or will; that of a registry which left the configuration still has to be shown."""
        if self.card.channel:
            return self.card.channel
        try:
            return self.room.config.channel_of(self.request.registry)
        except BadInput:
            return self.room.config.channels.default

    @property
    def posted(self) -> Posted | None:
        return Posted(channel=self.card.channel, ts=self.card.ts) if self.card.ts else None

    def begin_anew(self) -> None:
        """Forget where the card stood; everything told so far belongs to the next one."""
        self.save(channel="", ts="", permalink="", told=0, attached=False)
        self.entries = list(self.room.store.ledger.chain.of(self.request.id))

    def save(self, **changes: Any) -> None:
        """Change the record of the card, and keep it; raises Overtaken when that is for another process to do now."""
        self.alone.check()
        self.card = self.card.but(**changes)
        self.room.store.cards.save(self.request.id, self.card)


def is_footnote(entries: Sequence[Entry]) -> bool:
    """Whether these only add to a request that ended long ago that what it took was collected since."""
    return all(entry.action is Happened.COLLECTED and "by" in entry.details for entry in entries)


def is_progress(entries: Sequence[Entry]) -> bool:
    """Whether these are nothing but steps, which may be shown later, together with what follows."""
    return all(entry.action is Happened.STEP for entry in entries)
