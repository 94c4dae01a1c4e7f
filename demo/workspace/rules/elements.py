"""What people act on inside blocks (docs.slack.dev/reference/block-kit/block-elements), and where each may stand."""

from collections.abc import Iterator, Mapping
from typing import Any

from demo.workspace.rules import texts
from demo.workspace.rules.checks import (
    Check,
    anything,
    boolean,
    by_type,
    choice,
    integer,
    listing,
    problem,
    shape,
    string,
    web_address,
)

ACTION_ID = string(255)
FOCUS: dict[str, Check] = {"action_id": ACTION_ID, "focus_on_load": boolean}
PICK: dict[str, Check] = {**FOCUS, "confirm": texts.CONFIRM, "placeholder": texts.plain(150)}
MULTI: dict[str, Check] = {**PICK, "max_selected_items": integer(1, 100)}
TYPED: dict[str, Check] = {**FOCUS, "placeholder": texts.plain(150), "dispatch_action_config": anything}
INPUT_TEXT = string(3000, 0)

BUTTON = shape(
    {"text": texts.plain(75)},
    {
        "action_id": ACTION_ID,
        "url": web_address,
        "value": string(2000),
        "style": choice("primary", "danger"),
        "confirm": texts.CONFIRM,
        "accessibility_label": string(75),
    },
)

IMAGE = shape({"alt_text": string(2000)}, {"image_url": web_address, "slack_file": anything})


def _select(more: Mapping[str, Check], initial: Check) -> Check:
    """A menu with a list of its own: options or option groups, not both."""
    lists = {"options": listing(texts.option(), 100), "option_groups": listing(texts.OPTION_GROUP, 100)}
    fields = shape({}, {**more, **lists, "initial_option": initial, "initial_options": initial})

    def check(value: Any, at: str) -> Iterator[str]:
        yield from fields(value, at)
        if ("options" in value) == ("option_groups" in value):
            yield problem("must define either `options` or `option_groups`", at)

    return check


def _buttons_of_choice(most: int, initial: str) -> Check:
    options = listing(texts.option(with_mrkdwn=True), most)
    more = {**FOCUS, "confirm": texts.CONFIRM, initial: anything}
    return shape({"options": options}, more)


ELEMENTS: dict[str, Check] = {
    "button": BUTTON,
    "image": IMAGE,
    "overflow": shape({"options": listing(texts.option(), 5)}, {"action_id": ACTION_ID, "confirm": texts.CONFIRM}),
    "static_select": _select(PICK, anything),
    "multi_static_select": _select(MULTI, anything),
    "users_select": shape({}, {**PICK, "initial_user": string(20)}),
    "multi_users_select": shape({}, {**MULTI, "initial_users": listing(string(20), 100)}),
    "channels_select": shape({}, {**PICK, "initial_channel": string(20), "response_url_enabled": boolean}),
    "conversations_select": shape(
        {},
        {
            **PICK,
            "initial_conversation": string(20),
            "default_to_current_conversation": boolean,
            "response_url_enabled": boolean,
            "filter": anything,
        },
    ),
    "radio_buttons": _buttons_of_choice(10, "initial_option"),
    "checkboxes": _buttons_of_choice(10, "initial_options"),
    "datepicker": shape({}, {**PICK, "initial_date": string(10, 10)}),
    "timepicker": shape({}, {**PICK, "initial_time": string(5, 5), "timezone": string(255)}),
    "datetimepicker": shape({}, {**PICK, "initial_date_time": integer(0, 9_999_999_999)}),
    "plain_text_input": shape(
        {},
        {
            **TYPED,
            "initial_value": INPUT_TEXT,
            "multiline": boolean,
            "min_length": integer(0, 3000),
            "max_length": integer(1, 3000),
        },
    ),
    "email_text_input": shape({}, {**TYPED, "initial_value": INPUT_TEXT}),
    "url_text_input": shape({}, {**TYPED, "initial_value": INPUT_TEXT}),
    "number_input": shape(
        {"is_decimal_allowed": boolean},
        {**TYPED, "initial_value": INPUT_TEXT, "min_value": string(255), "max_value": string(255)},
    ),
}

MENUS = (
    "static_select",
    "multi_static_select",
    "users_select",
    "multi_users_select",
    "channels_select",
    "conversations_select",
    "radio_buttons",
    "checkboxes",
    "datepicker",
    "timepicker",
)


def _those(*names: str) -> Check:
    return by_type({name: ELEMENTS[name] for name in names})


IN_SECTION = _those("button", "image", "overflow", *MENUS)
IN_ACTIONS = _those("button", "overflow", "datetimepicker", *MENUS)
IN_INPUT = _those("plain_text_input", "email_text_input", "url_text_input", "number_input", "datetimepicker", *MENUS)
IN_CONTEXT = by_type({"image": IMAGE, "plain_text": texts.plain(3000), "mrkdwn": texts.mrkdwn(3000)})
