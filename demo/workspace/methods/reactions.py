"""reactions.add."""

from demo.workspace import content
from demo.workspace.methods.call import Call
from demo.workspace.records import Json
from demo.workspace.refusal import Refusal


def add(call: Call) -> Json:
    channel, name = call.arguments.required("channel"), call.arguments.required("name").strip(":")
    message = call.workspace.timeline.find(channel, call.arguments.required("timestamp"))
    if message is None:
        raise Refusal("message_not_found" if channel in call.workspace.channels else "channel_not_found")
    users = message.reactions.setdefault(name, [])
    if content.BOT_USER in users:
        raise Refusal("already_reacted")
    users.append(content.BOT_USER)
    call.workspace.timeline.change(message)
    return {}
