"""Slack's limits on blocks, messages and views: each at its edge, and in Slack's words."""

from typing import Any

import pytest

from demo.workspace.refusal import Refusal
from demo.workspace.rules.messages import check_blocks, check_metadata, check_update_text
from demo.workspace.rules.views import check_view

Json = dict[str, Any]


def plain(length: int) -> Json:
    return {"type": "plain_text", "text": "x" * length}


def mrkdwn(length: int) -> Json:
    return {"type": "mrkdwn", "text": "x" * length}


def section(**more: Any) -> Json:
    return {"type": "section", "text": mrkdwn(1), **more}


def button(**more: Any) -> Json:
    return {"type": "button", "text": plain(1), **more}


def actions(*elements: Json) -> Json:
    return {"type": "actions", "elements": list(elements)}


def menu(options: int, length: int = 1) -> Json:
    return {"type": "static_select", "options": [{"text": plain(length), "value": str(n)} for n in range(options)]}


def field(**element: Any) -> Json:
    return {"type": "input", "label": plain(1), "element": {"type": "plain_text_input", **element}}


def table(rows: int, columns: int, length: int = 1) -> Json:
    cell = {"type": "raw_text", "text": "x" * length}
    return {"type": "table", "rows": [[cell] * columns] * rows}


CONFIRM = {"title": plain(100), "text": mrkdwn(300), "confirm": plain(30), "deny": plain(30)}

FITTING = {
    "section text": {"type": "section", "text": mrkdwn(3000)},
    "section fields": {"type": "section", "fields": [mrkdwn(100)] * 10},
    "long field": {"type": "section", "fields": [mrkdwn(2000)]},
    "actions": actions(*[button(action_id=str(n)) for n in range(25)]),
    "button": actions(button(action_id="a" * 255, value="v" * 2000, url="https://a.example/" + "u" * 2982)),
    "button text": actions({"type": "button", "text": plain(75)}),
    "block id": section(block_id="b" * 255),
    "header": {"type": "header", "text": plain(150)},
    "context": {"type": "context", "elements": [mrkdwn(1)] * 10},
    "menu": actions(menu(100)),
    "menu text": actions(menu(1, 75)),
    "confirm": actions(button(confirm=CONFIRM)),
    "table": table(100, 20),
    "table cells": table(1, 1, 10_000),
    "divider": {"type": "divider"},
    "input": field(min_length=0, max_length=3000),
}


@pytest.mark.parametrize("block", FITTING.values(), ids=FITTING)
def test_what_just_fits_is_taken(block: Json) -> None:
    assert check_blocks([block]) == [block]


