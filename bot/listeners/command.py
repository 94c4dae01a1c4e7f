"""Command: /regclean; saved first, acknowledged then."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.commands import Call, run
from bot.commands.words import Words
from bot.listeners.room import Room


class CommandListener:
    def __init__(self, room: Room) -> None:
        self._room = room

    async def __call__(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        def call(words: Words) -> Call:
            return Call(
                words=words,
                asker=body["user_id"],
                channel=body["channel_id"],
                response_url=body.get("response_url", ""),
                payload=body["trigger_id"],
            )

        answer = await self._room.gate.run(run, body.get("text") or "", call, self._room.desk)
        if answer.view:
            await ack()
            await self._room.web.open_view(body["trigger_id"], answer.view)
            return
        await ack(
            text=answer.message.text,
            blocks=list(answer.message.blocks),
            response_type="in_channel" if answer.share else "ephemeral",
        )
