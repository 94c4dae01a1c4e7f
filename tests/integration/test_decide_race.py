"""Two approvers click in the same millisecond: one decision, one job, one audit entry; the other one is told."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.service import Asked, Clicked, Service
from demo.workspace.content import ADA, BEN, RITA
from tests.office import configuration
from tests.samples import PLAN
from workers.core.audit import Event, Happened
from workers.core.names import Reference
from workers.core.request import Origin, Request, State
from workers.core.rules import Denial
from workers.store.ledger import Change
from workers.store.store import Store
from workers.store.tasks import Job

ROUNDS = 200


@pytest.fixture
def service(store: Store) -> Service:
    return Service(store, configuration(limits={"open_requests_per_user": 2 * ROUNDS}))


def pending(service: Service, number: int) -> Request:
    asked = Asked(requester=RITA, origin=Origin(channel="C0000001"), payload=f"trigger {number}")
    (opened,) = service.open_remove({"prod": [Reference.parse("app:1")]}, asked)

    def plan(request: Request) -> Change:
        planned = request.planned(PLAN, service.store.clock() + service.config.approvals.expiry)
        return Change(request=planned, events=[Event.of(Happened.PLANNED)], plan=PLAN)

    planned = service.store.ledger.change(opened.request.id, plan)
    assert isinstance(planned, Request)
    return planned


def both(service: Service, request: Request, *, yes: tuple[bool, bool]) -> list[Request | Denial]:
    """Both click as close together as two threads can."""
    line = threading.Barrier(2)

    def click(actor: str, approve: bool) -> Request | Denial:
        clicked = Clicked(request_id=request.id, fingerprint=request.fingerprint, actor=actor, yes=approve)
        line.wait(timeout=10)
        return service.decide(clicked)

    with ThreadPoolExecutor(2) as threads:
        return list(threads.map(click, (ADA, BEN), yes))


def test_two_approvers_at_once_make_one_decision(service: Service) -> None:
    store = service.store
    for number in range(ROUNDS):
        request = pending(service, number)
        outcomes = both(service, request, yes=(True, True))

        (won,) = [each for each in outcomes if isinstance(each, Request)]
        (lost,) = [each for each in outcomes if isinstance(each, Denial)]
        assert won.approval is not None
        assert lost.sentence == f"{request.id} was already approved by <@{won.approval.approvers[0]}>."
        story = [entry.action for entry in store.ledger.chain.of(request.id)]
        assert story.count(Happened.APPROVED) == 1
        assert store.queues.is_alive(Job(task="execute", subject=request.id, mark="1"))
    assert len(store.queues.queue("clean").job_ids) == ROUNDS
    store.ledger.chain.verify()


def test_yes_and_no_at_once_make_one_decision(service: Service) -> None:
    won: set[State] = set()
    for number in range(40):
        request = pending(service, number)
        outcomes = both(service, request, yes=(True, False))
        assert sum(isinstance(each, Denial) for each in outcomes) == 1
        decided = service.store.ledger.load(request.id)
        won.add(decided.state)
        story = [entry.action for entry in service.store.ledger.chain.of(request.id)]
        assert story.count(Happened.APPROVED) + story.count(Happened.DENIED) == 1
        has_job = service.store.queues.is_alive(Job(task="execute", subject=request.id, mark="1"))
        assert has_job == (decided.state is State.APPROVED)
    assert won <= {State.APPROVED, State.DENIED}
