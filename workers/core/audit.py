"""Audit: what happened, as entries that each hold the hash of the one before."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from workers.core.errors import NotAuthentic
from workers.core.plan import Json, canonical

SYSTEM: Final = "regclean"
START: Final = "0" * 64


class Happened(StrEnum):
    """Everything that can be told of a request."""

    OPENED = "opened"
    PLANNED = "planned"
    REFUSED = "refused"
    APPROVED = "approved"
    DENIED = "denied"
    EXPLAINED = "explained"
    EXPIRED = "expired"
    CANCELLING = "cancelling"
    CANCELLED = "cancelled"
    STARTED = "started"
    RESUMED = "resumed"
    WAITING = "waiting"
    STEP = "step"
    FENCED = "fenced"
    COLLECTED = "collected"
    UNFENCED = "unfenced"
    VERIFIED = "verified"
    MENDED = "mended"
    ALERT = "alert"
    STALE = "stale"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that happened to a request; `actor` is a Slack user id, or regclean itself."""

    action: Happened
    actor: str = SYSTEM
    details: Mapping[str, Json]

    @classmethod
    def of(cls, action: Happened, actor: str = SYSTEM, /, **details: Json) -> Self:
        return cls(action=action, actor=actor, details=details)


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where the chain stands: the last entry's sequence number and hash."""

    sequence: int = 0
    hash: str = START


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """An event in its place in the chain; `at` is UTC in ISO 8601, and `seal` the signature on its hash."""

    sequence: int
    at: str
    actor: str
    request: str
    action: Happened
    details: Mapping[str, Json]
    previous: str
    hash: str = ""
    seal: str = ""

    def as_json(self) -> dict[str, Json]:
        return {
            "sequence": self.sequence,
            "at": self.at,
            "actor": self.actor,
            "request": self.request,
            "action": self.action.value,
            "details": dict(self.details),
            "previous": self.previous,
            "hash": self.hash,
            "seal": self.seal,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        return cls(
            sequence=int(data["sequence"]),
            at=str(data["at"]),
            actor=str(data["actor"]),
            request=str(data["request"]),
            action=Happened(data["action"]),
            details=dict(data["details"]),
            previous=str(data["previous"]),
            hash=str(data["hash"]),
            seal=str(data.get("seal", "")),
        )

    def hashed(self) -> str:
        """SHA-256 over everything but the hash itself and its seal; anybody can compute it."""
        content = self.as_json()
        del content["hash"], content["seal"]
        return hashlib.sha256(canonical(content)).hexdigest()

    @property
    def head(self) -> Head:
        return Head(sequence=self.sequence, hash=self.hash)


def append(head: Head, request: str, event: Event, now: datetime) -> Entry:
    """The entry that follows `head`; its details are as JSON gives them back, so that its hash holds for good."""
    entry = Entry(
        sequence=head.sequence + 1,
        at=now.isoformat(),
        actor=event.actor,
        request=request,
        action=event.action,
        details=json.loads(canonical(event.details)),
        previous=head.hash,
    )
    return replace(entry, hash=entry.hashed())


def verify(entries: Iterable[Entry], head: Head) -> int:
    """Walk the whole chain; the number of entries. Raises NotAuthentic naming the first entry that does not fit."""
    last = follow(Head(), entries)
    check_end(last, head)
    return last.sequence


def check_end(last: Head, head: Head) -> None:
    """Raise NotAuthentic when the chain's last entry is not the one that its head names."""
    if last != head:
        raise NotAuthentic(f"The audit chain ends at entry {last.sequence}, but its head says {head.sequence}.")


def follow(last: Head, entries: Iterable[Entry]) -> Head:
    """Walk on from an entry that was seen to fit; the last one seen. Raises NotAuthentic as `verify` does."""
    for entry in entries:
        if entry.sequence != last.sequence + 1:
            raise NotAuthentic(f"The audit chain jumps from entry {last.sequence} to entry {entry.sequence}.")
        if entry.previous != last.hash or entry.hash != entry.hashed():
            raise NotAuthentic(f"Audit entry {entry.sequence} was changed, or one before it was.")
        last = entry.head
    return last
