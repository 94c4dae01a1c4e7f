"""What people enter into every kind of input, and what their client objects to."""

from typing import Any

import pytest

from demo.workspace.entering import entry_for
from demo.workspace.inputs import REQUIRED, objections, state_of
from demo.workspace.named import with_ids
from demo.workspace.plain import plain
from demo.workspace.seen import SeenView

Json = dict[str, Any]


def option(name: str) -> Json:
    return {"text": {"type": "plain_text", "text": name}, "value": name.lower()}


DEV, PROD = option("Dev"), option("Prod")
GROUPS = [{"label": {"type": "plain_text", "text": "All"}, "options": [DEV, PROD]}]


def field(kind: str, *, optional: bool = False, **more: Any) -> Json:
    element = {"type": kind, "action_id": "a", **more}
    label = {"type": "plain_text", "text": "Label"}
    return {"type": "input", "block_id": "b", "label": label, "element": element, "optional": optional}


ENTERED: dict[str, tuple[Json, Any, Json]] = {
    "text": (field("plain_text_input"), "x", {"value": "x"}),
    "empty text": (field("plain_text_input"), "", {"value": None}),
    "number": (field("number_input"), "7", {"value": "7"}),
    "menu by value": (field("static_select", options=[DEV, PROD]), "prod", {"selected_option": PROD}),
    "menu by label": (field("static_select", option_groups=GROUPS), "Dev", {"selected_option": DEV}),
    "radio": (field("radio_buttons", options=[DEV, PROD]), "dev", {"selected_option": DEV}),
    "checkboxes": (field("checkboxes", options=[DEV, PROD]), ["dev", "prod"], {"selected_options": [DEV, PROD]}),
    "user": (field("users_select"), "U1", {"selected_user": "U1"}),
    "users": (field("multi_users_select"), ["U1", "U2"], {"selected_users": ["U1", "U2"]}),
    "channel": (field("channels_select"), "C1", {"selected_channel": "C1"}),
    "date": (field("datepicker"), "2026-01-02", {"selected_date": "2026-01-02"}),
}


@pytest.mark.parametrize(("block", "value", "state"), ENTERED.values(), ids=ENTERED)
def test_what_is_entered_is_the_state(block: Json, value: Any, state: Json) -> None:
    element = block["element"]
    given = {"b": {"a": entry_for(element, value)}}
    assert state_of([block], given) == {"b": {"a": {"type": element["type"], **state}}}


INITIAL: dict[str, tuple[Json, Json]] = {
    "text": (field("plain_text_input", initial_value="was"), {"value": "was"}),
    "nothing": (field("plain_text_input"), {"value": None}),
    "menu": (field("static_select", options=[DEV, PROD], initial_option=PROD), {"selected_option": PROD}),
    "no choice": (field("static_select", options=[DEV]), {"selected_option": None}),
    "checked": (field("checkboxes", options=[DEV, PROD], initial_options=[DEV]), {"selected_options": [DEV]}),
    "unchecked": (field("checkboxes", options=[DEV]), {"selected_options": []}),
}


@pytest.mark.parametrize(("block", "state"), INITIAL.values(), ids=INITIAL)
def test_what_is_left_alone_is_what_it_began_with(block: Json, state: Json) -> None:
    assert state_of([block], {}) == {"b": {"a": {"type": block["element"]["type"], **state}}}


def test_an_option_that_is_made_up_is_none() -> None:
    block = field("static_select", options=[DEV])
    made_up = {"b": {"a": {"type": "static_select", "selected_option": option("Evil")}}}
    assert state_of([block], made_up)["b"]["a"]["selected_option"] is None


OBJECTIONS: dict[str, tuple[Json, Any, dict[str, str]]] = {
    "required": (field("plain_text_input"), "", {"b": REQUIRED}),
    "required choice": (field("checkboxes", options=[DEV]), [], {"b": REQUIRED}),
    "optional": (field("plain_text_input", optional=True), "", {}),
    "too short": (field("plain_text_input", min_length=3), "no", {"b": "Enter at least 3 characters."}),
    "too long": (field("plain_text_input", max_length=3), "long", {"b": "Enter at most 3 characters."}),
    "long enough": (field("plain_text_input", min_length=2, max_length=4), "fine", {}),
    "any number": (field("number_input"), "7", {}),
}


@pytest.mark.parametrize(("block", "value", "told"), OBJECTIONS.values(), ids=OBJECTIONS)
def test_clients_object_before_they_send(block: Json, value: Any, told: dict[str, str]) -> None:
    state = state_of([block], {"b": {"a": entry_for(block["element"], value)}})
    assert objections([block], state) == told


def test_what_is_not_there_cannot_be_used() -> None:
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    with pytest.raises(LookupError, match="a button takes no value"):
        entry_for(button, "x")
    with pytest.raises(LookupError, match="no option 'test' among \\['Dev', 'Prod'\\]"):
        entry_for(field("static_select", options=[DEV, PROD])["element"], "test")
    view = SeenView(
        id="V1",
        type="modal",
        blocks=[{"type": "actions", "block_id": "b", "elements": [button]}],
        callback_id="",
        private_metadata="",
    )
    assert view.element("Go") == view.element("go") == (view.blocks[0], button)
    with pytest.raises(LookupError, match="no 'Stop' among"):
        view.element("Stop")
    assert view.plain == plain(view.blocks) == "[Go]"


def test_an_overflow_menu_is_chosen_from() -> None:
    menu = {"type": "overflow", "action_id": "more", "options": [DEV, PROD]}
    assert entry_for(menu, "Prod") == {"type": "overflow", "selected_option": PROD}


def test_slack_makes_up_the_ids_that_are_missing() -> None:
    button = {"type": "button", "text": {"type": "plain_text", "text": "Go"}}
    named, divider = with_ids([{"type": "actions", "elements": [button]}, {"type": "divider", "block_id": "mine"}])

    assert named["block_id"]
    assert named["elements"][0]["action_id"]
    assert named["elements"][0]["text"] == {"type": "plain_text", "text": "Go", "emoji": True}
    assert divider["block_id"] == "mine"
