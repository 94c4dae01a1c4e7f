"""Pages: the buttons below a list; the list itself is read again from where it was saved."""

from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.cards import listing
from bot.listeners.payload import action_of
from bot.listeners.room import Room


class PagesListener:
    def __init__(self, room: Room) -> None:
        self._room = room

    async def __call__(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        service = self._room.desk.service
        place = listing.Place.read(action_of(body)["value"])
        _, found = await self._room.gate.run(service.listing, place.lookup)
        await ack()
        message = listing.page(found, place, service.store.clock())
        is_shared = not body["container"].get("is_ephemeral", True)
        await self._room.web.respond(body["response_url"], message, share=is_shared, replace=True)
