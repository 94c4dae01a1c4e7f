"""Shortcuts, in a message's menu and from anywhere (docs.slack.dev/interactivity/implementing-shortcuts)."""

from demo.workspace import payloads
from demo.workspace.interactions.asking import Asker
from demo.workspace.refusal import Refusal
from demo.workspace.settings import COMMANDS_SCOPE, Shortcut


async def use_on_message(asker: Asker, user: str, callback_id: str, where: tuple[str, str]) -> None:
    """Send a message shortcut; `where` is the message's channel and timestamp."""
    _offered(asker, callback_id, asker.workspace.settings.message_shortcuts)
    channel, ts = where
    asker.channel(user, channel)
    message = asker.workspace.timeline.find(channel, ts)
    if message is None or message.deleted:
        raise Refusal("message_not_found")
    await asker.interact(user, payloads.message_shortcut(asker.workspace, user, message, callback_id))


async def use(asker: Asker, user: str, callback_id: str) -> None:
    """Send a global shortcut, which knows no channel and so has no response URL."""
    _offered(asker, callback_id, asker.workspace.settings.global_shortcuts)
    await asker.interact(user, payloads.global_shortcut(asker.workspace, user, callback_id))


def _offered(asker: Asker, callback_id: str, shortcuts: tuple[Shortcut, ...]) -> None:
    granted = COMMANDS_SCOPE in asker.workspace.settings.scopes
    if not granted or callback_id not in {each.callback_id for each in shortcuts}:
        raise Refusal("unknown_shortcut")
