"""What people can do, saved in Redis: opening, deciding, cancelling, looking up."""

import threading
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from bot.service import Asked, Clicked, Opened, Service
from bot.service.names import read_request_id
from demo.workspace.content import ADA, BEN, BOB, REGISTRY_CLEAN, RITA
from tests import sentences
from tests.office import configuration
from tests.samples import PLAN
from workers.core.audit import Event, Happened
from workers.core.errors import BadInput, BadName, BadRecord
from workers.core.listing import Query
from workers.core.names import Reference, RepositoryName
from workers.core.request import Action, Origin, Request, State
from workers.core.rules import Denial
from workers.store import keys, records
from workers.store.ledger import Change
from workers.store.store import Store
from workers.store.tasks import Job

ORIGIN = Origin(channel="C0000001", response_url="https://hooks.slack.com/x")


@pytest.fixture
def service(store: Store) -> Service:
    return Service(store, configuration(limits={"images_per_request": 3}))


def asked(payload: str = "trigger-1", requester: str = RITA, reason: str = "") -> Asked:
    return Asked(requester=requester, origin=ORIGIN, payload=payload, reason=reason)


def images(*names: str, registry: str = "prod") -> Mapping[str, Sequence[Reference]]:
    return {registry: [Reference.parse(name) for name in names]}


def plan(service: Service, request: Request) -> Request:
    def decide(loaded: Request) -> Change:
        planned = loaded.planned(PLAN, service.store.clock() + service.config.approvals.expiry)
        return Change(request=planned, events=[Event.of(Happened.PLANNED)], plan=PLAN)

    return changed(service.store.ledger.change(request.id, decide))


def changed(result: Request | Denial) -> Request:
    assert isinstance(result, Request), result
    return result


def opened(result: Opened | Denial) -> Request:
    assert isinstance(result, Opened), result
    return result.request


def refused(result: object) -> str:
    assert isinstance(result, Denial), result
    return result.sentence


def click(request: Request, actor: str = ADA, *, yes: bool = True, fingerprint: str = "") -> Clicked:
    shown = fingerprint or request.fingerprint
    return Clicked(request_id=request.id, fingerprint=shown, actor=actor, yes=yes)


def story(service: Service, request: Request) -> list[tuple[Happened, str]]:
    return [(entry.action, entry.actor) for entry in service.store.ledger.chain.of(request.id)]


def test_opening_saves_request_audit_and_job_together(service: Service) -> None:
    (found,) = service.open_remove(images("app:1", "app:2", "app:1"), asked(reason="so\nold"))
    request = service.store.ledger.load(found.request.id)
    assert (request.targets, request.reason, request.origin) == (("app:1", "app:2"), "so old", ORIGIN)
    assert (request.requester, request.state, request.group) == (RITA, State.PLANNING, ())
    assert found.channel == REGISTRY_CLEAN
    (entry,) = service.store.ledger.chain.of(request.id)
    assert (entry.action, entry.actor) == (Happened.OPENED, RITA)
    assert entry.details == {"action": "rm", "registry": "prod", "targets": ["app:1", "app:2"], "reason": "so old"}
    assert service.store.queues.is_alive(Job(task="plan", subject=request.id, mark="1"))


def test_the_same_payload_opens_nothing_twice(service: Service) -> None:
    (first,) = service.open_remove(images("app:1"), asked())
    (second,) = service.open_remove(images("app:1"), asked())
    assert first.request.id == second.request.id
    assert (first.is_new, second.is_new) == (True, False)
    assert len(service.store.ledger.recent_ids(9)) == 1


