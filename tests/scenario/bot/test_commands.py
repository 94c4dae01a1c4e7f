"""Every command as people type it, over both ways by which Slack reaches the bot."""

from dataclasses import replace

import pytest

from bot.commands import COMMANDS
from demo.workspace import Seen
from demo.workspace.content import PLATFORM, REGISTRY_CLEAN
from tests.office import Office
from tests.samples import NOW, PLAN
from tests.unit.test_bot_listing import ROW
from workers.core.listing import Listing, Row, Shelf
from workers.core.request import Action, State


def answer(at: Office, text: str) -> Seen:
    """What Rita sees at once, and nobody else."""
    assert at.workspace.rita.types(f"/regclean {text}") == {"ok": True}
    said = at.workspace.rita.sees()[-1]
    assert said.is_ephemeral
    assert said.ts not in {each.ts for each in at.workspace.bob.sees()}
    return said


def looked_up(at: Office, found: Listing, channel: str = REGISTRY_CLEAN) -> Seen:
    """The workers answer Rita's last question, and it is posted."""
    (job_id,) = at.store.queues.queue("lookup").job_ids
    lookup_id = job_id.removeprefix("look-").removesuffix("-1")
    at.store.lookups.answer(lookup_id, found)
    at.settle()
    return at.workspace.rita.sees(channel)[-1]


def test_help(both_ways: Office) -> None:
    said = answer(both_ways, "help").plain
    assert [name for name in COMMANDS if f"`/regclean {name} {COMMANDS[name].hint}`" not in said] == []
    assert answer(both_ways, "").plain == said
    about = answer(both_ways, "help rm").plain
    assert [option.name for option in COMMANDS["rm"].options if option.name not in about] == []
    assert (
        "for all of it or for the tag alone, such as `app*:2023-*` or `nightly-*`" in answer(both_ways, "help ls").plain
    )


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("remove prod/app:1", "There is no command “remove”; did you mean rm?"),
        ("statsu", "There is no command “statsu”; did you mean status?"),
        ("xyzzy", "There is no command “xyzzy”; there are ls, rm, gc, status, cancel, help."),
        ("help xyzzy", "There is no command “xyzzy”; there are ls, rm, gc, status, cancel, help."),
        ("rm prod/app", "“app” names no tag; write prod/app:TAG"),
        ("rm prdo/app:1", "Say which registry"),
        ("rm registry.exmaple.com/app:1", "did you mean registry.example.com?"),
        ("rm prod/app:1 --raeson old", "There is no option “--raeson” here; did you mean --reason?"),
        ("rm --untagged", "Say which repository: /regclean rm --untagged prod/app."),
        ("rm --untagged staging/app", "staging has no garbage collection in the configuration"),
        ("gc", "Say which one registry: /regclean gc prod."),
        ("gc prdo", "There is no registry “prdo” in the configuration; did you mean prod?"),
        ("gc staging", "staging has no garbage collection in the configuration, and gc needs it"),
        ("ls prdo", "There is no registry “prdo” in the configuration; did you mean prod?"),
        ("ls prod/app:1", "“prod/app:1” is an image; to look for it, write /regclean ls prod/app 1."),
        ("ls prod app 1", "ls takes a place and one filter"),
        ("status all", "“all” is not a request"),
        ("status r-00000000", "There is no request r-00000000"),
        ("status r-1 r-2", "status shows one request at a time"),
        ("cancel", "Say which one request: /regclean cancel r-7k3m9q2x"),
        ("rm <!here>/app:1 &lt;", "Say which registry"),
    ],
)
def test_wrong_words_are_answered_at_once_with_the_one_thing_to_fix(
    at_office: Office, text: str, sentence: str
) -> None:
    assert sentence in answer(at_office, text).plain
    assert at_office.requests() == []


def test_a_pasted_list_names_the_wrong_line(at_office: Office) -> None:
    said = answer(at_office, "rm\n# the old ones\n- prod/app:1\n- prod/App:2 # this one\n")
    assert said.plain.startswith("Line 4: “App” is not a repository name")
    answer(
        at_office, "rm # all of them\n\u2022 `prod/app:1`,\n\n\u2022 <http://registry.example.com/app:2>;\nprod/app:3"
    )
    assert at_office.requests() == []


def test_a_list_over_two_registries_opens_two_linked_requests(both_ways: Office) -> None:
    said = answer(both_ways, "rm\nprod/app:1\nstaging/app:2\nprod/app:3")
    requests = both_ways.requests()
    assert {each.registry: each.targets for each in requests} == {"prod": ("app:1", "app:3"), "staging": ("app:2",)}
    assert all(each.id in said.plain for each in requests)
    for request in requests:
        both_ways.plans(request, replace(PLAN, registry=request.registry))
        both_ways.settle()
    first, second = (both_ways.card(request) for request in requests)
    assert requests[1].id in first.plain
    assert f"|{requests[0].id}>" in second.plain, "the first card was there, so it is linked"


def test_ls(both_ways: Office) -> None:
    assert answer(both_ways, "ls").plain == "Looking at prod, staging…"
    empty = Shelf(registry="staging")
    said = looked_up(both_ways, Listing(shelves=(Shelf(registry="prod", rows=(ROW,)), empty)))
    assert said.is_ephemeral
    for part in ("*prod*", "`app`", "`1.2`", "12.3 MB", "same digest as `latest`", "*staging*: nothing here."):
        assert part in said.plain


