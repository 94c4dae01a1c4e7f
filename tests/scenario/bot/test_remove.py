"""`rm` from the command to the outcome, as people see it, over both ways by which Slack reaches the bot."""

from tests.office import Office
from tests.samples import PLAN
from workers.core.outcome import Outcome, Result
from workers.core.request import State


def test_from_the_command_to_the_outcome(both_ways: Office) -> None:
    people = both_ways.workspace
    typed = "/regclean rm prod/app:1 prod/team/app:2 --reason “no longer used”"
    assert people.rita.types(typed) == {"ok": True}
    request = both_ways.only_request()
    assert (request.targets, request.reason) == (("app:1", "team/app:2"), "no longer used")
    said = people.rita.sees()[-1]
    assert said.is_ephemeral
    assert request.id in said.plain

    both_ways.settle()
    assert not people.bob.sees(), "planning is not shown"

    both_ways.plans(request, PLAN)
    both_ways.settle()
    card = both_ways.card(request)
    assert card.buttons == ["Approve", "Deny", "Cancel"]
    assert people.ada.clicks(card, "Approve") == {"ok": True}
    both_ways.settle()
    assert both_ways.card(request).buttons == ["Cancel"]
    assert f"<@{people.ada.id}>" in both_ways.card(request).plain

    both_ways.starts(request)
    skipped = Outcome(step=1, result=Result.SKIPPED, why="It moved.")
    both_ways.steps(request, [Outcome(step=0, result=Result.DONE), skipped])
    both_ways.settle()
    assert "1 of 2 done · 1 skipped" in both_ways.card(request).plain

    both_ways.ends(request, State.DONE, freed=1117)
    both_ways.settle()
    card = both_ways.card(request)
    assert "*Done*" in card.plain
    assert card.buttons == ["Collect now"]
    told = "\n".join(each.plain for each in people.bob.thread(card)[1:])
    for part in ("asked to remove", "Planned", "approved plan", "Started", "untagged", "It moved.", "Done"):
        assert part in told
    links = [
        each for each in people.rita.sees() if each.is_ephemeral and card.permalink in each.plain.replace("&amp;", "&")
    ]
    assert len(links) == 2, "at pending, and at the end"
    assert both_ways.store.cards.behind() == ()
