"""views.open, push, update and publish."""

from demo.workspace import view_stacks
from demo.workspace.methods.call import Call
from demo.workspace.records import Json
from demo.workspace.refusal import Refusal, invalid_arguments
from demo.workspace.rules.views import check_view


def open_modal(call: Call) -> Json:
    """The view is checked before the trigger is spent, so that a mended view can still use it."""
    view = _view(call, "modal")
    user = call.workspace.tickets.spend_trigger(_trigger(call))
    return {"view": view_stacks.shape(call.workspace.views.open(user, view))}


def push(call: Call) -> Json:
    view = _view(call, "modal")
    user = call.workspace.tickets.spend_trigger(_trigger(call))
    return {"view": view_stacks.shape(call.workspace.views.push(user, view))}


def update(call: Call) -> Json:
    view_id, external_id = call.arguments.text("view_id"), call.arguments.text("external_id")
    if view_id and external_id:
        raise invalid_arguments("Cannot provide both `view_id` and `external_id`")
    found = call.workspace.views.find(view_id, external_id)
    body = _view(call, found.type)
    return {"view": view_stacks.shape(call.workspace.views.update(found, body, call.arguments.text("hash")))}


def publish(call: Call) -> Json:
    user = call.arguments.required("user_id")
    if user not in call.workspace.users:
        raise Refusal("user_not_found")
    home = call.workspace.views.publish(user, _view(call, "home"), call.arguments.text("hash"))
    return {"view": view_stacks.shape(home)}


def _view(call: Call, kind: str) -> Json:
    call.arguments.required("view")
    return check_view(call.arguments.parsed("view", "invalid_arguments"), kind)


def _trigger(call: Call) -> str:
    return call.arguments.required("trigger_id")
