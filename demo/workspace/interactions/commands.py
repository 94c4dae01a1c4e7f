"""Slash commands (docs.slack.dev/interactivity/implementing-slash-commands)."""

from collections.abc import Mapping
from dataclasses import dataclass

from demo.workspace import payloads, posting, typed_text
from demo.workspace.arguments import Arguments
from demo.workspace.delivery.parcel import Parcel
from demo.workspace.drafts import read_draft
from demo.workspace.interactions.asking import Asker
from demo.workspace.records import Channel, Json
from demo.workspace.refusal import Refusal
from demo.workspace.settings import COMMANDS_SCOPE, Command
from demo.workspace.state import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """What a person entered, `/command text`, and where; `thread_ts` when that was in a thread."""

    user: str
    channel: Channel
    typed: str
    thread_ts: str = ""


async def run(asker: Asker, line: Line) -> str:
    """Send a command; what the ack says becomes a message, ephemeral unless it says otherwise.

    Returns that message's ts, empty when the ack says nothing.

    Raises:
        Refusal: `invalid_command`, `not_supported_in_threads`, or why the app did not take it.
    """
    name, _, text = line.typed.strip().partition(" ")
    command = _offered(asker.workspace).get(name)
    if command is None:
        raise asker.told(line.user, f"{name} is not a valid command.", "invalid_command")
    if line.thread_ts:
        raise asker.told(line.user, f"{name} is not supported in threads. Sorry!", "not_supported_in_threads")
    sent = _sent_text(asker.workspace, command, text.strip())
    invocation = payloads.Invocation(user=line.user, channel=line.channel, name=name, text=sent)
    payload = payloads.command(asker.workspace, invocation)
    body = await asker.ask(line.user, name, Parcel(kind="slash_commands", payload=payload, wants_answer=True))
    return _show(asker, invocation, body) if body else ""


def _offered(workspace: Workspace) -> Mapping[str, Command]:
    """By name; an app that was not granted `commands` offers none."""
    offered = workspace.settings.commands if COMMANDS_SCOPE in workspace.settings.scopes else ()
    return {each.command: each for each in offered}


def _sent_text(workspace: Workspace, command: Command, text: str) -> str:
    escaped = typed_text.escape(text)
    return typed_text.link(workspace, escaped) if command.should_escape else escaped


def _show(asker: Asker, invocation: payloads.Invocation, body: Json) -> str:
    try:
        draft = read_draft(Arguments(body))
    except Refusal as refusal:
        raise asker.failed(invocation.user, invocation.name, refusal.code) from refusal
    in_channel = body.get("response_type") == "in_channel"
    return posting.say(asker.workspace, invocation.channel, draft, seen_by="" if in_channel else invocation.user).ts
