"""Asker: what the person who asked is told: the link to the card, how it ended, or why there is no card."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import structlog
from slack_sdk.errors import SlackApiError

from bot.cards.states import standing
from bot.cards.titles import title
from bot.replies.room import Room
from bot.replies.work import Work
from bot.slack import text
from bot.slack.blocks import Message, sections
from bot.slack.pacer import OPEN, POST, RESPOND
from bot.slack.patience import Turn, is_passing
from bot.slack.web import UrlSpent, Web
from workers.core.request import Origin, State

_URL_LIVES: Final = timedelta(minutes=29)
log = structlog.get_logger(__name__)


async def tell_asker(work: Work) -> None:
    """Send the link once, and how it ended once."""
    state = work.request.state
    due = state.value if state.is_final else State.PENDING.value
    if not work.card.permalink or work.card.answered in {due, *_FINAL} or (work.card.answered and not state.is_final):
        return
    await _say(work, f"{standing(work.shown)}\n{text.link(work.card.permalink, title(work.shown))}")
    work.save(answered=due)


_FINAL: Final = frozenset(state.value for state in State if state.is_final)


async def tell_trouble(work: Work, code: str) -> None:
    """Say once why the card cannot be shown; it is posted as soon as that was mended."""
    if work.card.trouble == code:
        return
    channel = text.channel(work.channel)
    if code == "is_archived":
        sentence = f"{channel} is archived, so the card of {text.code(work.request.id)} cannot be shown there."
    else:
        invite = text.code("/invite @regclean")
        sentence = f"I am not in {channel}: invite me there with {invite}, the card will follow."
    await _say(work, sentence)
    work.save(trouble=code, posting="")


async def _say(work: Work, body: str) -> None:
    request = work.request
    origin = request.origin
    if work.room.store.clock() - request.created_at > _URL_LIVES:
        origin = Origin(channel=origin.channel)
    message = Message(text=body, blocks=tuple(sections(body)))
    await Voice(work.room, work.web).say(request.requester, origin, message)


@dataclass(frozen=True, slots=True)
class Voice:
    """Speaks to one person."""

    room: Room
    web: Web

    async def say(self, person: str, origin: Origin, message: Message) -> None:
        """Answer by the response URL while it works, else by a direct message."""
        if origin.response_url and await self._respond(origin, message):
            return
        try:
            await self._send(person, message)
        except SlackApiError as error:
            if is_passing(error):
                raise
            # The account may be gone; the card still tells everything.
            log.warning("asker.unreachable", person=person, error=str(error.response.get("error")))

    async def _respond(self, origin: Origin, message: Message) -> bool:
        web, turn = self.web, Turn(method=RESPOND, channel=origin.channel)
        try:
            await self.room.patience.call(lambda: web.respond(origin.response_url, message, share=origin.share), turn)
        except UrlSpent:
            return False
        return True

    async def _send(self, person: str, message: Message) -> None:
        web, patience = self.web, self.room.patience
        direct = await patience.call(lambda: web.open_direct(person), Turn(method=OPEN))
        await patience.call(lambda: web.post(direct, message), Turn(method=POST, channel=direct))
