"""Clicks and choices in messages and views: block_actions (reference/interaction-payloads/block_actions-payload)."""

from demo.workspace import payloads
from demo.workspace.inputs import KEPT, entered, interactive, state_of
from demo.workspace.interactions.asking import Asker
from demo.workspace.records import Json, Message
from demo.workspace.refusal import Refusal


async def act(asker: Asker, user: str, body: Json) -> None:
    """Send what `user` did to one element, as the page's `/_/action` describes it.

    The element is looked up in what is shown now: a button's value is the one it has, whatever the client says. With
    `stale` the client acted on what it still showed, and an element that is gone is sent as the client describes it.

    Raises:
        Refusal: `message_not_found`, `not_found`, `action_not_found`, or why the app did not take it.
    """
    container = body["container"]
    if container["type"] == "view":
        await _in_view(asker, user, body)
        return
    asker.channel(user, container["channel"])
    message = _message(asker, user, container)
    action = _action(asker, message.blocks, body)
    state = state_of(message.blocks, _entered(body))
    click = payloads.Click(user=user, message=message, action=action, state=state)
    await asker.interact(user, payloads.message_actions(asker.workspace, click))


async def _in_view(asker: Asker, user: str, body: Json) -> None:
    view = asker.workspace.views.find(body["container"]["view_id"])
    if view.user != user:
        raise Refusal("not_found")
    action = _action(asker, view.content["blocks"], body)
    view.values = {**view.values, **_entered(body)}
    await asker.interact(user, payloads.view_actions(asker.workspace, view, action))


def _entered(body: Json) -> Json:
    """What the client says is entered, and what was chosen just now among it."""
    values: Json = dict(body.get("state", {}).get("values", {}))
    block_id, action = body["block_id"], body["action"]
    values[block_id] = {**values.get(block_id, {}), action["action_id"]: action}
    return values


def _message(asker: Asker, user: str, container: Json) -> Message:
    timeline, ts = asker.workspace.timeline, container["ts"]
    message = timeline.ephemeral(user, ts) if container.get("is_ephemeral") else None
    message = message or timeline.find(container["channel"], ts)
    if message is None or message.deleted:
        raise Refusal("message_not_found")
    return message


def _action(asker: Asker, blocks: list[Json], body: Json) -> Json:
    given = body["action"]
    where = {"block_id": body["block_id"], "action_ts": asker.workspace.clock.next_ts()}
    for block, element in interactive(blocks):
        if (block["block_id"], element["action_id"]) == (body["block_id"], given["action_id"]):
            return _described(element, given) | where
    if body.get("stale"):
        return {**given, **where}
    raise Refusal("action_not_found")


def _described(element: Json, given: Json) -> Json:
    action = {"type": element["type"], "action_id": element["action_id"]}
    if element["type"] == "button":
        return action | {name: element[name] for name in ("text", "value", "style", "url") if name in element}
    if element["type"] == "overflow":
        return action | {"selected_option": given.get("selected_option")}
    return action | (entered(element, given) if element["type"] in KEPT else {})
