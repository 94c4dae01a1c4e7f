"""Decision: the buttons of a card. Their values carry identifiers; everything else is read and judged again."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands.opened import taken
from bot.listeners.explanation import offer
from bot.listeners.payload import action_of, click_id, origin_of, user_of
from bot.listeners.room import Room
from bot.service import Asked, Clicked, Opened, Repeated
from bot.slack import text
from bot.slack.blocks import Message
from workers.core.rules import Denial


class DecisionListener:
    """Approve, deny and cancel; the card shows what came of it, so only a refusal is answered, and a denial."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def decide(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        action = action_of(body)
        request_id, _, fingerprint = action["value"].partition(" ")
        clicked = Clicked(
            request_id=request_id,
            fingerprint=fingerprint,
            actor=user_of(body),
            yes=action["action_id"] == "approve",
        )
        outcome = await self._room.gate.run(self._room.desk.service.decide, clicked)
        await ack()
        if isinstance(outcome, Denial):
            await self._refuse(body, outcome)
        elif not clicked.yes:
            await self._room.web.respond(body["response_url"], offer(outcome))

    async def cancel(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        request_id = action_of(body)["value"]
        outcome = await self._room.gate.run(self._room.desk.service.cancel, request_id, user_of(body))
        await ack()
        if isinstance(outcome, Denial):
            await self._refuse(body, outcome)

    async def collect(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Open a collection of the registry whose card was clicked."""
        service = self._room.desk.service
        opened = await self._room.gate.run(service.collect_after, action_of(body)["value"], _asked(body))
        await self._opened(ack, body, opened)

    async def again(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        opened = await self._room.gate.run(self._room.desk.service.again, action_of(body)["value"], _asked(body))
        await self._opened(ack, body, opened)

    async def _opened(self, ack: AsyncAck, body: dict[str, Any], opened: Opened | Denial) -> None:
        await ack()
        if isinstance(opened, Denial):
            await self._refuse(body, opened)
        elif opened.is_new:
            await self._room.web.respond(body["response_url"], taken([opened]).message)

    async def _refuse(self, body: dict[str, Any], denial: Denial) -> None:
        """To the person who clicked, and to nobody else."""
        if isinstance(denial, Repeated):
            return
        await self._room.web.respond(body["response_url"], Message(text=text.ruling(denial.sentence)))


def _asked(body: dict[str, Any]) -> Asked:
    return Asked(requester=user_of(body), origin=origin_of(body), payload=click_id(body))
