"""Clicks on cards by everybody who may and who may not, at once, late and twice."""

from dataclasses import replace

from bot import replies
from demo.workspace import Person, Seen
from demo.workspace.content import RANDOM
from tests.office import Office
from tests.samples import COLLECTION, PLAN
from tests.scenario.bot.removals import finished
from workers.core.audit import Event, Happened
from workers.core.outcome import Outcome, Result
from workers.core.plan import Plan
from workers.core.request import Action, Request, State


def pending(at: Office) -> tuple[Request, Seen]:
    at.workspace.rita.types("/regclean rm prod/app:1 prod/team/app:2 --reason old")
    request = at.plans(at.only_request(), PLAN)
    at.settle()
    return request, at.card(request)


def told(at: Office, person: Person, part: str) -> None:
    """Only this person is answered."""
    said = person.waits_for(lambda each: part in each.plain)
    assert said.is_ephemeral
    others = [each for each in (at.workspace.rita, at.workspace.ada, at.workspace.bob) if each.id != person.id]
    assert said.ts not in {each.ts for other in others for each in other.sees()}


def actions(at: Office, request: Request) -> list[Happened]:
    return [entry.action for entry in at.store.ledger.chain.of(request.id)]


def test_who_may_not_decide_is_told_privately(both_ways: Office) -> None:
    request, card = pending(both_ways)
    bob, rita = both_ways.workspace.bob, both_ways.workspace.rita
    assert bob.clicks(card, "Approve") == {"ok": True}
    told(both_ways, bob, "You are not an approver for prod; ask <@U0ADA000001>, <@U0BEN000001>.")
    rita.clicks(card, "Deny")
    told(both_ways, rita, "You are not an approver for prod")
    bob.clicks(card, "Cancel")
    told(both_ways, bob, f"{request.id} is not yours to cancel; ask <@U0RITA00001>")
    both_ways.settle()
    assert both_ways.card(request).buttons == ["Approve", "Deny", "Cancel"]
    assert actions(both_ways, request) == [Happened.OPENED, Happened.PLANNED]


def test_denying(both_ways: Office) -> None:
    request, card = pending(both_ways)
    both_ways.workspace.ben.clicks(card, "Deny")
    both_ways.settle()
    card = both_ways.card(request)
    assert "*Denied* by <@U0BEN000001>; nothing was changed." in card.plain
    ended = both_ways.store.ledger.load(request.id).ended_at
    assert ended
    assert f" · denied by <@U0BEN000001> <!date^{int(ended.timestamp())}^" in card.plain
    assert card.buttons == []
    assert both_ways.store.queues.queue("clean").job_ids == []
    both_ways.workspace.rita.waits_for(lambda each: each.is_ephemeral and "*Denied*" in each.plain)


def test_the_requester_cancels(both_ways: Office) -> None:
    request, card = pending(both_ways)
    both_ways.workspace.rita.clicks(card, "Cancel")
    both_ways.settle()
    assert "*Cancelled* by <@U0RITA00001>. Nothing was changed." in both_ways.card(request).plain


def test_two_approvers_one_decision(both_ways: Office) -> None:
    request, card = pending(both_ways)
    both_ways.workspace.ada.clicks(card, "Approve")
    both_ways.workspace.ben.clicks(card, "Deny", stale=True)
    told(both_ways, both_ways.workspace.ben, f"{request.id} was already approved by <@U0ADA000001>.")
    assert actions(both_ways, request).count(Happened.APPROVED) == 1
    assert len(both_ways.store.queues.queue("clean").job_ids) == 1


def test_a_card_that_is_out_of_date_decides_nothing(at_office: Office) -> None:
    request, card = pending(at_office)

    def other_plan(asked: Request) -> Request:
        return replace(asked, fingerprint="0" * 64)

    at_office.changes(request, other_plan)
    at_office.workspace.ada.clicks(card, "Approve")
    told(at_office, at_office.workspace.ada, "The plan changed after this card was shown")
    assert at_office.store.ledger.load(request.id).state is State.PENDING


def test_an_expired_request_cannot_be_approved(at_office: Office) -> None:
    request, card = pending(at_office)
    past = at_office.store.clock().replace(year=2020)
    at_office.changes(request, lambda asked: replace(asked, expires_at=past))
    at_office.workspace.ada.clicks(card, "Approve")
    told(at_office, at_office.workspace.ada, "has expired; ask for it again")


def test_everything_delivered_twice_happens_once(both_ways: Office) -> None:
    both_ways.workspace.deliver_twice()
    request, card = pending(both_ways)
    both_ways.workspace.ada.clicks(card, "Approve")
    both_ways.workspace.wait_for(lambda: len(both_ways.workspace.payloads()) >= 4)
    both_ways.settle()
    assert actions(both_ways, request) == [Happened.OPENED, Happened.PLANNED, Happened.APPROVED]
    assert [each for each in both_ways.workspace.ada.sees() if each.is_ephemeral] == []
    assert len(both_ways.requests()) == 1
    assert len(both_ways.store.queues.queue("clean").job_ids) == 1


