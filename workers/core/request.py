"""Request: what someone asked for, with its state; every transition is a method that returns the next Request.

planning -> pending -> approved -> running -> done | failed
and off that road refused, denied, expired, cancelled, stale.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Final, Self

from workers.core.approval import Approval
from workers.core.echo import echo
from workers.core.errors import BadRecord, WrongState
from workers.core.moment import moment
from workers.core.outcome import NOTHING_YET, Tally
from workers.core.plan import Json, Plan
from workers.core.whole import LARGEST, whole

VERSION: Final = 1
_ID: Final = re.compile(r"[A-Za-z0-9-]{1,40}")
_FINGERPRINT: Final = re.compile(r"[0-9a-f]{64}|")


class State(StrEnum):
    PLANNING = "planning"
    PENDING = "pending"
    APPROVED = "approved"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    DENIED = "denied"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    STALE = "stale"

    @property
    def is_final(self) -> bool:
        return self not in _OPEN


_OPEN: Final = frozenset({State.PLANNING, State.PENDING, State.APPROVED, State.RUNNING})
_ENDS: Final = frozenset({State.DONE, State.FAILED, State.STALE, State.EXPIRED, State.CANCELLED})


class Action(StrEnum):
    """What a request does; each has its planning and its executing job."""

    REMOVE = "rm"
    UNTAGGED = "rm --untagged"
    COLLECT = "gc"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a request came from and how its asker can be answered.

    `response_url` works 5 times in 30 minutes; `share` asks for answers that everybody sees.
    """

    channel: str
    response_url: str = ""
    share: bool = False

    def as_json(self) -> dict[str, Json]:
        return {"channel": self.channel, "response_url": self.response_url, "share": self.share}

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        return cls(channel=str(data["channel"]), response_url=str(data["response_url"]), share=bool(data["share"]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """`targets`: references as canonical text, or repositories for `rm --untagged`, or nothing for `gc`.

    `accepts_damage`: a collection goes on although images are damaged already, as long as the card lists them.
    `group` links requests made by one command. `attempt` numbers the jobs of the current phase. `note` is the last
    sentence about why the request stands where it stands. `troubles` counts attempts in a row that got nowhere, and
    `retry_at` is when the next one may start. `decider` denied or cancelled it. `freed` is in bytes, as
    measured, and None where nobody could measure. `revision` counts saved changes.
    """

    id: str
    action: Action
    registry: str
    targets: tuple[str, ...]
    requester: str
    reason: str
    origin: Origin
    accepts_damage: bool = False
    group: tuple[str, ...] = ()
    created_at: datetime
    state: State = State.PLANNING
    attempt: int = 1
    fingerprint: str = ""
    expires_at: datetime | None = None
    approval: Approval | None = None
    decider: str = ""
    cancelling: str = ""
    note: str = ""
    troubles: int = 0
    retry_at: datetime | None = None
    tally: Tally = NOTHING_YET
    freed: int | None = None
    ended_at: datetime | None = None
    revision: int = 0

    def _from(self, *states: State) -> None:
        if self.state not in states:
            raise WrongState(f"{self.id} is {self.state.value}, so this can no longer be done.")

    def planned(self, plan: Plan, expires_at: datetime) -> Self:
        self._from(State.PLANNING)
        return replace(
            self, state=State.PENDING, fingerprint=plan.fingerprint, expires_at=expires_at, attempt=1, note=""
        )

    def refused(self, why: str, now: datetime) -> Self:
        self._from(State.PLANNING)
        return replace(self, state=State.REFUSED, note=why, ended_at=now)

    def approved(self, approval: Approval) -> Self:
        self._from(State.PENDING)
        return replace(self, state=State.APPROVED, approval=approval, attempt=1)

    def denied(self, decider: str, why: str, now: datetime) -> Self:
        self._from(State.PENDING)
        return replace(self, state=State.DENIED, decider=decider, note=why, ended_at=now)

    def explained(self, why: str) -> Self:
        """Why it was denied, said afterwards."""
        self._from(State.DENIED)
        return replace(self, note=why)

    def expired(self, now: datetime) -> Self:
        """Nobody decided in time, or the approval ran out before the work began or ended."""
        self._from(State.PENDING, State.APPROVED, State.RUNNING)
        return replace(self, state=State.EXPIRED, ended_at=now)

    def cancelled(self, decider: str, now: datetime) -> Self:
        """Cancel at once where nothing runs yet."""
        self._from(State.PLANNING, State.PENDING, State.APPROVED)
        return replace(self, state=State.CANCELLED, decider=decider, ended_at=now)

    def cancel_soon(self, decider: str) -> Self:
        """Ask a running request to stop before its next step."""
        self._from(State.RUNNING)
        return replace(self, cancelling=decider)

    def started(self) -> Self:
        self._from(State.APPROVED, State.RUNNING)
        return replace(self, state=State.RUNNING, note="")

    def waiting(self, why: str, until: datetime | None = None) -> Self:
        """Nothing wrong, but not now: somebody else is at work on the registry."""
        self._from(State.PLANNING, State.APPROVED, State.RUNNING)
        return replace(self, note=why, retry_at=until)

    def troubled(self, why: str, until: datetime) -> Self:
        """An attempt that got nowhere; the next one starts at `until`."""
        return replace(self.waiting(why, until), troubles=self.troubles + 1)

    def again(self) -> Self:
        """The next attempt of the job that this state needs."""
        self._from(State.PLANNING, State.APPROVED, State.RUNNING)
        return replace(self, attempt=self.attempt + 1, retry_at=None)

    def advanced(self) -> Self:
        """The next attempt, after one that ran out of time and not of luck."""
        return replace(self.again(), troubles=0)

    def progressed(self, tally: Tally) -> Self:
        return replace(self, tally=tally)

    def ended(self, state: State, now: datetime, note: str = "", freed: int | None = None) -> Self:
        """Done, failed, stale, expired or cancelled, after work."""
        self._from(State.APPROVED, State.RUNNING, State.PLANNING)
        if state not in _ENDS:
            raise WrongState(f"Work on {self.id} cannot end as {state.value}.")
        decider = self.cancelling if state is State.CANCELLED else self.decider
        return replace(self, state=state, note=note, freed=freed, decider=decider, ended_at=now)

    def saved(self) -> Self:
        return replace(self, revision=self.revision + 1)

    def as_json(self) -> dict[str, Json]:
        return {
            "version": VERSION,
            "id": self.id,
            "action": self.action.value,
            "registry": self.registry,
            "targets": list(self.targets),
            "requester": self.requester,
            "reason": self.reason,
            "origin": self.origin.as_json(),
            "accepts_damage": self.accepts_damage,
            "group": list(self.group),
            "created_at": self.created_at.isoformat(),
            "state": self.state.value,
            "attempt": self.attempt,
            "fingerprint": self.fingerprint,
            "expires_at": _text(self.expires_at),
            "approval": self.approval.as_json() if self.approval else None,
            "decider": self.decider,
            "cancelling": self.cancelling,
            "note": self.note,
            "troubles": self.troubles,
            "retry_at": _text(self.retry_at),
            "tally": [self.tally.done, self.tally.skipped, self.tally.failed],
            "freed": self.freed,
            "ended_at": _text(self.ended_at),
            "revision": self.revision,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        """Read a record of this version; who reads it from a store sees that it is no newer one."""
        done, skipped, failed = data["tally"]
        return cls(
            id=_shaped(_ID, data["id"]),
            action=Action(data["action"]),
            registry=str(data["registry"]),
            targets=tuple(str(target) for target in data["targets"]),
            requester=str(data["requester"]),
            reason=str(data["reason"]),
            origin=Origin.from_json(data["origin"]),
            accepts_damage=bool(data.get("accepts_damage", False)),
            group=tuple(str(other) for other in data["group"]),
            created_at=moment(data["created_at"]),
            state=State(data["state"]),
            attempt=whole(data["attempt"]),
            fingerprint=_shaped(_FINGERPRINT, data["fingerprint"]),
            expires_at=_moment(data["expires_at"]),
            approval=Approval.from_json(data["approval"]) if data["approval"] else None,
            decider=str(data["decider"]),
            cancelling=str(data["cancelling"]),
            note=str(data["note"]),
            troubles=whole(data["troubles"]),
            retry_at=_moment(data["retry_at"]),
            tally=Tally(done=whole(done), skipped=whole(skipped), failed=whole(failed)),
            freed=None if data["freed"] is None else whole(data["freed"], least=-LARGEST),
            ended_at=_moment(data["ended_at"]),
            revision=whole(data["revision"]),
        )


def _shaped(shape: re.Pattern[str], text: object) -> str:
    """Names that buttons carry, which have room for no others."""
    if not isinstance(text, str) or not shape.fullmatch(text):
        raise BadRecord(f"The name {echo(str(text))} in Redis is damaged; restore Redis from a backup.")
    return text


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _moment(text: str | None) -> datetime | None:
    return moment(text) if text else None
