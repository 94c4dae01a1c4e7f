"""What people entered: the state of every input in a set of blocks, and what their client objects to before sending."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from demo.workspace.records import Json

REQUIRED = "Please complete this required field."
INTERACTIVE = ("actions", "section", "input")


@dataclass(frozen=True, slots=True)
class _Kept:
    """Under which name an element's state keeps its value, and where the value comes from at first."""

    value: str
    initial: str
    many: bool = False


_TEXT = _Kept("value", "initial_value")
_OPTION = _Kept("selected_option", "initial_option")
_OPTIONS = _Kept("selected_options", "initial_options", many=True)
KEPT: dict[str, _Kept] = {
    "plain_text_input": _TEXT,
    "email_text_input": _TEXT,
    "url_text_input": _TEXT,
    "number_input": _TEXT,
    "static_select": _OPTION,
    "radio_buttons": _OPTION,
    "multi_static_select": _OPTIONS,
    "checkboxes": _OPTIONS,
    "users_select": _Kept("selected_user", "initial_user"),
    "multi_users_select": _Kept("selected_users", "initial_users", many=True),
    "channels_select": _Kept("selected_channel", "initial_channel"),
    "conversations_select": _Kept("selected_conversation", "initial_conversation"),
    "datepicker": _Kept("selected_date", "initial_date"),
    "timepicker": _Kept("selected_time", "initial_time"),
    "datetimepicker": _Kept("selected_date_time", "initial_date_time"),
}


def interactive(blocks: list[Json]) -> Iterator[tuple[Json, Json]]:
    """Every element that has an action_id, with its block."""
    for block in blocks:
        if block["type"] in INTERACTIVE:
            for element in [*block.get("elements", []), block.get("accessory"), block.get("element")]:
                if element and "action_id" in element:
                    yield block, element


def state_of(blocks: list[Json], given: Json) -> Json:
    """`{block_id: {action_id: {"type", value}}}` for every input: what was given, else what it began with."""
    state: Json = {}
    for block, element in interactive(blocks):
        if element["type"] in KEPT:
            entry = given.get(block["block_id"], {}).get(element["action_id"])
            state.setdefault(block["block_id"], {})[element["action_id"]] = entered(element, entry)
    return state


def entered(element: Json, entry: Json | None) -> Json:
    """One element's state; texts that are empty become null, as Slack sends them."""
    kept = KEPT[element["type"]]
    value = element.get(kept.initial) if entry is None else entry.get(kept.value)
    if kept is _TEXT:
        value = value or None
    elif kept is _OPTION and value is not None:
        value = _own_option(element, value)
    elif kept.many:
        value = [_own_option(element, each) for each in value or []] if kept is _OPTIONS else value or []
    return {"type": element["type"], kept.value: value}


def _own_option(element: Json, chosen: Json) -> Any:
    """The element's own option with the chosen value: clients choose, they do not make options up."""
    groups = [group["options"] for group in element.get("option_groups", [])]
    options = [option for group in [element.get("options", []), *groups] for option in group]
    return next((option for option in options if option.get("value") == chosen.get("value")), None)


def objections(blocks: list[Json], state: Json) -> dict[str, str]:
    """What the client tells the person by block instead of sending the view."""
    found: dict[str, str] = {}
    for block in blocks:
        if block["type"] == "input":
            element = block["element"]
            value = state[block["block_id"]][element["action_id"]][KEPT[element["type"]].value]
            sentence = _objection(element, value, optional=block.get("optional", False))
            found |= {block["block_id"]: sentence} if sentence else {}
    return found


def _objection(element: Json, value: Any, *, optional: bool) -> str:
    if not value:
        return "" if optional else REQUIRED
    if element["type"] != "plain_text_input":
        return ""
    least, most = element.get("min_length", 0), element.get("max_length", 3000)
    if len(value) < least:
        return f"Enter at least {least} characters."
    return f"Enter at most {most} characters." if len(value) > most else ""
