"""Blocks as Slack keeps them: ids made up where the app gave none, and text objects with their defaults written out."""

import secrets
from typing import Any

from demo.workspace.records import Json

WITH_ACTION_ID = ("button", "overflow", "radio_buttons", "checkboxes")
WITH_ACTION_ID_ENDINGS = ("_select", "_input", "picker")
TEXT_DEFAULTS: dict[str, Json] = {"plain_text": {"emoji": True}, "mrkdwn": {"verbatim": False}}


def with_ids(blocks: list[Json]) -> list[Json]:
    return [_finish({"block_id": _short_id(), **block}) for block in blocks]


def _finish(part: Any) -> Any:
    if isinstance(part, list):
        return [_finish(each) for each in part]
    if not isinstance(part, dict):
        return part
    kind = part.get("type", "")
    made_up = {"action_id": _short_id()} if _acts(kind) else {}
    return {**TEXT_DEFAULTS.get(kind, {}), **made_up, **{name: _finish(value) for name, value in part.items()}}


def _acts(kind: Any) -> bool:
    return kind in WITH_ACTION_ID or str(kind).endswith(WITH_ACTION_ID_ENDINGS)


def _short_id() -> str:
    return secrets.token_urlsafe(4)[:5]
