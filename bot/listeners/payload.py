"""Payload: what listeners read from Slack's payloads; identity is the user id in them, never text."""

from collections.abc import Mapping
from typing import Any, TypeAlias

from workers.core.request import Origin

Body: TypeAlias = Mapping[str, Any]


def user_of(body: Body) -> str:
    """The member id of whoever did it, in every kind of payload."""
    if "user_id" in body:
        return str(body["user_id"])
    user = body.get("user") or (body.get("event") or {}).get("user") or ""
    return str(user["id"]) if isinstance(user, Mapping) else str(user)


def channel_of(body: Body) -> str:
    channel = body.get("channel") or (body.get("container") or {}).get("channel_id") or body.get("channel_id") or ""
    return str(channel["id"]) if isinstance(channel, Mapping) else str(channel)


def origin_of(body: Body) -> Origin:
    return Origin(channel=channel_of(body), response_url=str(body.get("response_url") or ""))


def action_of(body: Body) -> Mapping[str, Any]:
    """The one element that was clicked."""
    action: Mapping[str, Any] = body["actions"][0]
    return action


def click_id(body: Body) -> str:
    """Names this very click: a trigger id is new for each, and the same when Slack delivers it again."""
    return f"{body.get('trigger_id', '')}/{action_of(body).get('action_ts', '')}"


def submission_id(body: Body) -> str:
    """Names this very form as it was sent."""
    view = body["view"]
    return f"view-{view['id']}-{view.get('hash', '')}"
