"""What a page needs to know before it draws anything."""

from dataclasses import asdict

from demo.workspace import content
from demo.workspace.records import Channel, Json
from demo.workspace.settings import Command
from demo.workspace.state import Workspace


def for_user(workspace: Workspace, user: str) -> Json:
    settings = workspace.settings
    channels = [each for each in workspace.channels.values() if user in each.members and not each.is_archived]
    return {
        "team": {"id": content.TEAM_ID, "name": content.TEAM_NAME},
        "me": user,
        "users": [asdict(each) for each in workspace.users.values()],
        "groups": [{"id": each.id, "handle": each.handle, "name": each.name} for each in workspace.groups.values()],
        "channels": [_channel(each) for each in channels],
        "commands": [_command(each) for each in settings.commands],
        "message_shortcuts": [asdict(each) for each in settings.message_shortcuts],
        "global_shortcuts": [asdict(each) for each in settings.global_shortcuts],
        "apps": [{"id": content.APP_ID, "name": content.APP_NAME, "bot_user": content.BOT_USER}],
    }


def _channel(channel: Channel) -> Json:
    shape: Json = {"id": channel.id, "name": channel.name, "topic": channel.topic, "is_im": channel.is_im}
    return shape | {"bot_member": content.BOT_USER in channel.members}


def _command(command: Command) -> Json:
    shape: Json = {"command": command.command, "usage_hint": command.usage_hint, "description": command.description}
    return shape | {"subcommands": [asdict(each) for each in command.subcommands]}