def test_a_person_has_no_more_open_requests_than_the_limit(store: Store) -> None:
    service = Service(store, configuration(limits={"open_requests_per_user": 2}))
    first = opened(service.open_remove(images("app:1"), asked("1"))[0])
    opened(service.open_remove(images("app:2"), asked("2"))[0])
    with pytest.raises(BadInput, match=r"^You have 2 open requests, and one person may have 2") as caught:
        service.open_remove(images("app:3"), asked("3"))
    sentences.check(caught.value)
    assert len(store.ledger.open_ids()) == 2
    assert not service.open_remove(images("app:2"), asked("2"))[0].is_new, "the same payload gets the same answer"
    opened(service.open_remove(images("app:4"), asked("4", requester=ADA))[0])
    changed(service.cancel(first.id, RITA))
    opened(service.open_remove(images("app:3"), asked("5"))[0])


def test_a_channel_has_no_more_open_requests_than_the_limit_whoever_asks(store: Store) -> None:
    service = Service(store, configuration(limits={"open_requests_per_channel": 2}))
    opened(service.open_remove(images("app:1"), asked("1"))[0])
    opened(service.open_remove(images("app:2"), asked("2", requester=ADA))[0])
    with pytest.raises(BadInput, match=r"^The channel of prod has 2 open requests, and may have 2") as caught:
        service.open_remove(images("app:3"), asked("3", requester=BEN))
    sentences.check(caught.value)


def test_what_is_noted_of_an_open_request_and_cannot_be_read_keeps_nobody_from_asking(store: Store) -> None:
    service = Service(store, configuration(limits={"open_requests_per_user": 2}))
    for number in range(3):
        first = opened(service.open_remove(images("app:1"), asked(f"1.{number}"))[0])
        store.redis.hset(keys.STANDING, first.id, "{")


def test_a_request_from_before_there_was_a_limit_counts_once_it_is_saved_again(store: Store) -> None:
    service = Service(store, configuration(limits={"open_requests_per_user": 1}))
    old = opened(service.open_remove(images("app:1"), asked("1"))[0])
    store.redis.delete(keys.STANDING)
    opened(service.open_remove(images("app:2"), asked("2", requester=ADA))[0])
    store.ledger.change(old.id, lambda request: Change(request=request))
    with pytest.raises(BadInput, match=r"^You have 1 open request, "):
        service.open_remove(images("app:3"), asked("3"))


def test_what_a_release_without_a_limit_ended_counts_no_longer(store: Store) -> None:
    service = Service(store, configuration(limits={"open_requests_per_user": 1}))
    first = opened(service.open_remove(images("app:1"), asked("1"))[0])
    store.redis.zrem(keys.OPEN, first.id)
    second = opened(service.open_remove(images("app:2"), asked("2"))[0])
    assert [records.text(name) for name in store.redis.hkeys(keys.STANDING)] == [second.id]


def test_two_commands_at_once_share_the_room_that_is_left(store: Store) -> None:
    service = Service(store, configuration(limits={"open_requests_per_user": 1}))
    line = threading.Barrier(8)

    def ask(number: int) -> str:
        line.wait(timeout=10)
        try:
            return opened(service.open_remove(images("app:1"), asked(str(number)))[0]).id
        except BadInput:
            return ""

    with ThreadPoolExecutor(8) as crowd:
        taken = list(filter(None, crowd.map(ask, range(8))))
    assert taken == list(store.ledger.open_ids())
    assert len(taken) == 1


def test_several_registries_are_several_requests_linked(service: Service) -> None:
    wanted = {**images("app:1"), **images("app:1", registry="staging")}
    requests = [each.request for each in service.open_remove(wanted, asked())]
    assert [each.registry for each in requests] == ["prod", "staging"]
    assert all(each.group == tuple(other.id for other in requests) for each in requests)


def test_too_many_images_and_too_long_reasons(service: Service) -> None:
    with pytest.raises(BadInput, match="One request may name 3 images, and this one names 4 of prod"):
        service.open_remove(images("a:1", "a:2", "a:3", "a:4"), asked())
    with pytest.raises(BadInput, match="The reason has 501 characters; say it in 500"):
        service.open_remove(images("a:1"), asked(reason="x" * 501))
    assert service.store.ledger.recent_ids(9) == ()


