"""The form, the shortcut that fills it, and the home tab."""

from functools import partial

from demo.workspace import SeenView
from demo.workspace.content import PLATFORM
from tests.office import SHORTCUT, Office
from tests.samples import PLAN


def initial(form: SeenView, name: str) -> str:
    _, element = form.element(name)
    return str(element.get("initial_value", ""))


def test_rm_alone_opens_a_form(both_ways: Office) -> None:
    rita = both_ways.workspace.rita
    assert rita.types("/regclean rm --reason “disk full”", channel=PLATFORM) == {"ok": True}
    form = rita.waits_for_modal()
    assert (form.title, initial(form, "reason"), initial(form, "images")) == ("Clean images", "disk full", "")
    answer = rita.submits(form, {"images": "# old\nprod/app:1\nstaging/app:2, prod/app:3"})
    assert answer["ok"]
    assert rita.modal() is None
    requests = both_ways.requests()
    assert {each.registry: each.targets for each in requests} == {"prod": ("app:1", "app:3"), "staging": ("app:2",)}
    assert {(each.reason, each.requester, each.origin.channel) for each in requests} == {
        ("disk full", rita.id, PLATFORM)
    }
    said = rita.waits_for(lambda each: "Taken as" in each.plain, PLATFORM)
    assert said.is_ephemeral


def test_a_wrong_line_is_named_below_the_text(both_ways: Office) -> None:
    rita = both_ways.workspace.rita
    rita.types("/regclean rm")
    form = rita.waits_for_modal()
    answer = rita.submits(form, {"images": "prod/app:1\n\nprod/app"})
    assert answer["response_action"] == "errors"
    assert answer["errors"] == {"images": "Line 3: “app” names no tag; write prod/app:TAG or prod/app@DIGEST."}
    answer = rita.submits(form, {"images": "# nothing yet"})
    assert answer["errors"] == {"images": "Name at least one image, such as prod/app:1.2."}
    assert both_ways.requests() == []
    assert rita.submits(form, {"images": "prod/app:1"})["ok"]
    assert len(both_ways.requests()) == 1


def test_a_form_sent_twice_opens_one_request(at_office: Office) -> None:
    rita = at_office.workspace.rita
    rita.types("/regclean rm")
    form = rita.waits_for_modal()
    at_office.workspace.deliver_twice()
    rita.submits(form, {"images": "prod/app:1"})
    rita.waits_for(lambda each: "Taken as" in each.plain)
    assert len(at_office.requests()) == 1
    assert len([each for each in rita.sees() if "Taken as" in each.plain]) == 1


def test_the_shortcut_fills_the_form_from_a_message(both_ways: Office) -> None:
    bob, rita = both_ways.workspace.bob, both_ways.workspace.rita
    bob.types("please drop prod/app:1 and http://registry.example.com/x, also staging/app:2. At 12:30!")
    message = rita.sees()[-1]
    rita.uses_shortcut(SHORTCUT.callback_id, message)
    form = rita.waits_for_modal()
    assert initial(form, "images") == "prod/app:1\nstaging/app:2"
    rita.submits(form)
    assert {each.registry for each in both_ways.requests()} == {"prod", "staging"}
    rita.waits_for(lambda each: "Taken as" in each.plain)


def test_more_than_fits_into_a_form_is_said(at_office: Office) -> None:
    bob, rita = at_office.workspace.bob, at_office.workspace.rita
    bob.types(" ".join(f"prod/{'a' * 40}:{number}" for number in range(100)))
    rita.uses_shortcut(SHORTCUT.callback_id, rita.sees()[-1])
    form = rita.waits_for_modal()
    filled = initial(form, "images")
    assert len(filled) <= 3000
    assert f"{100 - filled.count(chr(10)) - 1} more did not fit here" in str(form.blocks)


def test_home(both_ways: Office) -> None:
    people = both_ways.workspace
    people.rita.opens_home()
    assert "Nothing is open" in people.rita.waits_for_home().plain
    people.rita.types("/regclean rm prod/app:1 --reason old")
    request = both_ways.plans(both_ways.only_request(), PLAN)
    both_ways.settle()
    link = both_ways.card(request).permalink
    groups = {"Asked by you": people.rita, "Waiting for you": people.ada, "Open, by others": people.bob}
    for group, person in groups.items():
        person.opens_home()
        home = person.waits_for_home(partial(says, group))
        assert request.id in home.plain
        assert link in home.plain.replace("&amp;", "&")
        assert "`/regclean rm IMAGE…`" in home.plain


def says(part: str, home: SeenView) -> bool:
    return part in home.plain
