"""What stands in a card's thread: every change of state, steps in batches, files where a list is long."""

import pytest

from bot import replies
from demo.workspace import Seen
from tests.builders import digest
from tests.office import Office
from workers.core.names import RepositoryName, Tag
from workers.core.outcome import Outcome, Result
from workers.core.plan import Plan, Step, Verb
from workers.core.request import Request, State


def plan(number: int) -> Plan:
    steps = tuple(
        Step(verb=Verb.DELETE, repository=RepositoryName("app"), digest=digest(str(n)), tags=(Tag(f"t{n}"),), size=1)
        for n in range(number)
    )
    return Plan(registry="prod", steps=steps, frees=number)


def thread(at: Office, request: Request) -> list[Seen]:
    return at.workspace.bob.thread(at.card(request))[1:]


def finish(at: Office, request: Request, number: int) -> None:
    at.starts(request)
    at.steps(request, [Outcome(step=step, result=Result.DONE) for step in range(number)])
    at.ends(request, State.DONE)
    at.settle()


def files(at: Office, request: Request) -> dict[str, str]:
    return {each["name"]: each["preview"] for said in thread(at, request) for each in said.files}


def test_steps_come_in_as_few_messages_as_they_fit_into(at_office: Office) -> None:
    request = at_office.approved(plan(100))
    finish(at_office, request, 100)
    told = [each.plain for each in thread(at_office, request) if "`app:t" in each.plain and not each.files]
    assert sum(each.count(" deleted ") for each in told) == 100
    assert len(told) <= 5, "started, a hundred steps and the end, with digests in full"


def test_a_plan_that_the_card_cuts_is_attached(at_office: Office) -> None:
    request = at_office.approved(plan(16))
    assert "…and 1 more (see the list in the thread)" in at_office.card(request).plain
    attached = files(at_office, request)
    assert list(attached) == [f"plan-{request.id}.csv"]
    assert len(attached[f"plan-{request.id}.csv"].splitlines()) == 17
    finish(at_office, request, 16)
    assert list(files(at_office, request)) == [f"plan-{request.id}.csv"]


def test_beyond_two_hundred_steps_a_file_tells_them_at_the_end(at_office: Office) -> None:
    request = at_office.approved(plan(201))
    at_office.starts(request)
    at_office.steps(request, [Outcome(step=step, result=Result.DONE) for step in range(150)])
    at_office.settle()
    assert "150 of 201 done" in at_office.card(request).plain
    assert list(files(at_office, request)) == [f"plan-{request.id}.csv"]
    at_office.steps(request, [Outcome(step=step, result=Result.FAILED, why="No.") for step in range(150, 201)])
    at_office.ends(request, State.FAILED, "Not everything could be removed.")
    at_office.settle()
    assert list(files(at_office, request)) == [f"plan-{request.id}.csv", f"outcome-{request.id}.csv"]
    assert not [each for each in thread(at_office, request) if " deleted " in each.plain]
    card = at_office.card(request).plain
    assert "150 of 201 done · 51 failed" in card
    assert "`app:t150` · failed: No." in card
    assert "…and 45 more (see the thread)" in card
    replies.show(request.id)
    assert len(files(at_office, request)) == 2


def test_a_missing_scope_for_files_stops_nothing(at_office: Office) -> None:
    at_office.workspace.trouble("files.getUploadURLExternal", error="missing_scope")
    request = at_office.approved(plan(16))
    assert "approved plan" in thread(at_office, request)[-1].plain
    assert at_office.store.cards.behind() == ()


def test_steps_alone_wait_for_more_and_are_told_in_the_end(at_office: Office) -> None:
    request = at_office.approved(plan(10))
    at_office.starts(request)
    at_office.settle()
    for step in range(10):
        at_office.steps(request, [Outcome(step=step, result=Result.DONE)])
        replies.show(request.id)
    said = [each.plain for each in thread(at_office, request) if " deleted " in each.plain]
    assert len(said) == 1, "one at once, the others are held back"
    at_office.ends(request, State.DONE)
    at_office.settle()
    told = "\n".join(each.plain for each in thread(at_office, request))
    assert [told.count(f"`app:t{step}` deleted") for step in range(10)] == [1] * 10
    assert at_office.store.cards.behind() == ()


@pytest.mark.parametrize("end", [State.STALE, State.EXPIRED, State.CANCELLED])
def test_other_ends(at_office: Office, end: State) -> None:
    request = at_office.approved(plan(2))
    at_office.ends(request, end, "For some reason.")
    at_office.settle()
    assert "For some reason." in at_office.card(request).plain
    assert "For some reason." in thread(at_office, request)[-1].plain


def test_refusals_are_shown_with_their_reason(at_office: Office) -> None:
    at_office.workspace.rita.types("/regclean rm prod/app:9")
    request = at_office.refuses(at_office.only_request(), "There is nothing to remove.")
    at_office.settle()
    card = at_office.card(request)
    assert "There is nothing to remove." in card.plain
    assert card.buttons == []
    (told,) = [each for each in at_office.workspace.rita.sees() if each.is_ephemeral and "*Refused*" in each.plain]
    assert card.permalink in told.plain.replace("&amp;", "&")


def test_what_is_cancelled_while_it_is_planned_still_gets_its_card(at_office: Office) -> None:
    at_office.workspace.rita.types("/regclean rm prod/app:9")
    request = at_office.only_request()
    at_office.workspace.rita.types(f"/regclean cancel {request.id}")
    at_office.settle()
    assert "*Cancelled* by <@U0RITA00001>" in at_office.card(request).plain