def test_untagged_needs_a_collector(service: Service) -> None:
    (found,) = service.open_untagged({"prod": [RepositoryName("app")]}, asked())
    assert (found.request.action, found.request.targets) == (Action.UNTAGGED, ("app",))
    assert service.store.queues.is_alive(Job(task="survey", subject=found.request.id, mark="1"))
    with pytest.raises(BadInput, match="staging has no garbage collection in the configuration"):
        service.open_untagged({"staging": [RepositoryName("app")]}, asked("trigger-2"))


def test_one_collection_of_a_registry_at_a_time(service: Service) -> None:
    request = opened(service.open_collect("prod", asked()))
    assert opened(service.open_collect("prod", asked())).id == request.id, "the same payload once more"
    assert refused(service.open_collect("prod", asked("trigger-2"))).startswith(request.id)
    changed(service.cancel(request.id, RITA))
    assert opened(service.open_collect("prod", asked("trigger-3"))).id != request.id
    with pytest.raises(BadInput, match="staging has no garbage collection"):
        service.open_collect("staging", asked("trigger-4"))


def pending(service: Service, payload: str = "trigger-1") -> Request:
    (found,) = service.open_remove(images("app:1"), asked(payload))
    return plan(service, found.request)


def test_an_approval_is_signed_and_followed_by_its_job(service: Service) -> None:
    request = changed(service.decide(click(pending(service))))
    assert request.state is State.APPROVED
    approval = request.approval
    assert approval is not None
    service.store.keys.verify(approval.message, approval.signature)
    assert (approval.approvers, approval.fingerprint) == ((ADA,), PLAN.fingerprint)
    assert approval.expires_at - approval.decided_at == service.config.approvals.expiry
    entry = list(service.store.ledger.chain.of(request.id))[-1]
    assert (entry.action, entry.actor) == (Happened.APPROVED, ADA)
    assert entry.details == {"fingerprint": PLAN.fingerprint, "expires_at": approval.expires_at.isoformat()}
    assert service.store.queues.is_alive(Job(task="execute", subject=request.id, mark="1"))


def test_a_collection_is_followed_by_the_collector(service: Service) -> None:
    request = plan(service, opened(service.open_collect("prod", asked())))
    changed(service.decide(click(request)))
    assert service.store.queues.is_alive(Job(task="collect", subject=request.id, mark="1"))


@pytest.mark.parametrize(
    ("actor", "fingerprint", "part"),
    [
        (BOB, "", "You are not an approver for prod"),
        (RITA, "", "You are not an approver for prod"),
        (ADA, "0" * 64, "The plan changed after this card was shown"),
    ],
)
def test_clicks_that_are_refused_change_nothing(service: Service, actor: str, fingerprint: str, part: str) -> None:
    request = pending(service)
    assert part in refused(service.decide(click(request, actor, fingerprint=fingerprint)))
    assert service.store.ledger.load(request.id) == request


def test_an_approver_cannot_approve_what_they_asked_for(service: Service) -> None:
    (found,) = service.open_remove(images("app:1"), asked(requester=ADA))
    request = plan(service, found.request)
    assert "You asked for this" in refused(service.decide(click(request, ADA)))


def test_the_second_decision_names_the_first(service: Service) -> None:
    request = pending(service)
    changed(service.decide(click(request, yes=False)))
    assert service.store.ledger.load(request.id).decider == ADA
    assert refused(service.decide(click(request))) == f"{request.id} was already denied by <@{ADA}>."
    other = pending(service, "trigger-2")
    changed(service.cancel(other.id, RITA))
    assert refused(service.decide(click(other))) == f"{other.id} was already cancelled by <@{RITA}>."
    assert story(service, request)[-1] == (Happened.DENIED, ADA)


def start(service: Service, request: Request) -> None:
    changed(service.store.ledger.change(request.id, lambda loaded: Change(request=loaded.started())))