def test_ls_pages_in_place(both_ways: Office) -> None:
    answer(both_ways, "ls prod/app 1.*")
    rows = tuple(replace(ROW, tag=f"v{number}") for number in range(60))
    first = looked_up(both_ways, Listing(shelves=(Shelf(registry="prod", rows=rows),)))
    assert "page 1 of 3" in first.plain
    rita = both_ways.workspace.rita
    assert rita.clicks(first, "Next") == {"ok": True}
    second = rita.waits_for(lambda each: "page 2 of 3" in each.plain)
    assert "`v25`" in second.plain
    assert [each for each in rita.sees() if "page 1 of 3" in each.plain] == []
    rita.clicks(second, "Previous")
    rita.waits_for(lambda each: "page 1 of 3" in each.plain)


def test_a_list_that_is_gone_says_so(at_office: Office) -> None:
    answer(at_office, "ls")
    rows = tuple(replace(ROW, tag=f"v{number}") for number in range(60))
    first = looked_up(at_office, Listing(shelves=(Shelf(registry="prod", rows=rows),)))
    at_office.store.redis.flushall()
    rita = at_office.workspace.rita
    rita.clicks(first, "Next")
    rita.waits_for(lambda each: "This list is more than an hour old; ask for it again." in each.plain)


def test_long_lists_come_as_a_file_too(at_office: Office) -> None:
    answer(at_office, "ls prod")
    rows = tuple(Row(repository="app", tag=f"v{number}", created=NOW) for number in range(201))
    looked_up(at_office, Listing(shelves=(Shelf(registry="prod", rows=rows),)))
    rita = at_office.workspace.rita
    (sent,) = [each for each in rita.sees(rita.dm) if each.files]
    assert sent.files[0]["name"] == "images.csv"
    assert sent.files[0]["preview"].splitlines()[1].startswith("prod,app,v0,")


def test_the_same_answer_is_not_posted_twice(at_office: Office) -> None:
    answer(at_office, "ls")
    looked_up(at_office, Listing())
    before = len(at_office.workspace.rita.sees())
    (job_id,) = at_office.store.queues.queue("lookup").job_ids
    at_office.store.lookups.answer(job_id.removeprefix("look-").removesuffix("-1"), Listing())
    at_office.settle()
    assert len(at_office.workspace.rita.sees()) == before


def test_sharing(both_ways: Office) -> None:
    both_ways.workspace.rita.types("/regclean ls prod --share", channel=PLATFORM)
    assert both_ways.workspace.bob.sees(PLATFORM)[-1].plain == "Looking at prod…"
    looked_up(both_ways, Listing(shelves=(Shelf(registry="prod", rows=(ROW,)),)), PLATFORM)
    assert "`1.2`" in both_ways.workspace.bob.sees(PLATFORM)[-1].plain


def test_gc_and_untagged(both_ways: Office) -> None:
    answer(both_ways, "gc registry.example.com --reason weekly")
    answer(both_ways, "rm --untagged prod/app prod/team/app")
    untagged, collect = both_ways.requests()
    assert (collect.action, collect.registry, collect.reason) == (Action.COLLECT, "prod", "weekly")
    assert (untagged.action, untagged.targets) == (Action.UNTAGGED, ("app", "team/app"))
    assert f"{collect.id} asks for the same already" in answer(both_ways, "gc prod").plain


def test_gc_on_damaged_storage_has_to_be_meant(at_office: Office) -> None:
    answer(at_office, "gc prod")
    assert not at_office.only_request().accepts_damage
    answer(at_office, f"cancel {at_office.only_request().id}")
    answer(at_office, "gc prod —accept-damage")
    assert [each.accepts_damage for each in at_office.requests() if each.state is State.PLANNING] == [True]


def test_status_and_cancel(both_ways: Office) -> None:
    assert answer(both_ways, "status").plain == "Nothing is open, and you asked for nothing lately."
    answer(both_ways, "rm prod/app:1 --reason old")
    request = both_ways.plans(both_ways.only_request(), PLAN)
    both_ways.settle()
    said = answer(both_ways, "status").plain
    assert "Asked by you" in said
    assert f"|{request.id}> pending: remove 2 images" not in said
    assert request.id in said
    assert "pending" in said
    one = answer(both_ways, f"status {request.id}")
    assert "*Waiting for a decision*" in one.plain
    assert one.buttons == []
    assert both_ways.card(request).permalink in one.plain.replace("&amp;", "&")

    assert answer(both_ways, f"cancel {request.id}").plain == f"`{request.id}` is cancelled."
    assert both_ways.store.ledger.load(request.id).state is State.CANCELLED
    assert "there is nothing left to cancel" in answer(both_ways, f"cancel {request.id}").plain
    both_ways.settle()
    assert both_ways.card(request).buttons == []


def test_cancelling_what_runs_stops_it_soon(at_office: Office) -> None:
    request = at_office.approved(PLAN)
    at_office.starts(request)
    assert answer(at_office, f"cancel {request.id}").plain == f"`{request.id}` stops before its next step."
    at_office.settle()
    assert "cancelled it; it stops before its next step" in at_office.card(request).plain
    assert at_office.card(request).buttons == []
