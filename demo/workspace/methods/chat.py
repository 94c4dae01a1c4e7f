"""chat.postMessage, postEphemeral, update, delete and getPermalink."""

from demo.workspace import content, posting, shapes
from demo.workspace.drafts import read_draft
from demo.workspace.methods.call import Call
from demo.workspace.records import Channel, Json, Message
from demo.workspace.refusal import Refusal
from demo.workspace.rules.messages import check_update_text

# What Slack answers beside `ok` when it cut the text (changelog/2018-04-truncating-really-long-messages).
CUT_WARNING = {
    "messages": [
        "[WARN] Your message was truncated but still posted. The `text` field accepts up to 40,000 characters."
    ],
    "warnings": ["message_truncated"],
}


def post_message(call: Call) -> Json:
    channel = posting.channel_to_post_in(call.workspace, call.arguments.required("channel"))
    draft = read_draft(call.arguments)
    message = posting.say(call.workspace, channel, draft)
    warning = {"response_metadata": CUT_WARNING} if draft.was_cut else {}
    return {"channel": channel.id, "ts": message.ts, "message": shapes.for_api(call.workspace, message), **warning}


def post_ephemeral(call: Call) -> Json:
    channel = posting.channel_to_post_in(call.workspace, call.arguments.required("channel"))
    user = call.arguments.required("user")
    if user not in channel.members:
        raise Refusal("user_not_in_channel")
    message = posting.say(call.workspace, channel, read_draft(call.arguments), seen_by=user)
    return {"message_ts": message.ts}


def update(call: Call) -> Json:
    channel = _channel(call)
    message = _message(call, channel, call.arguments.required("ts"))
    if message.user != content.BOT_USER:
        raise Refusal("cant_update_message")
    check_update_text(call.arguments.text("text"))
    posting.rewrite(call.workspace, message, read_draft(call.arguments))
    shape = shapes.for_api(call.workspace, message)
    return {"channel": channel.id, "ts": message.ts, "text": message.text, "message": shape}


def delete(call: Call) -> Json:
    channel = _channel(call)
    message = _message(call, channel, call.arguments.required("ts"))
    if message.user != content.BOT_USER:
        raise Refusal("cant_delete_message")
    call.workspace.timeline.remove(message)
    return {"channel": channel.id, "ts": message.ts}


def get_permalink(call: Call) -> Json:
    channel = _channel(call)
    message = _message(call, channel, call.arguments.required("message_ts"))
    return {"channel": channel.id, "permalink": call.workspace.url + call.workspace.permalink(message)}


def _channel(call: Call) -> Channel:
    channel = call.workspace.channels.get(call.arguments.required("channel"))
    if channel is None:
        raise Refusal("channel_not_found")
    return channel


def _message(call: Call, channel: Channel, ts: str) -> Message:
    """Ephemerals are not among the messages, so that they can be neither updated nor deleted by these methods."""
    message = call.workspace.timeline.find(channel.id, ts)
    if message is None or message.deleted:
        raise Refusal("message_not_found")
    return message
