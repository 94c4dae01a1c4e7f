"""The blocks (docs.slack.dev/reference/block-kit/blocks), one line of a table each, and the rules between them.

Left out, and refused as an unsupported type: `video`, `call`, `context_actions` and what else regclean never sends.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from demo.workspace.rules import elements, texts
from demo.workspace.rules.checks import (
    Check,
    anything,
    boolean,
    by_type,
    choice,
    listing,
    problem,
    shape,
    string,
    web_address,
)

MOST_ROWS = 100
MOST_COLUMNS = 20


def _block(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    return shape(required, {"block_id": string(255), **(optional or {})})


def _section(value: Any, at: str) -> Iterator[str]:
    fields = listing(texts.either(2000), 10)
    optional = {"text": texts.either(3000), "fields": fields, "accessory": elements.IN_SECTION, "expand": boolean}
    yield from _block({}, optional)(value, at)
    if not value.get("text") and not value.get("fields"):
        yield problem("must define either `text` or `fields`", f"{at}/type")


def _actions(value: Any, at: str) -> Iterator[str]:
    """Buttons and menus; an action_id may stand once in a block."""
    yield from _block({"elements": listing(elements.IN_ACTIONS, 25)})(value, at)
    ids = [each.get("action_id") for each in value.get("elements") or [] if isinstance(each, dict)]
    for index, action_id in enumerate(ids):
        if action_id and action_id in ids[:index]:
            yield problem(f'`action_id` "{action_id}" already exists', f"{at}/elements/{index}/action_id")


CELL = by_type(
    {
        "raw_text": shape({"text": string(10_000)}),
        "raw_number": shape({"value": anything}, {"text": string(255)}),
        "rich_text": shape({"elements": listing(anything, 100)}, {"block_id": string(255)}),
    }
)
COLUMN = shape({}, {"align": choice("left", "center", "right"), "is_wrapped": boolean})

BLOCKS: dict[str, Check] = {
    "section": _section,
    "actions": _actions,
    "divider": _block({}),
    "header": _block({"text": texts.plain(150)}),
    "context": _block({"elements": listing(elements.IN_CONTEXT, 10)}),
    "image": _block(
        {"alt_text": string(2000)}, {"image_url": web_address, "slack_file": anything, "title": texts.plain(2000)}
    ),
    "input": _block(
        {"label": texts.plain(2000), "element": elements.IN_INPUT},
        {"dispatch_action": boolean, "hint": texts.plain(2000), "optional": boolean},
    ),
    "rich_text": _block({"elements": listing(anything, 100)}),
    "markdown": _block({"text": string(12_000)}),
    "table": _block(
        {"rows": listing(listing(CELL, MOST_COLUMNS), MOST_ROWS)}, {"column_settings": listing(COLUMN, MOST_COLUMNS)}
    ),
}

IN_MESSAGES = by_type(BLOCKS)
IN_VIEWS = by_type({name: check for name, check in BLOCKS.items() if name not in {"table", "markdown"}})


def repeated_ids(blocks: list[Any], at: str) -> Iterator[str]:
    """A block_id may stand once in a message or view."""
    counts: Counter[str] = Counter()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id") if isinstance(block, dict) else None
        if block_id and counts[block_id]:
            yield problem(f'`block_id` "{block_id}" already exists', f"{at}/{index}/block_id")
        counts[block_id or ""] += 1
