"""Scopes: what the bot's token may do, what each is for, and which methods of the Web API need it; no others are used.

Which scopes a method needs stands on its page below docs.slack.dev/reference/methods.
"""

from collections.abc import Mapping, Sequence
from typing import Final

SCOPES: Final[Mapping[str, str]] = {
    "channels:history": "find its cards again in a public channel, after a crash and to see that Redis lost nothing",
    "channels:read": "check, in `regclean doctor`, that it is in a public channel",
    "chat:write": "post and edit cards, threads and answers",
    "commands": "offer the command /regclean and the shortcut on messages",
    "files:write": "attach lists that are too long for a message",
    "groups:history": "find its cards again in a private channel, after a crash and to see that Redis lost nothing",
    "groups:read": "check, in `regclean doctor`, that it is in a private channel",
    "im:write": "answer people by direct message",
    "users:read": "check, in `regclean doctor`, that approvers exist",
}

METHODS: Final[Mapping[str, Sequence[str]]] = {
    "apps.connections.open": (),  # needs connections:write of the app-level token, and nothing of the bot's
    "auth.test": (),
    "chat.getPermalink": (),
    "chat.postMessage": ("chat:write",),
    "chat.update": ("chat:write",),
    "conversations.history": ("channels:history", "groups:history"),
    "conversations.info": ("channels:read", "groups:read"),
    "conversations.open": ("im:write",),
    "conversations.replies": ("channels:history", "groups:history"),
    "files.completeUploadExternal": ("files:write",),
    "files.getUploadURLExternal": ("files:write",),
    "users.info": ("users:read",),
    "views.open": (),
    "views.publish": (),
}


def methods_that_need(scope: str) -> Sequence[str]:
    return [method for method, scopes in METHODS.items() if scope in scopes]