BROKEN = {
    "section text": (
        {"type": "section", "text": mrkdwn(3001)},
        "must be less than 3001 characters [json-pointer:/blocks/0/text/text]",
    ),
    "empty text": (section(text=mrkdwn(0)), "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    "no text": ({"type": "section"}, "must define either `text` or `fields` [json-pointer:/blocks/0/type]"),
    "fields": (section(fields=[mrkdwn(1)] * 11), "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
    "field text": (
        section(fields=[mrkdwn(2001)]),
        "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]",
    ),
    "actions": (
        actions(*[button(action_id=str(n)) for n in range(26)]),
        "no more than 25 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "no actions": (actions(), "must provide at least 1 items [json-pointer:/blocks/0/elements]"),
    "button text": (
        actions(button(text=plain(76))),
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]",
    ),
    "button mrkdwn": (
        actions(button(text=mrkdwn(1))),
        "unsupported type: mrkdwn [json-pointer:/blocks/0/elements/0/text/type]",
    ),
    "button value": (
        actions(button(value="v" * 2001)),
        "must be less than 2001 characters [json-pointer:/blocks/0/elements/0/value]",
    ),
    "button url": (
        actions(button(url="https://a.example/" + "u" * 2983)),
        "must be less than 3001 characters [json-pointer:/blocks/0/elements/0/url]",
    ),
    "action id": (
        actions(button(action_id="a" * 256)),
        "must be less than 256 characters [json-pointer:/blocks/0/elements/0/action_id]",
    ),
    "same action id": (
        actions(button(action_id="go"), button(action_id="go")),
        '`action_id` "go" already exists [json-pointer:/blocks/0/elements/1/action_id]',
    ),
    "style": (
        actions(button(style="default")),
        "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]",
    ),
    "block id": (section(block_id="b" * 256), "must be less than 256 characters [json-pointer:/blocks/0/block_id]"),
    "header": (
        {"type": "header", "text": plain(151)},
        "must be less than 151 characters [json-pointer:/blocks/0/text/text]",
    ),
    "header mrkdwn": (
        {"type": "header", "text": mrkdwn(1)},
        "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]",
    ),
    "context": (
        {"type": "context", "elements": [mrkdwn(1)] * 11},
        "no more than 10 items allowed [json-pointer:/blocks/0/elements]",
    ),
    "menu": (actions(menu(101)), "no more than 100 items allowed [json-pointer:/blocks/0/elements/0/options]"),
    "menu text": (
        actions(menu(1, 76)),
        "must be less than 76 characters [json-pointer:/blocks/0/elements/0/options/0/text/text]",
    ),
    "menu without options": (
        actions({"type": "static_select"}),
        "must define either `options` or `option_groups` [json-pointer:/blocks/0/elements/0]",
    ),
    "confirm": (
        actions(button(confirm={**CONFIRM, "title": plain(101)})),
        "must be less than 101 characters [json-pointer:/blocks/0/elements/0/confirm/title/text]",
    ),
    "confirm without text": (
        actions(button(confirm={"title": plain(1)})),
        "missing required field: text [json-pointer:/blocks/0/elements/0/confirm]",
    ),
    "rows": (table(101, 1), "no more than 100 items allowed [json-pointer:/blocks/0/rows]"),
    "columns": (table(1, 21), "no more than 20 items allowed [json-pointer:/blocks/0/rows/0]"),
    "unknown block": ({"type": "banner"}, "unsupported type: banner [json-pointer:/blocks/0/type]"),
    "no type": ({"text": plain(1)}, "missing required field: type [json-pointer:/blocks/0]"),
    "unknown element": (
        actions({"type": "slider"}),
        "unsupported type: slider [json-pointer:/blocks/0/elements/0/type]",
    ),
    "unknown field": (section(color="red"), "invalid additional property: color [json-pointer:/blocks/0]"),
    "input without label": (
        {"type": "input", "element": {"type": "plain_text_input"}},
        "missing required field: label [json-pointer:/blocks/0]",
    ),
    "button in input": (
        {"type": "input", "label": plain(1), "element": button()},
        "unsupported type: button [json-pointer:/blocks/0/element/type]",
    ),
    "image without alt text": (
        {"type": "image", "image_url": "https://a.example/a.png"},
        "missing required field: alt_text [json-pointer:/blocks/0]",
    ),
}


@pytest.mark.parametrize(("block", "sentence"), BROKEN.values(), ids=BROKEN)
def test_what_breaks_a_limit_is_named_with_its_place(block: Json, sentence: str) -> None:
    with pytest.raises(Refusal, match="invalid_blocks") as refused:
        check_blocks([block])

    assert refused.value.more["errors"] == [sentence]
    assert refused.value.more["response_metadata"] == {"messages": [f"[ERROR] {sentence}"]}


def test_a_message_takes_fifty_blocks() -> None:
    fifty = [{"type": "divider"}] * 50
    assert check_blocks(fifty) == fifty
    with pytest.raises(Refusal) as refused:
        check_blocks([*fifty, {"type": "divider"}])
    assert refused.value.more["errors"] == ["no more than 50 items allowed [json-pointer:/blocks]"]


def test_a_block_id_stands_once_in_a_message() -> None:
    with pytest.raises(Refusal) as refused:
        check_blocks([section(block_id="same"), section(block_id="other"), section(block_id="same")])
    assert refused.value.more["errors"] == ['`block_id` "same" already exists [json-pointer:/blocks/2/block_id]']


def test_the_texts_of_all_blocks_share_a_limit() -> None:
    most = [section(text=mrkdwn(3000)) for _ in range(4)] + [section(text=mrkdwn(1200))]
    assert check_blocks(most) == most
    with pytest.raises(Refusal, match="msg_blocks_too_long"):
        check_blocks([*most, section()])


def test_the_cells_of_a_message_share_a_limit_and_one_table() -> None:
    assert check_blocks([table(10, 10, 100)])
    with pytest.raises(Refusal, match="invalid_blocks"):
        check_blocks([table(10, 10, 101)])
    with pytest.raises(Refusal, match="invalid_attachments") as refused:
        check_blocks([table(1, 1), table(1, 1)])
    assert refused.value.more == {"errors": ["only_one_table_allowed"]}


@pytest.mark.parametrize("blocks", ["text", {"type": "divider"}, ["divider"], [[{"type": "divider"}]]])
def test_what_is_no_list_of_blocks_has_a_code_of_its_own(blocks: Any) -> None:
    with pytest.raises(Refusal, match="invalid_blocks_format"):
        check_blocks(blocks)


def test_metadata_is_a_type_and_a_payload() -> None:
    good = {"event_type": "request", "event_payload": {"id": "1"}}
    assert check_metadata(good) == good


@pytest.mark.parametrize(
    ("metadata", "code"),
    [
        ([], "invalid_metadata_format"),
        ({"event_type": "request"}, "invalid_metadata_format"),
        ({"event_type": "", "event_payload": {}}, "invalid_metadata_format"),
        ({"event_type": "request", "event_payload": "id"}, "invalid_metadata_format"),
        ({"event_type": "request", "event_payload": {}, "id": "1"}, "invalid_metadata_schema"),
    ],
)
def test_other_metadata_is_refused(metadata: Any, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        check_metadata(metadata)


def test_an_update_takes_four_thousand_bytes_of_text() -> None:
    check_update_text("x" * 4000)
    with pytest.raises(Refusal, match="msg_too_long"):
        check_update_text("…" * 1334)


def modal(**more: Any) -> Json:
    return {"type": "modal", "title": plain(24), "blocks": [section()], **more}


GOOD_VIEWS = {
    "modal": modal(submit=plain(24), close=plain(24), private_metadata="p" * 3000, callback_id="c" * 255),
    "empty metadata": modal(private_metadata=""),
    "hundred blocks": modal(blocks=[{"type": "divider"}] * 100),
    "home": {"type": "home", "blocks": [section()]},
    "input": modal(blocks=[field()], submit=plain(1)),
}


@pytest.mark.parametrize("view", GOOD_VIEWS.values(), ids=GOOD_VIEWS)
def test_a_view_that_just_fits_is_taken(view: Json) -> None:
    assert check_view(view, "modal", "home") == view


BROKEN_VIEWS = {
    "title": (modal(title=plain(25)), "must be less than 25 characters [json-pointer:/view/title/text]"),
    "submit": (modal(submit=plain(25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
    "close": (modal(close=plain(25)), "must be less than 25 characters [json-pointer:/view/close/text]"),
    "metadata": (
        modal(private_metadata="p" * 3001),
        "must be less than 3001 characters [json-pointer:/view/private_metadata]",
    ),
    "blocks": (modal(blocks=[{"type": "divider"}] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
    "no blocks": ({"type": "modal", "title": plain(1)}, "missing required field: blocks [json-pointer:/view]"),
    "no title": ({"type": "modal", "blocks": []}, "missing required field: title [json-pointer:/view]"),
    "no submit": (
        modal(blocks=[section(), field()]),
        "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/1/input]",
    ),
    "same block id": (
        modal(blocks=[section(block_id="b"), section(block_id="b")]),
        '`block_id` "b" already exists [json-pointer:/view/blocks/1/block_id]',
    ),
    "table": (modal(blocks=[table(1, 1)]), "unsupported type: table [json-pointer:/view/blocks/0/type]"),
    "home with title": (
        {"type": "home", "title": plain(1), "blocks": []},
        "invalid additional property: title [json-pointer:/view]",
    ),
    "unknown type": ({"type": "panel", "blocks": []}, "unsupported type: panel [json-pointer:/view/type]"),
    "not an object": ("modal", "must provide an object [json-pointer:/view]"),
}


@pytest.mark.parametrize(("view", "sentence"), BROKEN_VIEWS.values(), ids=BROKEN_VIEWS)
def test_a_view_that_breaks_a_limit_is_named_with_its_place(view: Any, sentence: str) -> None:
    with pytest.raises(Refusal, match="invalid_arguments") as refused:
        check_view(view, "modal", "home")
    assert refused.value.more["response_metadata"] == {"messages": [f"[ERROR] {sentence}"]}
