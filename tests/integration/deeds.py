"""What people and workers do to requests, as the rooms do it."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from redis.client import Pipeline

from tests.samples import ANN, APPROVAL, BEN, PLAN, request
from workers.core.audit import Event, Happened
from workers.core.request import Request
from workers.core.rules import Click, Denial, judge
from workers.store.ledger import Change, Ledger
from workers.store.store import Store, utc_now
from workers.store.tasks import Job, next_job
from workers.store.transaction import Transactions

T = TypeVar("T")


def opening(request_id: str = "R-1", created_at: datetime | None = None) -> Change:
    """Ann asks for a removal."""
    asked = request(id=request_id, created_at=created_at or utc_now())
    return Change(request=asked, events=[Event.of(Happened.OPENED, ANN)], jobs=following(asked))


def following(of: Request) -> list[Job]:
    job = next_job(of)
    return [job] if job else []


def opened(store: Store, request_id: str = "R-1") -> Request:
    assert store.ledger.open([opening(request_id)], f"payload of {request_id}")
    return store.ledger.load(request_id)


def waiting(store: Store, request_id: str = "R-1") -> Request:
    """A request that was planned and waits for a decision."""
    opened(store, request_id)

    def decide(asked: Request) -> Change:
        planned = asked.planned(PLAN, utc_now() + timedelta(days=1))
        return Change(request=planned, events=[Event.of(Happened.PLANNED)], plan=PLAN)

    return saved(store.ledger.change(request_id, decide))


def approving(actor: str = BEN, approvers: tuple[str, ...] = (BEN,)) -> Callable[[Request], Change | Denial]:
    """A click on Approve."""

    def decide(pending: Request) -> Change | Denial:
        click = Click(actor=actor, fingerprint=PLAN.fingerprint, now=utc_now(), approvers=approvers)
        if denial := judge(pending, click):
            return denial
        approved = pending.approved(APPROVAL)
        event = Event.of(Happened.APPROVED, actor)
        return Change(request=approved, events=[event], jobs=following(approved))

    return decide


def saved(result: Request | Denial) -> Request:
    assert isinstance(result, Request), result
    return result


def together(deeds: Sequence[Callable[[], T]]) -> list[T]:
    """Do all of them at once, each in a thread of its own; their results in order."""
    with ThreadPoolExecutor(len(deeds)) as threads:
        return [future.result() for future in [threads.submit(deed) for deed in deeds]]


@dataclass(frozen=True, slots=True)
class Between(Transactions):
    """Does a deed once, in the last moment before a transaction is carried out."""

    deed: Callable[[], object]
    done: list[object] = field(default_factory=list)

    def save(self, watched: Sequence[str], body: Callable[[Pipeline], T]) -> T:
        def late(pipe: Pipeline) -> T:
            result = body(pipe)
            if not self.done:
                self.done.append(self.deed())
            return result

        return super(Between, self).save(watched, late)  # slots make a new class, which a bare super() misses


def interrupted(store: Store, deed: Callable[[], object]) -> Store:
    """The same store, in whose next transaction somebody comes between."""
    between = Between(store.redis, 30, deed)
    ledger = Ledger(store.ledger.chain, store.queues, store.clock, between)
    return replace(
        store,
        ledger=ledger,
        journal=replace(store.journal, ledger=ledger, transactions=between),
        cards=replace(store.cards, transactions=between),
        lookups=replace(store.lookups, transactions=between),
    )


def story(store: Store, request_id: str = "R-1") -> list[str]:
    return [entry.action.value for entry in store.ledger.chain.of(request_id)]
