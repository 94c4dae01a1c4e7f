"""conversations.*: reading channels and their messages, and opening the direct message with a user."""

import sys
from collections.abc import Sequence

from demo.workspace import content, shapes
from demo.workspace.arguments import Arguments
from demo.workspace.methods.call import Call
from demo.workspace.methods.pages import page_of
from demo.workspace.records import Channel, Json, Message
from demo.workspace.refusal import Refusal

# What a token needs for each kind of conversation: (public, private, direct message).
READ = ("channels:read", "groups:read", "im:read")
FOR_EVER = (sys.maxsize, 0)
HISTORY = ("channels:history", "groups:history", "im:history")


def history(call: Call) -> Json:
    """Newest first, without thread replies and without ephemerals."""
    channel = _readable(call)
    messages = list(reversed(_between(call.workspace.timeline.top_level(channel.id), call.arguments)))
    page = page_of(messages, call.arguments, most=999)
    return {"messages": _shapes(call, page.items), "has_more": page.has_more, **_cursor(page.cursor)}


def replies(call: Call) -> Json:
    """The parent and its replies, oldest first."""
    channel = _readable(call)
    parent = call.workspace.timeline.find(channel.id, call.arguments.required("ts"))
    if parent is None:
        raise Refusal("thread_not_found")
    thread = _between([parent, *call.workspace.timeline.replies(parent)], call.arguments)
    page = page_of(thread, call.arguments, default=1000)
    return {"messages": _shapes(call, page.items), "has_more": page.has_more, **_cursor(page.cursor)}


def info(call: Call) -> Json:
    return {"channel": shapes.channel_for_api(_known(call, READ))}


def members(call: Call) -> Json:
    page = page_of(sorted(_known(call, READ).members), call.arguments)
    return {"members": list(page.items), **_cursor(page.cursor)}


def list_all(call: Call) -> Json:
    """Public channels unless `types` names other kinds; each kind needs its scope."""
    kinds = call.arguments.names("types") or ["public_channel"]
    for kind in kinds:
        _need(call, dict(zip(("public_channel", "private_channel", "im"), READ, strict=True)).get(kind, "mpim:read"))
    archived = not call.arguments.flag("exclude_archived")
    found = [
        each for each in call.workspace.channels.values() if _kind(each) in kinds and (archived or not each.is_archived)
    ]
    page = page_of([each for each in found if not each.is_private or content.BOT_USER in each.members], call.arguments)
    return {"channels": [shapes.channel_for_api(each) for each in page.items], **_cursor(page.cursor)}


def open_im(call: Call) -> Json:
    """Open the direct message with one user; conversations of several people do not exist here."""
    users = call.arguments.names("users")
    if not users:
        raise Refusal("users_list_not_supplied")
    if len(users) > 1:
        raise Refusal("method_not_supported_for_channel_type")
    channel = call.workspace.channels.get(content.im_id(users[0]))
    if channel is None:
        raise Refusal("user_not_found")
    return {"channel": shapes.channel_for_api(channel) if call.arguments.flag("return_im") else {"id": channel.id}}


def join(call: Call) -> Json:
    channel = call.workspace.channels.get(call.arguments.required("channel"))
    if channel is None or channel.is_private:
        raise Refusal("channel_not_found")
    if channel.is_im or channel.is_archived:
        raise Refusal("is_archived" if channel.is_archived else "method_not_supported_for_channel_type")
    channel.members.add(content.BOT_USER)
    return {"channel": shapes.channel_for_api(channel)}


def _kind(channel: Channel) -> str:
    if channel.is_im:
        return "im"
    return "private_channel" if channel.is_private else "public_channel"


def _known(call: Call, scopes: tuple[str, str, str]) -> Channel:
    channel = call.workspace.channels.get(call.arguments.required("channel"))
    if channel is None or (channel.is_private and content.BOT_USER not in channel.members):
        raise Refusal("channel_not_found")
    _need(call, scopes[("public_channel", "private_channel", "im").index(_kind(channel))])
    return channel


def _readable(call: Call) -> Channel:
    channel = _known(call, HISTORY)
    if content.BOT_USER not in channel.members:
        raise Refusal("not_in_channel")
    return channel


def _need(call: Call, scope: str) -> None:
    scopes = call.workspace.settings.scopes
    if scope not in scopes:
        raise Refusal("missing_scope", needed=scope, provided=",".join(sorted(scopes)))


def _between(messages: list[Message], arguments: Arguments) -> list[Message]:
    """Apply `oldest` and `latest`, both exclusive unless `inclusive`."""
    oldest, latest = _end(arguments, "oldest", (0, 0)), _end(arguments, "latest", FOR_EVER)
    ends = {oldest, latest} if arguments.flag("inclusive") else set()
    return [each for each in messages if oldest < _moment(each.ts) < latest or _moment(each.ts) in ends]


def _end(arguments: Arguments, name: str, default: tuple[int, int]) -> tuple[int, int]:
    text = arguments.text(name)
    if text in ("", "now"):
        return default
    try:
        return _moment(text)
    except ValueError:
        raise Refusal(f"invalid_ts_{name}") from None


def _moment(ts: str) -> tuple[int, int]:
    seconds, _, micros = ts.partition(".")
    return int(seconds), int((micros or "0").ljust(6, "0")[:6])


def _shapes(call: Call, messages: Sequence[Message]) -> list[Json]:
    metadata = call.arguments.flag("include_all_metadata")
    return [shapes.for_api(call.workspace, each, metadata=metadata) for each in messages]


def _cursor(cursor: str) -> Json:
    return {"response_metadata": {"next_cursor": cursor}}
