"""`rm` from the command to the outcome, as people see it, over both ways by which Slack reaches the bot."""

from collections.abc import Iterator

import pytest

from tests.office import Office, office
from tests.samples import PLAN
from workers.core.outcome import Outcome, Result
from workers.core.request import State


@pytest.fixture(params=["socket", "http"])
def at_office(request: pytest.FixtureRequest, redis_url: str) -> Iterator[Office]:
    with office(redis_url, mode=request.param) as running:
        yield running


def test_from_the_command_to_the_outcome(at_office: Office) -> None:
    people = at_office.workspace
    typed = "/regclean rm prod/app:1 prod/team/app:2 --reason “no longer used”"
    assert people.rita.types(typed) == {"ok": True}
    request = at_office.only_request()
    assert (request.targets, request.reason) == (("app:1", "team/app:2"), "no longer used")
    said = people.rita.sees()[-1]
    assert said.is_ephemeral
    assert request.id in said.plain

    at_office.settle()
    assert not people.bob.sees(), "planning is not shown"

    at_office.plans(request, PLAN)
    at_office.settle()
    card = at_office.card(request)
    assert card.buttons == ["Approve", "Deny", "Cancel"]
    assert people.ada.clicks(card, "Approve") == {"ok": True}
    at_office.settle()
    assert at_office.card(request).buttons == ["Cancel"]
    assert f"<@{people.ada.id}>" in at_office.card(request).plain

    at_office.starts(request)
    skipped = Outcome(step=1, result=Result.SKIPPED, why="It moved.")
    at_office.steps(request, [Outcome(step=0, result=Result.DONE), skipped])
    at_office.settle()
    assert "1 of 2 done · 1 skipped" in at_office.card(request).plain

    at_office.ends(request, State.DONE, freed=1117)
    at_office.settle()
    card = at_office.card(request)
    assert "*Done*" in card.plain
    assert card.buttons == ["Collect now"]
    told = "\n".join(each.plain for each in people.bob.thread(card)[1:])
    for part in ("asked to remove", "Planned", "approved plan", "Started", "untagged", "It moved.", "Done"):
        assert part in told
    links = [
        each for each in people.rita.sees() if each.is_ephemeral and card.permalink in each.plain.replace("&amp;", "&")
    ]
    assert len(links) == 2, "at pending, and at the end"
    assert at_office.store.cards.behind() == ()
