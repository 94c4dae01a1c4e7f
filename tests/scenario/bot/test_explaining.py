"""Denying takes one click; whoever did it may say why afterwards, once, and people who asked are told."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from demo.workspace import Person, Seen, SeenView
from tests.office import Office
from tests.samples import PLAN
from workers.core.audit import Happened
from workers.core.request import Request, State
from workers.store.ledger import Change

OFFER = "You denied"


def denied(at: Office) -> tuple[Request, Seen]:
    """A request of Rita's that Ben denied, and what he is offered."""
    at.workspace.rita.types("/regclean rm prod/app:1 prod/team/app:2 --reason old")
    request = at.plans(at.only_request(), PLAN)
    at.settle()
    ben = at.workspace.ben
    ben.clicks(at.card(request), "Deny")
    at.settle()
    return at.store.ledger.load(request.id), ben.waits_for(lambda each: OFFER in each.plain)


def form(person: Person, offer: Seen) -> SeenView:
    person.clicks(offer, "Add a reason")
    return person.waits_for_modal()


def changed(request: Request, **changes: Any) -> Change:
    return Change(request=replace(request, **changes))


def told(at: Office, request: Request) -> list[Happened]:
    return [entry.action for entry in at.store.ledger.chain.of(request.id)]


def test_whoever_denied_is_offered_to_say_why(both_ways: Office) -> None:
    request, offer = denied(both_ways)
    assert request.state is State.DENIED
    assert offer.is_ephemeral
    assert offer.ts not in {each.ts for each in both_ways.workspace.rita.sees()}
    ben, rita = both_ways.workspace.ben, both_ways.workspace.rita
    modal = form(ben, offer)
    assert f"Why did you deny {request.id}?" in modal.plain
    assert ben.submits(modal, {"reason": "still\nin use &here"})["ok"]
    both_ways.settle()
    card = both_ways.card(request)
    assert "*Denied* by <@U0BEN000001>; nothing was changed. “still in use &amp;here”" in card.plain
    said = rita.thread(card)[-1].plain
    assert said == "💬 <@U0BEN000001> says why, <@U0RITA00001>: “still in use &amp;here”"
    ben.waits_for(lambda each: f"Your reason stands on the card of `{request.id}`" in each.plain)
    assert not [each for each in ben.sees() if OFFER in each.plain], "the offer made way"
    (entry,) = [each for each in both_ways.store.ledger.chain.of(request.id) if each.action is Happened.EXPLAINED]
    assert (entry.actor, entry.details) == (ben.id, {"why": "still in use &here", "to": rita.id})
    assert both_ways.store.ledger.chain.verify() == entry.sequence


def test_approving_offers_nothing(at_office: Office) -> None:
    at_office.approved(PLAN)
    assert [each for each in at_office.workspace.ada.sees() if each.is_ephemeral] == []


def test_a_form_without_words_is_not_taken(at_office: Office) -> None:
    request, offer = denied(at_office)
    modal = form(at_office.workspace.ben, offer)
    answer = at_office.workspace.ben.submits(modal, {"reason": " \n "})
    assert answer["errors"] == {"reason": "Say in a few words why you denied it."}
    assert Happened.EXPLAINED not in told(at_office, request)
    assert at_office.workspace.ben.submits(modal, {"reason": "in use"})["ok"]


def test_a_form_sent_twice_says_it_once(at_office: Office) -> None:
    request, offer = denied(at_office)
    modal = form(at_office.workspace.ben, offer)
    at_office.workspace.deliver_twice()
    assert at_office.workspace.ben.submits(modal, {"reason": "in use"})["ok"]
    at_office.workspace.ben.waits_for(lambda each: "Your reason stands" in each.plain)
    assert told(at_office, request).count(Happened.EXPLAINED) == 1


def test_a_second_reason_is_not_taken(at_office: Office) -> None:
    request, offer = denied(at_office)
    ben = at_office.workspace.ben
    modal = form(ben, offer)
    at_office.store.ledger.change(request.id, lambda asked: changed(asked, note="said elsewhere"))
    answer = ben.submits(modal, {"reason": "and more"})
    assert answer["errors"]["reason"].startswith(f"You said already why {request.id} was denied")
    ben.clicks(offer, "Add a reason")
    ben.waits_for(lambda each: "You said already why" in each.plain)


@pytest.mark.parametrize(
    ("changes", "part"),
    [
        ({"decider": "U0ADA000001"}, "was denied by <@U0ADA000001>, so only they can say why."),
        ({"state": State.CANCELLED}, "is cancelled; only a denial can be explained."),
        ({"ended_at": "long ago"}, "was denied more than a day ago; say why in the thread of its card."),
    ],
    ids=["by somebody else", "not denied", "long ago"],
)
def test_others_and_other_times_are_refused_in_words(at_office: Office, changes: dict[str, Any], part: str) -> None:
    request, offer = denied(at_office)
    if "ended_at" in changes:
        changes = {"ended_at": at_office.store.clock() - timedelta(days=1, minutes=1)}
    at_office.store.ledger.change(request.id, lambda asked: changed(asked, **changes))
    ben = at_office.workspace.ben
    ben.clicks(offer, "Add a reason")
    ben.waits_for(lambda each: each.is_ephemeral and part in each.plain)
    assert ben.modal() is None
    assert Happened.EXPLAINED not in told(at_office, request)
