"""How Slack turns what a person types into what apps read (docs.slack.dev/messaging/formatting-message-text)."""

import re

from demo.workspace.state import Workspace

# Clients take words with these endings for addresses, so that `ghcr.io/app` becomes a link that nobody typed.
ENDINGS = "com|org|net|io|dev|app|cloud|co|de|eu|fr|nl|uk|us"
LINKS = re.compile(
    r"(?P<address>\bhttps?://[^\s<>]+)"
    r"|(?<![\w.@/:-])(?P<mail>[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.(?:" + ENDINGS + r"))(?![\w.@:/-])"
    r"|(?<![\w.@/:-])(?P<host>[a-z0-9][\w-]*(?:\.[\w-]+)*\.(?:"
    + ENDINGS
    + r")(?::\d{2,5})?(?:/[^\s<>]*)?)(?=[\s,;)]|$)"
    r"|(?<![\w@#/.:-])(?P<mark>[@#])(?P<name>\w[\w.-]*)",
    re.IGNORECASE,
)


def escape(text: str) -> str:
    """Escape the three characters that Slack's markup reserves."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def link(workspace: Workspace, text: str) -> str:
    """Turn addresses and known `@name` and `#channel` of escaped text into Slack's links; the rest stays as typed."""
    return LINKS.sub(lambda found: _linked(workspace, found), text)


def _linked(workspace: Workspace, found: re.Match[str]) -> str:
    whole = found[0]
    if found["address"]:
        return f"<{whole}>"
    if found["mail"]:
        return f"<mailto:{whole}|{whole}>"
    if found["host"]:
        return f"<http://{whole}|{whole}>"
    return _mention(workspace, found["mark"], found["name"]) or whole


def _mention(workspace: Workspace, mark: str, name: str) -> str:
    if mark == "#":
        channel = workspace.channel_named(name)
        return f"<#{channel.id}|{channel.name}>" if channel else ""
    if name in {"here", "channel", "everyone"}:
        return f"<!{name}>"
    user = next((each for each in workspace.users.values() if each.name == name), None)
    group = next((each for each in workspace.groups.values() if each.handle == name), None)
    if user is not None:
        return f"<@{user.id}|{user.name}>"
    return f"<!subteam^{group.id}|@{group.handle}>" if group else ""
