"""What people do that the app hears of: commands, clicks, modals, shortcuts and the home tab."""

from demo.workspace import payloads, posting, typed_text
from demo.workspace.arguments import Arguments
from demo.workspace.delivery.dispatcher import Dispatcher
from demo.workspace.delivery.parcel import DispatchFailed, Parcel
from demo.workspace.drafts import read_draft
from demo.workspace.records import Channel, Json
from demo.workspace.refusal import Refusal
from demo.workspace.settings import Command
from demo.workspace.state import Workspace


class Interactions:
    """Each raises a Refusal with the code that the person's client would know the failure by."""

    def __init__(self, workspace: Workspace, dispatcher: Dispatcher) -> None:
        self._workspace = workspace
        self._dispatcher = dispatcher

    async def command(self, user: str, channel: Channel, line: str, thread_ts: str = "") -> None:
        """Send a typed `/command text`; what the ack says becomes a message, ephemeral unless it says otherwise."""
        name, _, text = line.strip().partition(" ")
        command = next((each for each in self._workspace.settings.commands if each.command == name), None)
        if command is None:
            raise self._told(user, f"{name} is not a valid command.", "invalid_command")
        if thread_ts:
            raise self._told(user, f"{name} is not supported in threads. Sorry!", "not_supported_in_threads")
        payload = payloads.command(self._workspace, user, channel, name, self._command_text(command, text.strip()))
        body = await self._ask(user, name, Parcel(kind="slash_commands", payload=payload, wants_answer=True))
        self._show_ack(user, name, channel, body)

    def _command_text(self, command: Command, text: str) -> str:
        escaped = typed_text.escape(text)
        return typed_text.link(self._workspace, escaped) if command.should_escape else escaped

    async def _ask(self, user: str, subject: str, parcel: Parcel) -> Json | None:
        try:
            return await self._dispatcher.ask(parcel)
        except DispatchFailed as failed:
            raise self._told(user, f'{subject} failed with the error "{failed.code}"', failed.code) from failed

    def _told(self, user: str, notice: str, code: str) -> Refusal:
        self._workspace.feed.note(user, notice)
        return Refusal(code)

    def _show_ack(self, user: str, name: str, channel: Channel, body: Json | None) -> None:
        if not body:
            return
        try:
            draft = read_draft(Arguments(body))
        except Refusal as refusal:
            notice = f'{name} failed with the error "{refusal.code}"'
            raise self._told(user, notice, refusal.code) from refusal
        in_channel = body.get("response_type") == "in_channel"
        posting.say(self._workspace, channel, draft, seen_by="" if in_channel else user)
