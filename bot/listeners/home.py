"""Home: the app's own tab; drawn anew whenever somebody opens it."""

from typing import Any

from bot.cards import view
from bot.commands.table import overview_lines
from bot.listeners.payload import user_of
from bot.listeners.room import Room


class HomeListener:
    def __init__(self, room: Room) -> None:
        self._room = room

    async def __call__(self, event: dict[str, Any], body: dict[str, Any]) -> None:
        if event.get("tab") != "home":
            return
        person = user_of(body)
        seen = await self._room.gate.run(self._room.desk.service.overview, person)
        await self._room.web.publish_home(person, view.home(seen, overview_lines()))
