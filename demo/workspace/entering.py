"""How a plain value, such as a test writes it, is entered into an input."""

from typing import Any

from demo.workspace.inputs import KEPT
from demo.workspace.records import Json


def entry_for(element: Json, value: Any) -> Json:
    """The element's state with `value` entered; options go by their value or their label.

    Raises:
        LookupError: there is no such option, or the element takes no value.
    """
    kind = element["type"]
    if kind == "overflow":
        return {"type": kind, "selected_option": _option(element, value)}
    if kind not in KEPT:
        raise LookupError(f"a {kind} takes no value")
    name = KEPT[kind].value
    if name == "selected_option":
        return {"type": kind, name: _option(element, value)}
    if name == "selected_options":
        return {"type": kind, name: [_option(element, each) for each in value]}
    return {"type": kind, name: value}


def _option(element: Json, wanted: str) -> Json:
    groups = [group["options"] for group in element.get("option_groups", [])]
    options: list[Json] = [option for group in [element.get("options", []), *groups] for option in group]
    for option in options:
        if wanted in (option.get("value"), option["text"]["text"]):
            return option
    raise LookupError(f"there is no option {wanted!r} among {[option['text']['text'] for option in options]}")
