"""Explanation: denying takes one click, and whoever did it may say why afterwards."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.cards import view
from bot.listeners.payload import Body, action_of, user_of
from bot.listeners.room import Room
from bot.service import Repeated
from bot.slack import text
from bot.slack.blocks import Button, Message, actions, section
from workers.core.request import Request
from workers.core.rules import Denial


def offer(denied: Request) -> Message:
    """To the person who denied it, right after that."""
    said = f"You denied {text.code(denied.id)}; nothing was changed."
    button = Button(label="Add a reason", action="explain", value=denied.id)
    return Message(text=said, blocks=(section(said), *actions([button])))


class ExplanationListener:
    def __init__(self, room: Room) -> None:
        self._room = room

    async def ask(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """The form, for a denial that can still be explained."""
        request_id = action_of(body)["value"]
        denial = await self._room.gate.run(self._room.desk.service.may_explain, request_id, user_of(body))
        await ack()
        if denial:
            await self._say(body["response_url"], text.ruling(denial.sentence))
        else:
            form = view.explanation(request_id, str(body.get("response_url") or ""))
            await self._room.web.open_view(body["trigger_id"], form)

    async def submit(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """What was typed goes to the card, its thread, and the audit chain; the offer makes way for a word of that."""
        request_id, response_url = view.explained(body["view"])
        outcome = await self._room.gate.run(self._explain, request_id, body)
        if isinstance(outcome, Denial) and not isinstance(outcome, Repeated):
            await ack(response_action="errors", errors={view.REASON: outcome.sentence})
            return
        await ack()
        if isinstance(outcome, Request) and response_url:
            await self._say(
                response_url, f"Your reason stands on the card of {text.code(request_id)} and in its thread."
            )

    def _explain(self, request_id: str, body: Body) -> Request | Denial:
        return self._room.desk.service.explain(request_id, user_of(body), view.typed_reason(body["view"]))

    async def _say(self, response_url: str, said: str) -> None:
        await self._room.web.respond(response_url, Message(text=said), replace=True)