def test_cancelling_before_and_during_work(service: Service) -> None:
    request = pending(service)
    assert "is not yours to cancel" in refused(service.cancel(request.id, BOB))
    changed(service.decide(click(request)))
    start(service, request)
    running = changed(service.cancel(request.id, RITA))
    assert (running.state, running.cancelling) == (State.RUNNING, RITA)
    assert "is being cancelled already" in refused(service.cancel(request.id, ADA))
    assert story(service, request)[-1] == (Happened.CANCELLING, RITA)
    other = pending(service, "trigger-2")
    assert changed(service.cancel(other.id, ADA)).state is State.CANCELLED
    assert "there is nothing left to cancel" in refused(service.cancel(other.id, ADA))


def test_plan_again_asks_for_the_same_anew(service: Service) -> None:
    request = pending(service)
    assert "there is nothing to plan again yet" in refused(service.again(request.id, asked("trigger-2", ADA)))
    changed(service.cancel(request.id, RITA))
    renewed = opened(service.again(request.id, asked("trigger-2", ADA)))
    assert renewed.id != request.id
    assert (renewed.targets, renewed.requester, renewed.state) == (request.targets, ADA, State.PLANNING)


def test_accepted_damage_is_said_from_the_start_and_accepted_again_when_it_is_planned_anew(service: Service) -> None:
    request = opened(service.open_collect("prod", asked(), accepts_damage=True))
    assert service.store.ledger.load(request.id).accepts_damage
    (entry,) = service.store.ledger.chain.of(request.id)
    assert entry.details["accepts_damage"] is True
    changed(service.cancel(request.id, RITA))
    assert opened(service.again(request.id, asked("trigger-2", ADA))).accepts_damage
    changed(service.cancel(opened(service.again(request.id, asked("trigger-2", ADA))).id, ADA))
    plain = opened(service.open_collect("prod", asked("trigger-3")))
    assert not plain.accepts_damage


def test_requests_are_found_as_people_type_them(service: Service) -> None:
    request = pending(service)
    assert service.find(request.id.upper()) == request.id
    assert service.find(request.id.removeprefix("r-")) == request.id
    wrong = request.id[:-1] + ("2" if request.id[-1] != "2" else "3")
    with pytest.raises(BadInput, match=f"did you mean {request.id}"):
        service.find(wrong)
    with pytest.raises(BadName, match="is not a request"):
        service.find("all")
    assert read_request_id("R-OIL00000") == "r-01100000", "look-alikes are read as what they look like"


def test_overviews_are_of_one_person(service: Service) -> None:
    mine, other = pending(service), pending(service, "trigger-2")
    (planning,) = service.open_remove(images("app:9"), asked("trigger-3", requester=BOB))
    changed(service.cancel(other.id, RITA))
    seen = service.overview(ADA)
    assert [[each.id for each in group] for group in (seen.waiting, seen.own, seen.others)] == [
        [mine.id],
        [],
        [planning.request.id],
    ]
    seen = service.overview(RITA)
    assert [each.id for each in seen.waiting] == []
    assert {each.id for each in seen.own} == {mine.id, other.id}


def test_an_old_card_is_drawn_without_its_plan(service: Service) -> None:
    request = pending(service)
    assert service.shown(request.id).plan == PLAN
    changed(service.cancel(request.id, RITA))
    service.store.redis.delete(f"rc:plan:{request.id}")
    assert service.shown(request.id).plan is None
    with pytest.raises(BadRecord):
        service.shown("r-00000000")


def test_questions_are_saved_with_their_job(service: Service) -> None:
    query = Query(registries=("prod",), pattern="1.*")
    lookup = service.look(query, RITA, ORIGIN, "trigger-1")
    assert service.look(query, RITA, ORIGIN, "trigger-1") == lookup
    assert service.store.lookups.load(lookup.id) == lookup
    assert service.store.queues.is_alive(Job(task="look", subject=lookup.id, mark="1"))
