"""What a message as a whole must keep to."""

from collections.abc import Iterator
from typing import Any

from demo.workspace.records import Json
from demo.workspace.refusal import Refusal
from demo.workspace.rules.blocks import IN_MESSAGES, repeated_ids
from demo.workspace.rules.checks import listing

MOST_BLOCKS = 50
# Slack names no figure; measured by people who ran into it, see docs.slack.dev/reference/methods/chat.postMessage.
MOST_CHARACTERS = 13_200
MOST_CELL_CHARACTERS = 10_000
MOST_UPDATE_BYTES = 4_000

_BLOCKS = listing(IN_MESSAGES, MOST_BLOCKS, least=0)


def check_blocks(blocks: Any) -> list[Json]:
    """Return the blocks of a message.

    Raises:
        Refusal: `invalid_blocks_format` when they are no list of objects, `invalid_blocks` with a sentence for each
            thing wrong, `msg_blocks_too_long` when their texts together exceed about 13,200 characters, and
            `invalid_attachments` when there is more than one table.
    """
    if not isinstance(blocks, list) or not all(isinstance(block, dict) for block in blocks):
        raise Refusal("invalid_blocks_format")
    _refuse([*_BLOCKS(blocks, "/blocks"), *repeated_ids(blocks, "/blocks")])
    tables = [block for block in blocks if block["type"] == "table"]
    if len(tables) > 1:
        raise Refusal("invalid_attachments", errors=["only_one_table_allowed"])
    if sum(map(len, texts_in(tables))) > MOST_CELL_CHARACTERS:
        _refuse([f"table cells must hold less than {MOST_CELL_CHARACTERS + 1} characters [json-pointer:/blocks]"])
    if sum(map(len, texts_in(blocks))) > MOST_CHARACTERS:
        raise Refusal("msg_blocks_too_long")
    return blocks


def check_metadata(metadata: Any) -> Json:
    """Return `{"event_type", "event_payload"}`, which is all that metadata may hold (reference/metadata)."""
    if not isinstance(metadata, dict) or not isinstance(metadata.get("event_payload"), dict):
        raise Refusal("invalid_metadata_format")
    if not isinstance(metadata.get("event_type"), str) or not metadata["event_type"]:
        raise Refusal("invalid_metadata_format")
    if set(metadata) != {"event_type", "event_payload"}:
        raise Refusal("invalid_metadata_schema")
    return metadata


def check_update_text(text: str) -> None:
    """`chat.update` refuses what `chat.postMessage` still takes: its text may hold 4,000 bytes."""
    if len(text.encode()) > MOST_UPDATE_BYTES:
        raise Refusal("msg_too_long")


def texts_in(part: Any) -> Iterator[str]:
    """Every text that the blocks show, wherever it stands."""
    if isinstance(part, list):
        for each in part:
            yield from texts_in(each)
    elif isinstance(part, dict):
        for name, value in part.items():
            if name == "text" and isinstance(value, str):
                yield value
            else:
                yield from texts_in(value)


def _refuse(problems: list[str]) -> None:
    if problems:
        messages = [f"[ERROR] {each}" for each in problems]
        raise Refusal("invalid_blocks", errors=problems, response_metadata={"messages": messages})
