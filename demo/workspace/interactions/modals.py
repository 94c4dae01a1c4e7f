"""Submitting and closing modals (reference/interaction-payloads/view-interactions-payload)."""

from collections.abc import Callable
from dataclasses import dataclass

from demo.workspace import content, payloads
from demo.workspace.inputs import objections, state_of
from demo.workspace.interactions.asking import Asker
from demo.workspace.records import Json, View
from demo.workspace.refusal import Refusal
from demo.workspace.rules.views import check_view


@dataclass(frozen=True, slots=True)
class _Answer:
    asker: Asker
    view: View
    body: Json


async def submit(asker: Asker, user: str, view_id: str, values: Json) -> Json:
    """Send a view; return what the client does next: `response_action` None closes the view.

    Required inputs that are empty are objected to here, as clients do, and the app never hears of them.

    Raises:
        Refusal: `not_found`, or why the app did not take it or answered with something that Slack refuses.
    """
    view = own_modal(asker, user, view_id)
    view.values = values
    errors = objections(view.content["blocks"], state_of(view.content["blocks"], values))
    if errors:
        return {"response_action": "errors", "errors": errors}
    payload = payloads.view_submission(asker.workspace, view)
    body = await asker.interact(user, payload, wants_answer=True) or {}
    action = body.get("response_action")
    carry_out = ANSWERS.get(action)
    if carry_out is None:
        raise asker.failed(user, content.APP_NAME, "invalid_response_action")
    return {"response_action": action, **carry_out(_Answer(asker, view, body))}


async def close(asker: Asker, user: str, view_id: str) -> None:
    """Close a modal; the app hears of it when the view asked for that."""
    view = own_modal(asker, user, view_id)
    body = view.content
    payload = payloads.view_closed(asker.workspace, view)
    asker.workspace.views.close(view, all_of_them=body.get("clear_on_close", False))
    if body.get("notify_on_close"):
        await asker.interact(user, payload)


def own_modal(asker: Asker, user: str, view_id: str) -> View:
    for view in asker.workspace.views.open_for[user]:
        if view.id == view_id:
            return view
    raise Refusal("not_found")


def _close(answer: _Answer) -> Json:
    if answer.view in answer.asker.workspace.views.open_for[answer.view.user]:
        answer.asker.workspace.views.close(answer.view)
    return {}


def _clear(answer: _Answer) -> Json:
    answer.asker.workspace.views.close(answer.view, all_of_them=True)
    return {}


def _errors(answer: _Answer) -> Json:
    """Errors must name input blocks of the view."""
    blocks = {block["block_id"] for block in answer.view.content["blocks"] if block["type"] == "input"}
    errors = answer.body.get("errors")
    if not isinstance(errors, dict) or not errors or not set(errors) <= blocks:
        raise answer.asker.failed(answer.view.user, content.APP_NAME, "invalid_errors")
    return {"errors": errors}


def _update(answer: _Answer) -> Json:
    answer.asker.workspace.views.update(answer.view, _checked(answer))
    return {}


def _push(answer: _Answer) -> Json:
    answer.asker.workspace.views.push(answer.view.user, _checked(answer))
    return {}


def _checked(answer: _Answer) -> Json:
    try:
        return check_view(answer.body.get("view"), "modal")
    except Refusal as refusal:
        raise answer.asker.failed(answer.view.user, content.APP_NAME, refusal.code) from refusal


ANSWERS: dict[str | None, Callable[[_Answer], Json]] = {
    None: _close,
    "errors": _errors,
    "update": _update,
    "push": _push,
    "clear": _clear,
}
