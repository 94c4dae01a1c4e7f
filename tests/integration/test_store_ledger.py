"""The ledger on a real Redis: a change, its audit entries and its jobs are saved together, once, or not at all."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest

from tests import sentences
from tests.integration.deeds import (
    approving,
    following,
    interrupted,
    opened,
    opening,
    saved,
    story,
    together,
    waiting,
)
from tests.samples import ANN, APPROVAL, BEN, CAT, NOW, PLAN
from workers.core.audit import Event, Happened
from workers.core.errors import BadRecord, WrongState
from workers.core.request import Request, State
from workers.core.rules import Denial
from workers.store import keys
from workers.store.ledger import Change
from workers.store.store import Store
from workers.store.tasks import CLEAN, LOOKUP, REPLIES, Job


def jobs(store: Store, queue: str) -> list[str]:
    return [str(job_id) for job_id in store.queues.queue(queue).get_job_ids()]


def test_a_request_is_opened_with_its_audit_entry_and_its_job(store: Store) -> None:
    made = opened(store)
    assert (made.state, made.revision, made.requester) == (State.PLANNING, 1, ANN)
    assert story(store) == ["opened"]
    assert jobs(store, LOOKUP) == ["plan-R-1-1"]
    assert jobs(store, REPLIES) == ["show-R-1-1"]
    assert store.ledger.open_ids() == ("R-1",)
    assert store.cards.behind() == ("R-1",)


def test_what_slack_sends_twice_is_opened_once(store: Store) -> None:
    assert store.ledger.open([opening("R-1")], "trigger")
    assert not store.ledger.open([opening("R-2")], "trigger")
    assert store.ledger.open_ids() == ("R-1",)
    assert store.ledger.chain.verify() == 1


def test_what_slack_sends_to_two_processes_at_once_is_opened_once(store: Store) -> None:
    deeds = [partial(store.ledger.open, [opening(f"R-{number}")], "trigger") for number in range(10)]
    assert sorted(together(deeds)) == [False] * 9 + [True]
    assert len(store.ledger.open_ids()) == store.ledger.chain.verify() == 1


def test_one_command_opens_several_requests_in_one_step(store: Store) -> None:
    assert store.ledger.open([opening("R-1"), opening("R-2")], "trigger")
    assert sorted(store.ledger.open_ids()) == ["R-1", "R-2"]
    assert (story(store, "R-1"), story(store, "R-2")) == (["opened"], ["opened"])
    assert sorted(jobs(store, LOOKUP)) == ["plan-R-1-1", "plan-R-2-1"]
    assert sorted(jobs(store, REPLIES)) == ["show-R-1-1", "show-R-2-2"]


def test_a_request_is_never_overwritten_by_a_new_one(store: Store) -> None:
    waiting(store)
    with pytest.raises(WrongState, match="send the command once more") as caught:
        store.ledger.open([opening("R-1")], "another trigger")
    sentences.check(caught.value)
    assert store.ledger.load("R-1").state is State.PENDING
    assert store.ledger.open([opening("R-2")], "another trigger")


def test_a_change_is_saved_with_its_plan(store: Store) -> None:
    made = waiting(store)
    assert store.ledger.load("R-1") == made
    assert (made.state, made.revision, made.fingerprint) == (State.PENDING, 2, PLAN.fingerprint)
    assert store.ledger.plan("R-1") == PLAN
    assert story(store) == ["opened", "planned"]


def test_of_thirty_who_approve_at_once_one_wins_and_the_others_are_told(store: Store) -> None:
    waiting(store)
    people = [f"U{number:07}" for number in range(30)]
    approvers = (BEN, *people)
    deeds = [partial(store.ledger.change, "R-1", approving(person, approvers)) for person in people]
    results = together(deeds)
    assert [type(result) for result in results].count(Request) == 1
    told = {result.sentence for result in results if isinstance(result, Denial)}
    assert told == {f"R-1 was already approved by <@{BEN}>."}
    assert story(store) == ["opened", "planned", "approved"]
    assert jobs(store, CLEAN) == ["execute-R-1-1"]
    assert store.ledger.load("R-1").revision == 3
    assert store.ledger.chain.verify() == 3


BETWEEN: dict[str, Callable[[Store], object]] = {
    "another request is opened": lambda store: opened(store, "R-2"),
    "something is told": lambda store: store.ledger.tell("R-1", [Event.of(Happened.STEP)]),
    "the request changes and nothing is told": lambda store: store.ledger.change("R-1", lambda it: Change(request=it)),
}
DEEDS: dict[str, Callable[[Store], object]] = {
    "open": lambda store: opened(store, "R-3"),
    "change": lambda store: store.ledger.change("R-1", approving()),
    "tell": lambda store: store.ledger.tell("R-1", [Event.of(Happened.WAITING)]),
}


@pytest.mark.parametrize("between", BETWEEN.values(), ids=BETWEEN)
@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS)
def test_whoever_comes_between_neither_is_lost(
    store: Store, deed: Callable[[Store], object], between: Callable[[Store], object]
) -> None:
    before = waiting(store)
    events = store.ledger.chain.verify()
    deed(interrupted(store, lambda: between(store)))
    told = [entry.action for entry in store.ledger.chain.all()][events:]
    assert len(told) == store.ledger.chain.verify() - events
    changes = [between is BETWEEN["the request changes and nothing is told"], deed is DEEDS["change"]]
    assert store.ledger.load("R-1").revision == before.revision + sum(changes)
    assert len(told) == 2 - changes[0]


def test_requests_that_are_opened_at_once_are_all_in_the_chain(store: Store) -> None:
    together([partial(opened, store, f"R-{number}") for number in range(20)])
    assert len(store.ledger.open_ids()) == store.ledger.chain.verify() == 20


def test_who_decides_on_what_changes_meanwhile_decides_again(store: Store) -> None:
    waiting(store)
    seen: list[State] = []

    def late(request: Request) -> Change | Denial:
        seen.append(request.state)
        if len(seen) == 1:
            store.ledger.change("R-1", approving())
        return approving(CAT, (BEN, CAT))(request)

    assert store.ledger.change("R-1", late) == Denial(f"R-1 was already approved by <@{BEN}>.")
    assert seen == [State.PENDING, State.APPROVED]
    assert jobs(store, CLEAN) == ["execute-R-1-1"]
    assert story(store) == ["opened", "planned", "approved"]


def test_a_denial_saves_nothing(store: Store) -> None:
    before = waiting(store)
    assert isinstance(store.ledger.change("R-1", approving(ANN)), Denial)
    assert store.ledger.load("R-1") == before
    assert story(store) == ["opened", "planned"]


def test_a_wrong_state_passes_through_and_saves_nothing(store: Store) -> None:
    before = waiting(store)
    with pytest.raises(WrongState):
        store.ledger.change("R-1", lambda request: Change(request=request.started()))
    assert store.ledger.load("R-1") == before


def test_a_request_that_is_not_there_is_said_so(store: Store) -> None:
    for ask in (store.ledger.load, store.ledger.plan, lambda it: store.ledger.change(it, approving())):
        with pytest.raises(BadRecord, match=r"There is no (request|plan of) R-9\.") as caught:
            ask("R-9")
        sentences.check(caught.value)


def test_a_job_whose_id_is_taken_is_not_enqueued_over_the_other_one(store: Store) -> None:
    waiting(store)
    before = store.redis.hset("rq:job:execute-R-1-1", "status", "started")
    with pytest.raises(BadRecord, match="The job execute-R-1-1 exists already") as caught:
        store.ledger.change("R-1", approving())
    sentences.check(caught.value)
    assert store.ledger.load("R-1").state is State.PENDING
    assert (before, jobs(store, CLEAN)) == (1, [])


def test_the_next_attempt_is_another_job(store: Store) -> None:
    opened(store)

    def decide(request: Request) -> Change:
        again = request.again()
        return Change(request=again, jobs=following(again))

    assert saved(store.ledger.change("R-1", decide)).attempt == 2
    assert jobs(store, LOOKUP) == ["plan-R-1-1", "plan-R-1-2"]
    assert story(store) == ["opened"]


def test_an_ended_request_is_kept_and_its_work_for_thirty_days(store: Store) -> None:
    waiting(store)
    store.journal.announce("R-1", 0, PLAN.steps[0].digest)
    ended = saved(store.ledger.change("R-1", lambda it: Change(request=it.denied(BEN, "no", NOW))))
    assert ended.state is State.DENIED
    assert store.ledger.open_ids() == ()
    assert store.ledger.recent_ids(5) == ("R-1",)
    assert store.ledger.load("R-1") == ended
    assert store.redis.ttl(keys.request("R-1")) == -1
    for key in (keys.plan("R-1"), keys.placeholders("R-1")):
        assert keys.KEEP_WORK - 60 < int(store.redis.ttl(key)) <= keys.KEEP_WORK


def test_requests_are_listed_in_order(store: Store) -> None:
    for number in (2, 3, 1):
        asked = opening(f"R-{number}", NOW + timedelta(minutes=number))
        store.ledger.open([asked], f"trigger {number}")
    assert store.ledger.open_ids() == ("R-1", "R-2", "R-3")
    assert store.ledger.recent_ids(2) == ("R-3", "R-2")


def test_four_hundred_things_told_by_eight_threads_are_all_in_the_chain_once(store: Store) -> None:
    opened(store)

    def tell(teller: int) -> None:
        for number in range(50):
            store.ledger.tell("R-1", [Event.of(Happened.STEP, teller=teller, number=number)])

    together([partial(tell, teller) for teller in range(8)])
    assert store.ledger.chain.verify() == 401
    told = [(entry.details["teller"], entry.details["number"]) for entry in store.ledger.chain.of("R-1", after=1)]
    assert sorted(told) == [(teller, number) for teller in range(8) for number in range(50)]
    assert [number for teller, number in told if teller == 3] == list(range(50))


def test_things_told_quickly_ask_for_one_show(store: Store) -> None:
    opened(store)
    before = jobs(store, REPLIES)
    for _ in range(5):
        store.ledger.tell("R-1", [Event.of(Happened.STEP)])
    assert len(jobs(store, REPLIES)) == len(before) + 1
    assert store.cards.behind() == ("R-1",)
    store.redis.delete(keys.showing("R-1"))
    store.ledger.tell("R-1", [Event.of(Happened.STEP)])
    assert len(jobs(store, REPLIES)) == len(before) + 2


def test_a_show_is_asked_for_again_after_two_seconds_at_most(store: Store) -> None:
    opened(store)
    store.ledger.tell("R-1", [Event.of(Happened.STEP)])
    assert 0 < int(store.redis.pttl(keys.showing("R-1"))) <= 2000


def test_a_change_always_asks_for_a_show_and_one_without_events_never(store: Store) -> None:
    waiting(store)
    before = jobs(store, REPLIES)
    store.ledger.change("R-1", lambda it: Change(request=it, events=[]))
    assert jobs(store, REPLIES) == before
    store.ledger.change("R-1", lambda it: Change(request=it, events=[Event.of(Happened.WAITING)]))
    assert len(jobs(store, REPLIES)) == len(before) + 1


def test_several_jobs_can_follow_from_one_change(store: Store) -> None:
    waiting(store)
    more = [Job(task="look", subject="L-1", mark="1"), Job(task="execute", subject="R-1", mark="1")]
    store.ledger.change("R-1", lambda it: Change(request=it.approved(APPROVAL), jobs=more))
    assert jobs(store, LOOKUP) == ["plan-R-1-1", "look-L-1-1"]
    assert jobs(store, CLEAN) == ["execute-R-1-1"]


def test_several_requests_are_loaded_at_once_in_the_order_asked_for(store: Store) -> None:
    store.ledger.open([opening("R-1"), opening("R-2"), opening("R-3")], "trigger")
    assert [each.id for each in store.ledger.load_all(("R-3", "R-1"))] == ["R-3", "R-1"]
    assert store.ledger.load_all(()) == []
    with pytest.raises(BadRecord, match="There is no request R-9"):
        store.ledger.load_all(("R-1", "R-9"))
