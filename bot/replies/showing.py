"""Showing: card, asker and thread of one request brought up to date; any number of jobs for it come to the same."""

from typing import Final

from slack_sdk.errors import SlackApiError

from bot.replies.asker import tell_asker, tell_trouble
from bot.replies.drawing import draw
from bot.replies.room import Room
from bot.replies.telling import tell
from bot.replies.turnstile import Alone, Overtaken, alone
from bot.replies.work import Work
from bot.slack.web import error_codes, open_web
from workers.core.request import State

_OUTSIDE: Final = frozenset({"not_in_channel", "channel_not_found", "is_archived"})


async def show_request(room: Room, request_id: str) -> None:
    """Work until everything told so far is shown, or until what is left has to wait."""
    seen = 0
    while (last := _last_told(room, request_id)) > seen:
        async with alone(room.store.redis, request_id) as proof:
            # The one at work looks again after it has let go, so what was told meanwhile is not missed.
            if not proof:
                return
            try:
                if not await _catch_up(room, request_id, proof):
                    return
            except Overtaken:
                continue  # from what the other one has written down
        seen = last


def _last_told(room: Room, request_id: str) -> int:
    """The number of the last audit entry that has not been shown everywhere; 0 when there is none."""
    card = room.store.cards.load(request_id)
    shown = min(card.drawn, card.told)
    last = max((entry.sequence for entry in room.store.ledger.chain.of(request_id, after=shown)), default=0)
    if not last:
        room.store.cards.caught_up(request_id, shown)
    return last


async def _catch_up(room: Room, request_id: str, proof: Alone) -> bool:
    """Whether nothing is left that was told before this began."""
    async with open_web(room.access) as web:
        work = Work.read(room, web, request_id, proof)
        if work.request.state is not State.PLANNING:
            await _show(work)
            if min(work.card.drawn, work.card.told) < work.last:
                return False
    room.store.cards.caught_up(request_id, work.last)
    return True


async def _show(work: Work) -> None:
    try:
        await draw(work)
        await tell_asker(work)
        await tell(work)
    except SlackApiError as error:
        outside = _OUTSIDE.intersection(error_codes(error))
        if not outside:
            raise
        await tell_trouble(work, *outside)
