"""Asking the app on behalf of a person, who is told when that fails."""

from dataclasses import dataclass

from demo.workspace import content
from demo.workspace.delivery.dispatcher import Dispatcher
from demo.workspace.delivery.parcel import DispatchFailed, Parcel
from demo.workspace.records import Channel, Json
from demo.workspace.refusal import Refusal
from demo.workspace.state import Workspace


@dataclass(frozen=True, slots=True)
class Asker:
    workspace: Workspace
    dispatcher: Dispatcher

    async def interact(self, user: str, payload: Json, *, wants_answer: bool = False) -> Json | None:
        """Send an interaction payload; a Refusal with Slack's code, and a notice, when the app does not take it."""
        return await self.ask(
            user, content.APP_NAME, Parcel(kind="interactive", payload=payload, wants_answer=wants_answer)
        )

    async def ask(self, user: str, subject: str, parcel: Parcel) -> Json | None:
        try:
            return await self.dispatcher.ask(parcel)
        except DispatchFailed as failed:
            raise self.failed(user, subject, failed.code) from failed

    def failed(self, user: str, subject: str, code: str) -> Refusal:
        """Tell the person as Slackbot does, and return what their client gets."""
        return self.told(user, f'{subject} failed with the error "{code}"', code)

    def told(self, user: str, notice: str, code: str) -> Refusal:
        self.workspace.feed.note(user, notice)
        return Refusal(code)

    def channel(self, user: str, channel_id: str) -> Channel:
        """A channel that `user` is in, else `channel_not_found`."""
        channel = self.workspace.channels.get(channel_id)
        if channel is None or user not in channel.members:
            raise Refusal("channel_not_found")
        return channel
