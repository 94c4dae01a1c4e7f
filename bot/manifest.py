"""Manifest: regclean as an app in Slack's words, made from the tables that the bot itself works by.

The keys and their limits are Slack's (docs.slack.dev/reference/app-manifest).
"""

from typing import Any, Final
from urllib.parse import urlsplit

from bot.app.http import EVENTS
from bot.cards.view import FORM
from bot.commands import COMMANDS
from bot.slack.scopes import SCOPES
from workers.core.errors import BadInput

NAME: Final = "regclean"
COMMAND: Final = "/regclean"
BOT_EVENTS: Final = ("app_home_opened",)
_DESCRIPTION: Final = "Frees space in your own registries: exact plans, approvals, safe garbage collection."


def manifest(request_url: str | None = None) -> dict[str, Any]:
    """The manifest for Socket Mode, or for HTTP where Slack sends everything to `request_url`."""
    url = {"request_url": request_url} if request_url else {}
    return {
        "display_information": {"name": NAME, "description": _DESCRIPTION, "background_color": "#1d4e89"},
        "features": _features(request_url),
        "oauth_config": {"scopes": {"bot": sorted(SCOPES)}},
        "settings": {
            "event_subscriptions": {**url, "bot_events": list(BOT_EVENTS)},
            "interactivity": {"is_enabled": True, **url},
            "org_deploy_enabled": False,
            "socket_mode_enabled": request_url is None,
            "token_rotation_enabled": False,
        },
    }


def _features(request_url: str | None) -> dict[str, Any]:
    """The messages tab is for reading: what people type there, the bot would not hear."""
    hints = (f"{name} {command.hint}".strip() for name, command in COMMANDS.items())
    command = {
        "command": COMMAND,
        **({"url": request_url} if request_url else {}),
        "description": "List, remove and collect images, with approvals",
        "usage_hint": " | ".join(hints),
        "should_escape": True,
    }
    shortcut = {
        "name": "Clean these images",
        "type": "message",
        "callback_id": FORM,
        "description": "Ask to remove the images that this message names",
    }
    return {
        "app_home": {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": True},
        "bot_user": {"display_name": NAME},
        "shortcuts": [shortcut],
        "slash_commands": [command],
    }


def request_url(base: str) -> str:
    """Where Slack sends requests, given the address at which people run the bot; raises BadInput."""
    try:
        parts = urlsplit(base)
        is_plain = parts.hostname and not (parts.query or parts.fragment or parts.username or parts.password)
    except ValueError:
        is_plain = False
    if not is_plain or parts.scheme != "https":
        raise BadInput(
            "Slack sends requests only to an https:// address without user, query or fragment; write "
            f"--url https://regclean.example.com, to which {EVENTS} is added."
        )
    return base.rstrip("/").removesuffix(EVENTS) + EVENTS
