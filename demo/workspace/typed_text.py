"""How Slack turns what a person types into what apps read (docs.slack.dev/messaging/formatting-message-text)."""

import re

from demo.workspace.state import Workspace

MENTION = re.compile(r"(?<![\w@#/.:-])([@#])([\w][\w.-]*)")
WEB_ADDRESS = re.compile(r"\bhttps?://[^\s<>]+")


def escape(text: str) -> str:
    """Escape the three characters that Slack's markup reserves."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link(workspace: Workspace, text: str) -> str:
    """Turn known `@name` and `#channel` and web addresses of escaped text into Slack's links; others stay as typed."""
    linked = WEB_ADDRESS.sub(lambda found: f"<{found[0]}>", text)
    return MENTION.sub(lambda found: _mention(workspace, found), linked)


def _mention(workspace: Workspace, found: re.Match[str]) -> str:
    mark, name = found[1], found[2]
    if mark == "#":
        channel = workspace.channel_named(name)
        return f"<#{channel.id}|{channel.name}>" if channel else found[0]
    if name in {"here", "channel", "everyone"}:
        return f"<!{name}>"
    user = next((each for each in workspace.users.values() if each.name == name), None)
    group = next((each for each in workspace.groups.values() if each.handle == name), None)
    if user is not None:
        return f"<@{user.id}|{user.name}>"
    return f"<!subteam^{group.id}|@{group.handle}>" if group else found[0]
