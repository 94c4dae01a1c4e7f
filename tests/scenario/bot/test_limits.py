"""More requests than may be open: one too many is refused by every way of asking, and others are served."""

from collections.abc import Iterator

import pytest

from demo.workspace import Person
from demo.workspace.content import PLATFORM
from tests.office import Office, configuration, office
from tests.scenario.bot.removals import finished
from workers.core.request import Action, State

FULL = (
    "You have 2 open requests, and one person may have 2; wait until some have ended, or cancel one: "
    "/regclean status lists them."
)
CHANNEL_FULL = "The channel of prod has 2 open requests, and may have 2; have some decided or cancelled first."


@pytest.fixture(params=["socket", "http"])
def limited(request: pytest.FixtureRequest, redis_url: str) -> Iterator[Office]:
    """One person may have two open requests."""
    config = configuration(limits={"open_requests_per_user": 2})
    with office(redis_url, mode=request.param, config=config) as running:
        yield running


@pytest.fixture(params=["socket", "http"])
def narrow(request: pytest.FixtureRequest, redis_url: str) -> Iterator[Office]:
    """A channel may have two open requests, and staging has a channel of its own."""
    config = configuration(limits={"open_requests_per_channel": 2})
    prod, staging = config.registries
    config = config.model_copy(update={"registries": (prod, staging.model_copy(update={"channel": PLATFORM}))})
    with office(redis_url, mode=request.param, config=config) as running:
        yield running


def fill(person: Person) -> None:
    """Open two requests."""
    for tag in ("a", "b"):
        assert person.types(f"/regclean rm prod/app:{tag} --reason old") == {"ok": True}


def ids(at: Office) -> set[str]:
    return {each.id for each in at.requests()}


def test_a_command_too_many_is_refused_in_its_acknowledgement(limited: Office) -> None:
    rita, bob = limited.workspace.rita, limited.workspace.bob
    fill(rita)
    before = ids(limited)
    assert rita.types("/regclean rm prod/app:c --reason old") == {"ok": True}
    said = rita.sees()[-1]
    assert (said.is_ephemeral, said.plain) == (True, FULL)
    assert limited.workspace.calls("response_url") == []
    assert FULL not in [each.plain for each in bob.sees()]
    assert ids(limited) == before
    assert bob.types("/regclean rm prod/app:c --reason old") == {"ok": True}
    assert "Taken as" in bob.sees()[-1].plain
    assert [each.requester for each in limited.requests() if each.id not in before] == [bob.id]


def test_a_command_for_two_registries_is_taken_whole_or_not_at_all(limited: Office) -> None:
    rita = limited.workspace.rita
    rita.types("/regclean rm prod/app:a --reason old")
    rita.types("/regclean rm prod/app:b staging/app:b --reason old")
    assert rita.sees()[-1].plain == FULL.replace("2 open requests", "1 open request")
    assert len(limited.requests()) == 1


def test_there_is_room_again_once_one_was_cancelled(limited: Office) -> None:
    rita = limited.workspace.rita
    fill(rita)
    rita.types(f"/regclean cancel {limited.requests()[0].id}")
    rita.types("/regclean rm prod/app:c --reason old")
    assert "Taken as" in rita.sees()[-1].plain
    assert len(limited.requests()) == 3


def test_a_form_too_many_is_refused_below_its_text_and_stays_open(limited: Office) -> None:
    rita, bob = limited.workspace.rita, limited.workspace.bob
    fill(rita)
    before = ids(limited)
    rita.types("/regclean rm")
    form = rita.waits_for_modal()
    answer = rita.submits(form, {"images": "prod/app:c"})
    assert (answer["response_action"], answer["errors"]) == ("errors", {"images": FULL})
    still = rita.modal()
    assert still
    assert still.id == form.id
    assert ids(limited) == before
    bob.types("/regclean rm")
    assert bob.submits(bob.waits_for_modal(), {"images": "prod/app:c"})["ok"]
    assert bob.modal() is None
    rita.types(f"/regclean cancel {min(before)}")
    assert rita.submits(still, {"images": "prod/app:c"})["ok"]
    assert rita.modal() is None
    assert sorted(each.requester for each in limited.requests() if each.id not in before) == sorted([bob.id, rita.id])


@pytest.mark.parametrize(
    ("state", "button", "action"),
    [(State.STALE, "Plan again", Action.REMOVE), (State.DONE, "Collect now", Action.COLLECT)],
    ids=["plan again", "collect now"],
)
def test_a_click_too_many_is_told_to_the_clicker_and_the_card_stays(
    limited: Office, state: State, button: str, action: Action
) -> None:
    request, card = finished(limited, state)
    ben, bob = limited.workspace.ben, limited.workspace.bob
    fill(ben)
    before = ids(limited)
    assert ben.clicks(card, button) == {"ok": True}
    said = ben.waits_for(lambda each: each.plain == FULL)
    assert said.is_ephemeral
    assert FULL not in [each.plain for each in bob.sees()]
    limited.settle()
    now = limited.card(request)
    assert (now.ts, now.plain, now.buttons) == (card.ts, card.plain, [button])
    assert ids(limited) == before
    assert bob.clicks(now, button) == {"ok": True}
    bob.waits_for(lambda each: "Taken as" in each.plain)
    assert [(each.requester, each.action) for each in limited.requests() if each.id not in before] == [(bob.id, action)]


def test_a_channel_that_is_full_takes_from_nobody_and_another_one_does(narrow: Office) -> None:
    rita, bob = narrow.workspace.rita, narrow.workspace.bob
    fill(rita)
    before = ids(narrow)
    assert bob.types("/regclean rm prod/app:c --reason old") == {"ok": True}
    said = bob.sees()[-1]
    assert (said.is_ephemeral, said.plain) == (True, CHANNEL_FULL)
    bob.types("/regclean rm")
    form = bob.waits_for_modal()
    answer = bob.submits(form, {"images": "prod/app:c"})
    assert (answer["response_action"], answer["errors"]) == ("errors", {"images": CHANNEL_FULL})
    assert ids(narrow) == before
    assert bob.submits(form, {"images": "staging/app:c"})["ok"]
    assert [(each.requester, each.registry) for each in narrow.requests() if each.id not in before] == [
        (bob.id, "staging")
    ]


@pytest.mark.parametrize(
    ("state", "button"), [(State.STALE, "Plan again"), (State.DONE, "Collect now")], ids=["plan again", "collect now"]
)
def test_a_click_for_a_channel_that_is_full_is_told_to_the_clicker(narrow: Office, state: State, button: str) -> None:
    request, card = finished(narrow, state)
    ben, rita = narrow.workspace.ben, narrow.workspace.rita
    fill(rita)
    before = ids(narrow)
    ben.clicks(card, button)
    assert ben.waits_for(lambda each: each.plain == CHANNEL_FULL).is_ephemeral
    narrow.settle()
    assert narrow.card(request).buttons == [button]
    assert ids(narrow) == before
