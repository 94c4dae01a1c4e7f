"""How records look outside: to the Web API as Slack's objects, and to the page as its own."""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING

from demo.workspace import content

if TYPE_CHECKING:
    from demo.workspace.records import Channel, File, Json, Message, User, UserGroup
    from demo.workspace.state import Workspace

PREVIEW_CHARACTERS = 2000


def for_api(workspace: Workspace, message: Message, *, metadata: bool = True) -> Json:
    """A message object; `metadata` False leaves it out, as history does unless asked."""
    shape: Json = {"type": "message", "user": message.user, "ts": message.ts, "text": message.text}
    shape |= {"team": content.TEAM_ID}
    if message.bot:
        shape |= {"bot_id": content.BOT_ID, "app_id": content.APP_ID}
    if message.blocks:
        shape["blocks"] = message.blocks
    if message.files:
        shape["files"] = [file_for_api(workspace, workspace.files[each]) for each in message.files]
    if metadata and message.metadata:
        shape["metadata"] = message.metadata
    return shape | _history(message) | _thread(workspace, message)


def _history(message: Message) -> Json:
    """What became of a message since it was posted, and how it was."""
    shape: Json = {}
    if message.edited_ts:
        shape["edited"] = {"user": message.user, "ts": message.edited_ts}
    if message.deleted:
        shape |= {"subtype": "tombstone", "hidden": True}
    elif message.broadcast:
        shape["subtype"] = "thread_broadcast"
    if message.reactions:
        counted = [{"name": name, "users": users, "count": len(users)} for name, users in message.reactions.items()]
        shape["reactions"] = counted
    return shape


def _thread(workspace: Workspace, message: Message) -> Json:
    if message.is_reply:
        return {"thread_ts": message.thread_ts}
    replies = [] if message.is_ephemeral else workspace.timeline.replies(message)
    if not replies:
        return {}
    authors = sorted({each.user for each in replies})
    counts: Json = {"reply_count": len(replies), "reply_users": authors, "reply_users_count": len(authors)}
    return {"thread_ts": message.ts, "latest_reply": replies[-1].ts, **counts}


def for_browser(workspace: Workspace, message: Message) -> Json:
    thread = _thread(workspace, message)
    return {
        "ts": message.ts,
        "channel": message.channel,
        "user": message.user,
        "bot": message.bot,
        "username": workspace.users[message.user].name,
        "text": message.text,
        "blocks": message.blocks,
        "edited": bool(message.edited_ts),
        "is_ephemeral": message.is_ephemeral,
        "files": [file_for_browser(workspace.files[each]) for each in message.files],
        "permalink": workspace.permalink(message),
        "metadata": message.metadata,
        "reactions": message.reactions,
        **{name: thread[name] for name in ("thread_ts", "reply_count") if name in thread},
    }


def preview(file: File) -> str:
    """The first characters of a text file; nothing for others."""
    try:
        return (file.content or b"").decode()[:PREVIEW_CHARACTERS]
    except UnicodeDecodeError:
        return ""


def mimetype(file: File) -> str:
    return mimetypes.guess_type(file.name)[0] or ("text/plain" if preview(file) else "application/octet-stream")


def file_for_browser(file: File) -> Json:
    shape: Json = {"id": file.id, "name": file.name, "title": file.title, "size": file.size}
    return shape | {"mimetype": mimetype(file), "url": f"/_/file/{file.id}", "preview": preview(file)}


def file_for_api(workspace: Workspace, file: File) -> Json:
    shape: Json = {"id": file.id, "name": file.name, "title": file.title, "size": file.size, "user": file.user}
    shape |= {"mimetype": mimetype(file), "filetype": file.name.rpartition(".")[2] or "text", "mode": "snippet"}
    urls = dict.fromkeys(("url_private", "url_private_download", "permalink"), f"{workspace.url}/_/file/{file.id}")
    return shape | urls | {"preview": preview(file), "channels": file.shared_in}


def user_for_api(user: User) -> Json:
    profile = {"real_name": user.real_name, "display_name": user.name, "email": f"{user.name}@acme.example"}
    shape: Json = {"id": user.id, "team_id": content.TEAM_ID, "name": user.name, "real_name": user.real_name}
    shape |= {
        "deleted": user.deleted,
        "color": user.color,
        "tz": "Europe/Amsterdam",
        "tz_label": "Central European Time",
    }
    shape |= {"tz_offset": 3600, "is_admin": False, "is_bot": user.is_bot, "is_app_user": False}
    return shape | {
        "profile": profile | ({"bot_id": content.BOT_ID, "api_app_id": content.APP_ID} if user.is_bot else {})
    }


def channel_for_api(channel: Channel) -> Json:
    shape: Json = {"id": channel.id, "is_im": channel.is_im, "is_archived": channel.is_archived, "is_mpim": False}
    if channel.is_im:
        return shape | {"user": channel.im_user, "is_open": True}
    shape |= {"name": channel.name, "name_normalized": channel.name, "is_channel": not channel.is_private}
    shape |= {"is_group": channel.is_private, "is_private": channel.is_private}
    member = content.BOT_USER in channel.members
    return shape | {"is_member": member, "topic": {"value": channel.topic}, "num_members": len(channel.members)}


def group_for_api(group: UserGroup, *, with_users: bool) -> Json:
    shape: Json = {"id": group.id, "team_id": content.TEAM_ID, "handle": group.handle, "name": group.name}
    shape |= {"is_usergroup": True, "date_delete": 0, "user_count": len(group.members)}
    return shape | ({"users": list(group.members)} if with_users else {})