def test_collect_now_asks_for_a_collection(both_ways: Office) -> None:
    both_ways.workspace.deliver_twice()
    _, card = finished(both_ways, State.DONE)
    bob = both_ways.workspace.bob
    bob.clicks(card, "Collect now")
    bob.waits_for(lambda each: "garbage collection on prod" in each.plain)
    (collect,) = [each for each in both_ways.requests() if each.action is Action.COLLECT]
    assert (collect.registry, collect.requester) == ("prod", bob.id)
    both_ways.workspace.deliver_twice(on=False)
    both_ways.workspace.ada.clicks(card, "Collect now")
    told(both_ways, both_ways.workspace.ada, f"{collect.id} asks for the same already; look at its card.")


def test_what_was_collected_is_offered_no_more_and_an_old_button_says_by_whom(both_ways: Office) -> None:
    request, card = finished(both_ways, State.DONE)
    assert card.buttons == ["Collect now"]
    bob, ada = both_ways.workspace.bob, both_ways.workspace.ada
    bob.types("/regclean gc prod")
    collection = next(each for each in both_ways.requests() if each.action is Action.COLLECT)
    collection = both_ways.plans(collection, Plan(registry="prod", collection=COLLECTION))
    both_ways.settle()
    ada.clicks(both_ways.card(collection), "Approve")
    both_ways.collects(both_ways.starts(collection))
    ada.clicks(card, "Collect now")
    told(both_ways, ada, f"What {request.id} took was collected already, by {collection.id}")
    replies.show(request.id)
    card = both_ways.card(request)
    assert card.buttons == []
    assert " · collected since" in card.plain
    link = both_ways.card(collection).permalink
    assert f"{link}|{collection.id}>." in card.plain.replace("&amp;", "&")
    assert len([each for each in both_ways.requests() if each.action is Action.COLLECT]) == 1


def test_a_removal_after_a_collection_is_offered_for_the_next(at_office: Office) -> None:
    at_office.workspace.bob.types("/regclean gc prod")
    collection = at_office.plans(at_office.only_request(), Plan(registry="prod", collection=COLLECTION))
    at_office.settle()
    at_office.workspace.ada.clicks(at_office.card(collection), "Approve")
    at_office.collects(at_office.starts(collection))
    at_office.workspace.rita.types("/regclean rm prod/app:1 prod/team/app:2 --reason old")
    request = at_office.plans(at_office.requests()[0], PLAN)
    at_office.settle()
    at_office.workspace.ada.clicks(at_office.card(request), "Approve")
    at_office.starts(request)
    at_office.steps(request, [Outcome(step=number, result=Result.DONE) for number in range(2)])
    at_office.ends(request, State.DONE)
    at_office.settle()
    assert at_office.card(request).buttons == ["Collect now"]


def test_a_finished_card_that_somebody_deleted_does_not_come_back_to_say_that_it_was_collected(
    at_office: Office,
) -> None:
    request, card = finished(at_office, State.DONE)
    at_office.workspace.trouble("chat.update", error="message_not_found")
    at_office.store.ledger.tell(request.id, [Event.of(Happened.COLLECTED, by="r-00000000")])
    before = len(at_office.workspace.bob.sees())
    replies.show(request.id)
    assert len(at_office.workspace.bob.sees()) == before
    assert at_office.store.cards.behind() == ()
    assert card.ts == at_office.card(request).ts


def test_plan_again_asks_anew_for_whoever_clicks(both_ways: Office) -> None:
    before, card = finished(both_ways, State.STALE)
    assert card.buttons == ["Plan again"]
    both_ways.workspace.ben.clicks(card, "Plan again")
    both_ways.workspace.ben.waits_for(lambda each: "Taken as" in each.plain)
    renewed = next(each for each in both_ways.requests() if each.id != before.id)
    assert (renewed.targets, renewed.requester, renewed.reason) == (before.targets, both_ways.workspace.ben.id, "old")
    assert renewed.state is State.PLANNING


def test_a_click_on_a_request_that_is_gone(at_office: Office) -> None:
    _, card = pending(at_office)
    at_office.store.redis.flushall()
    at_office.workspace.ada.clicks(card, "Approve")
    told(at_office, at_office.workspace.ada, "There is no request r-")


def test_a_card_may_be_clicked_in_a_channel_of_its_own(at_office: Office) -> None:
    assert at_office.workspace.rita.types("/regclean rm prod/app:1", channel=RANDOM) == {"ok": True}
    request = at_office.plans(at_office.only_request(), PLAN)
    at_office.settle()
    link = at_office.workspace.rita.sees(RANDOM)[-1]
    assert link.is_ephemeral
    assert at_office.card(request).permalink in link.plain.replace("&amp;", "&")
