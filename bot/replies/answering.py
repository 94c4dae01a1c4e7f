"""Answering: the answer to `ls`, to its asker, with a file where the list is long."""

import structlog
from slack_sdk.errors import SlackApiError

from bot.cards import listing, sheets
from bot.replies.asker import Voice
from bot.replies.room import Room
from bot.slack.pacer import OPEN
from bot.slack.patience import Turn, is_passing, upload_turns
from bot.slack.web import Web, open_web
from workers.core.listing import Listing
from workers.store.context import name

_KEPT = 3_600
log = structlog.get_logger(__name__)


async def answer_lookup(room: Room, lookup_id: str) -> None:
    """Post the first page, once; raises BadRecord when the question is older than an hour."""
    lookup, found = room.service.listing(lookup_id)
    name(user=lookup.asker)
    said = f"rc:answered:{lookup_id}"
    if room.store.redis.exists(said):
        return
    async with open_web(room.access) as web:
        message = listing.page(found, listing.Place(lookup=lookup_id), room.store.clock())
        await Voice(room, web).say(lookup.asker, lookup.origin, message)
        room.store.redis.set(said, 1, ex=_KEPT)
        if sum(1 for _ in found.rows) > listing.ATTACHED_BEYOND:
            await _attach(room, web, lookup.asker, found)


async def _attach(room: Room, web: Web, person: str, found: Listing) -> None:
    """Ephemeral messages carry no files, so it comes by direct message."""
    file = sheets.listing(found)
    direct = await room.patience.call(lambda: web.open_direct(person), Turn(method=OPEN))
    try:
        await room.patience.call(lambda: web.upload(direct, file), *upload_turns(direct))
    except SlackApiError as error:
        if is_passing(error):
            raise
        log.exception("listing.no_file")
