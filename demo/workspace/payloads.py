"""The payloads that Slack sends an app, built from records (docs.slack.dev/reference/interaction-payloads)."""

from dataclasses import dataclass

from demo.workspace import content, shapes, view_stacks
from demo.workspace.clock import new_id
from demo.workspace.records import Channel, Json, Message, View
from demo.workspace.settings import WorkspaceSettings
from demo.workspace.state import Workspace
from demo.workspace.tickets import Origin


def channel_name(channel: Channel) -> str:
    """Slack gives direct messages and private channels these fixed names in commands and shortcuts."""
    if channel.is_im:
        return "directmessage"
    return "privategroup" if channel.is_private else channel.name


def response_url(workspace: Workspace, origin: Origin) -> str:
    return f"{workspace.url}/response/{content.TEAM_ID}/{workspace.tickets.new_response_path(origin)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """A command as it is sent: its name with the slash, and its text as apps read it."""

    user: str
    channel: Channel
    name: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Click:
    """What a person did to one element of a message, and the state of all its inputs then."""

    user: str
    message: Message
    action: Json
    state: Json


def command(workspace: Workspace, typed: Invocation) -> Json:
    origin = Origin(user=typed.user, channel=typed.channel.id)
    return {
        "token": workspace.settings.verification_token,
        "team_id": content.TEAM_ID,
        "team_domain": content.TEAM_DOMAIN,
        "channel_id": typed.channel.id,
        "channel_name": channel_name(typed.channel),
        "user_id": typed.user,
        "user_name": workspace.users[typed.user].name,
        "command": typed.name,
        "text": typed.text,
        "api_app_id": content.APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url(workspace, origin),
        "trigger_id": workspace.tickets.new_trigger(typed.user),
    }


def _interaction(workspace: Workspace, kind: str, user: str) -> Json:
    person = workspace.users[user]
    team = {"id": content.TEAM_ID, "domain": content.TEAM_DOMAIN}
    return {
        "type": kind,
        "team": team,
        "user": {"id": user, "username": person.name, "name": person.name, "team_id": content.TEAM_ID},
        "api_app_id": content.APP_ID,
        "token": workspace.settings.verification_token,
        "enterprise": None,
        "is_enterprise_install": False,
        "trigger_id": workspace.tickets.new_trigger(user),
    }


def event(settings: WorkspaceSettings, inner: Json, now: float) -> Json:
    authorization = {"enterprise_id": None, "team_id": content.TEAM_ID, "user_id": content.BOT_USER}
    return {
        "token": settings.verification_token,
        "team_id": content.TEAM_ID,
        "api_app_id": content.APP_ID,
        "event": inner,
        "type": "event_callback",
        "event_id": new_id("Ev"),
        "event_time": int(now),
        "authorizations": [authorization | {"is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
        "event_context": new_id("EC"),
    }


def message_actions(workspace: Workspace, click: Click) -> Json:
    """A click in a message; for an ephemeral one Slack leaves the message itself out."""
    message, channel = click.message, workspace.channels[click.message.channel]
    url = response_url(workspace, _origin(click.user, message))
    payload = _interaction(workspace, "block_actions", click.user)
    container = {"type": "message", "message_ts": message.ts, "channel_id": channel.id}
    payload["container"] = container | {"is_ephemeral": message.is_ephemeral}
    if message.thread_ts:
        payload["container"]["thread_ts"] = message.thread_ts
    payload["channel"] = {"id": channel.id, "name": channel_name(channel)}
    if not message.is_ephemeral:
        payload["message"] = shapes.for_api(workspace, message)
    return payload | {"state": {"values": click.state}, "response_url": url, "actions": [click.action]}


def view_actions(workspace: Workspace, view: View, action: Json) -> Json:
    """A click in a modal or home tab, which has no response URL."""
    payload = _interaction(workspace, "block_actions", view.user)
    container = {"type": "view", "view_id": view.id}
    return payload | {"container": container, "view": view_stacks.shape(view), "actions": [action]}


def view_submission(workspace: Workspace, view: View) -> Json:
    payload = _interaction(workspace, "view_submission", view.user)
    return payload | {"view": view_stacks.shape(view), "response_urls": []}


def view_closed(workspace: Workspace, view: View) -> Json:
    payload = _interaction(workspace, "view_closed", view.user)
    del payload["trigger_id"]
    cleared = view.content.get("clear_on_close", False)
    return payload | {"view": view_stacks.shape(view), "is_cleared": cleared}


def message_shortcut(workspace: Workspace, user: str, message: Message, callback_id: str) -> Json:
    channel = workspace.channels[message.channel]
    payload = _interaction(workspace, "message_action", user)
    return payload | {
        "callback_id": callback_id,
        "channel": {"id": channel.id, "name": channel_name(channel)},
        "message": shapes.for_api(workspace, message),
        "message_ts": message.ts,
        "action_ts": workspace.clock.next_ts(),
        "response_url": response_url(workspace, _origin(user, message)),
    }


def global_shortcut(workspace: Workspace, user: str, callback_id: str) -> Json:
    payload = _interaction(workspace, "shortcut", user)
    return payload | {"callback_id": callback_id, "action_ts": workspace.clock.next_ts()}


def _origin(user: str, message: Message) -> Origin:
    return Origin(
        user=user,
        channel=message.channel,
        ts=message.ts,
        is_ephemeral=message.is_ephemeral,
        thread_ts=message.thread_ts,
    )
