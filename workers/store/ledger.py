"""Ledger: every change of a request, saved by compare-and-set in one transaction with its audit entries and jobs."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from redis.client import Pipeline
from redis.exceptions import WatchError

from workers.core.audit import Event, Head
from workers.core.errors import BadRecord, WrongState
from workers.core.plan import Plan
from workers.core.request import VERSION, Request
from workers.core.rules import Denial
from workers.store import collected, counting, keys, records, standing, tracing, trails
from workers.store.chain import Chain, Pending
from workers.store.connection import asking
from workers.store.queues import Queues
from workers.store.standing import Standing
from workers.store.tasks import Job
from workers.store.transaction import Transactions

_SEEN_FOR: Final = 3_600
_BETWEEN_SHOWS: Final = 1_500
"""Milliseconds between two shows that mere progress asks for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What a decision about one request comes to: its next state, what is told of it, and the jobs that follow."""

    request: Request
    events: Sequence[Event] = ()
    jobs: Sequence[Job] = ()
    plan: Plan | None = None


@dataclass(frozen=True, slots=True)
class Telling:
    """Audit entries that change no state; `also` adds commands to their transaction."""

    events: Sequence[Event]
    also: Callable[[Pipeline], None] | None = None


class Ledger:
    """Requests and plans in Redis; methods raise Unavailable when Redis does not answer."""

    def __init__(self, chain: Chain, queues: Queues, clock: Callable[[], datetime], transactions: Transactions) -> None:
        self.chain = chain
        self._redis = queues.redis
        self._queues = queues
        self._clock = clock
        self._transactions = transactions

    @asking()
    def load(self, request_id: str) -> Request:
        """Raises BadRecord when there is no such request."""
        return _request(self._redis.get(keys.request(request_id)), request_id)

    @asking()
    def load_all(self, request_ids: Sequence[str]) -> list[Request]:
        """Several in one round trip, in their order; raises BadRecord when one of them is not there."""
        stored = self._redis.mget([keys.request(each) for each in request_ids]) if request_ids else []
        return [_request(each, request_id) for each, request_id in zip(stored, request_ids, strict=True)]

    @asking()
    def plan(self, request_id: str) -> Plan:
        """Raises BadRecord when there is none, or no longer."""
        return records.read(self._redis.get(keys.plan(request_id)), Plan.from_json, f"plan of {request_id}")

    @asking()
    def open_ids(self) -> tuple[str, ...]:
        """Ids of requests that are not in a final state, oldest first."""
        return tuple(records.text(member) for member in self._redis.zrange(keys.OPEN, 0, -1))

    def open_requests(self) -> Iterator[Request]:
        """Those that are not in a final state; raises BadRecord."""
        ids = self.open_ids()
        with asking():
            stored = self._redis.mget([keys.request(each) for each in ids]) if ids else []
        yield from (_request(each, request_id) for request_id, each in zip(ids, stored, strict=True))

    @asking()
    def recent_ids(self, count: int) -> tuple[str, ...]:
        """Newest first."""
        return tuple(records.text(member) for member in self._redis.zrevrange(keys.RECENT, 0, count - 1))

    def open(
        self, changes: Sequence[Change], payload: str, admit: Callable[[Sequence[Standing]], None] = lambda _: None
    ) -> bool:
        """Save new requests; False when this payload (a trigger id) was taken before.

        `admit` raises (BadInput) when there is no room for them beside those that are open. Raises WrongState when
        there is a request of that id already, which must not be lost.
        """
        stored = [keys.request(change.request.id) for change in changes]
        tracing.named(_names([change.request for change in changes]))

        def body(pipe: Pipeline) -> bool:
            if pipe.exists(keys.seen(payload)):
                return False
            if pipe.exists(*stored):
                raise WrongState("There is a request of this id already; send the command once more.")
            noted = standing.read(pipe)
            admit(noted.open)
            pending = self.chain.read(pipe)
            pipe.multi()
            pipe.set(keys.seen(payload), 1, ex=_SEEN_FOR)
            noted.tidy(pipe)
            for change in changes:
                self._write(pipe, pending, change)
                counting.opened(pipe, change.request)
                trails.begin(pipe, change.request.id)
            pending.finish(pipe)
            return True

        return self._transactions.save([keys.seen(payload), *stored, keys.AUDIT_HEAD], body)

    def change(self, request_id: str, decide: Callable[[Request], Change | Denial]) -> Request | Denial:
        """Load, decide and save, again and again until nobody came between; a Denial saves nothing.

        What `decide` raises (WrongState) passes through.
        """

        def body(pipe: Pipeline) -> Request | Denial:
            stored = pipe.get(keys.request(request_id))
            found = _request(stored, request_id)
            change = decide(found)
            if isinstance(change, Denial):
                return change
            if taken := self._taken(pipe, change.jobs):
                if pipe.get(keys.request(request_id)) != stored:
                    raise WatchError("Somebody came between, and took the job's id with good reason.")
                raise BadRecord(f"The job {taken.id} exists already; the sweeper will start a new attempt.")
            tracing.named({"request": request_id, "registry": found.registry})
            trails.lead_back(pipe, request_id)
            pending = self.chain.read(pipe)
            move = counting.Move.look(pipe, found, change.request, self._clock())
            pipe.multi()
            self._write(pipe, pending, change)
            move.count(pipe)
            pending.finish(pipe)
            return change.request.saved()

        return self._transactions.save([keys.request(request_id), keys.AUDIT_HEAD], body)

    def vouch(self) -> Head:
        """Seal the chain as it stands with the first key, once its hashes fit; for when the key that sealed it is lost.

        Raises NotAuthentic when they do not fit.
        """
        head = Chain(self._redis, None).walked()
        self._transactions.save([keys.AUDIT_HEAD], lambda pipe: self.chain.reseal(pipe, head))
        return head

    def tell(self, request_id: str, events: Sequence[Event]) -> None:
        """Append audit entries that change no state."""
        self.tell_of(request_id, lambda _: Telling(events))

    def tell_of(self, request_id: str, look: Callable[[Pipeline], Telling | None]) -> None:
        """Append what `look` finds to be told; it reads through the pipeline, again whenever somebody came between."""

        def body(pipe: Pipeline) -> None:
            telling = look(pipe)
            if telling is None:
                return
            due = not pipe.exists(keys.showing(request_id))
            pending = self.chain.read(pipe)
            pipe.multi()
            pending.append(request_id, telling.events, self._clock())
            counting.told(pipe, telling.events)
            if telling.also:
                telling.also(pipe)
            pipe.sadd(keys.UNSHOWN, request_id)
            if due:
                pipe.set(keys.showing(request_id), 1, px=_BETWEEN_SHOWS)
                self._show(pipe, request_id, pending.sequence)
            pending.finish(pipe)

        self._transactions.save([keys.AUDIT_HEAD], body)

    def _write(self, pipe: Pipeline, pending: Pending, change: Change) -> None:
        request = change.request.saved()
        stored = keys.request(request.id)
        pipe.set(stored, records.write(request.as_json()))
        pipe.zadd(keys.RECENT, {request.id: request.created_at.timestamp()})
        if change.plan:
            pipe.set(keys.plan(request.id), records.write(change.plan.as_json()))
        if request.state.is_final:
            pipe.zrem(keys.OPEN, request.id)
            collected.removed(pipe, request)
            for key in (keys.plan, keys.outcomes, keys.placeholders):
                pipe.expire(key(request.id), keys.KEEP_WORK)
        else:
            pipe.zadd(keys.OPEN, {request.id: request.created_at.timestamp()})
        standing.keep(pipe, request)
        pending.append(request.id, change.events, self._clock())
        counting.told(pipe, change.events)
        for job in change.jobs:
            self._queues.push(job, pipe)
            trails.go_on(pipe, request.id)
        if change.events:
            self._show(pipe, request.id, pending.sequence)

    def _show(self, pipe: Pipeline, request_id: str, sequence: int) -> None:
        """Ask for the card and the thread to catch up with everything told so far."""
        pipe.sadd(keys.UNSHOWN, request_id)
        self._queues.push(Job(task="show", subject=request_id, mark=str(sequence)), pipe)

    def _taken(self, pipe: Pipeline, jobs: Sequence[Job]) -> Job | None:
        """The first job whose id is taken; the others' ids are watched."""
        for job in jobs:
            pipe.watch(self._queues.key(job))
            if pipe.exists(self._queues.key(job)):
                return job
        return None


def _names(requests: Sequence[Request]) -> dict[str, str]:
    """For the one span in which several may be opened."""
    registries = dict.fromkeys(each.registry for each in requests)
    return {"request": " ".join(each.id for each in requests), "registry": " ".join(registries)}


def _request(stored: bytes | str | None, request_id: str) -> Request:
    """One that stands under another's name is none: what is approved there was asked here by nobody."""
    request = records.read(stored, Request.from_json, f"request {request_id}", newest=VERSION)
    if request.id != request_id:
        raise records.damaged(f"request {request_id}")
    return request
