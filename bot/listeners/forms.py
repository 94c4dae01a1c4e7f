"""Forms: the shortcut that opens the form from a message, and the form as it is sent."""

from collections.abc import Iterator, Sequence
from typing import Any

from slack_bolt.context.ack.async_ack import AsyncAck

from bot.cards import view
from bot.commands import images, words
from bot.commands.opened import taken
from bot.commands.plain_words import named, plain
from bot.listeners.payload import Body, origin_of, submission_id, user_of
from bot.listeners.room import Room
from bot.service import Asked, Opened
from workers.core.errors import BadInput


class FormListener:
    def __init__(self, room: Room) -> None:
        self._room = room

    async def shortcut(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """“Clean these images” on a message: the form, filled with what looks like images in it."""
        await ack()
        found = images.candidates("\n".join(_texts(body["message"])), self._room.desk.known)
        await self._room.web.open_view(body["trigger_id"], view.form(origin_of(body), found))

    async def submit(self, ack: AsyncAck, body: dict[str, Any]) -> None:
        """Open the requests; a wrong line is named below the text area, and the form stays open."""
        opened = await self._room.gate.run(self._open, body)
        await ack()
        origin = view.origin_of(body["view"])
        if origin.response_url and opened[0].is_new:
            await self._room.web.respond(origin.response_url, taken(opened).message)

    def _open(self, body: Body) -> Sequence[Opened]:
        typed, reason = view.typed(body["view"])
        read = words.read(plain(typed))
        if not read.words:
            raise BadInput("Name at least one image, such as prod/app:1.2.")
        asked = Asked(
            requester=user_of(body),
            origin=view.origin_of(body["view"]),
            payload=submission_id(body),
            reason=named(plain(reason)),
        )
        return self._room.desk.service.open_remove(images.grouped(read, self._room.desk.known), asked)


def _texts(message: Any) -> Iterator[str]:
    """A message's text, and what other apps put into attachments."""
    yield str(message.get("text") or "")
    for attachment in message.get("attachments") or []:
        yield str(attachment.get("text") or attachment.get("fallback") or "")
