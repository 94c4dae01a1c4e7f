"""Errors: the one place where what went wrong in a listener becomes an answer to whoever caused it."""

import secrets
from typing import Any

import aiohttp
import structlog
from slack_bolt.context.ack.async_ack import AsyncAck
from slack_bolt.response import BoltResponse

from bot.cards import view
from bot.listeners.payload import Body
from bot.listeners.room import Room
from bot.slack import text
from bot.slack.blocks import Message
from bot.slack.web import UrlSpent
from bot.wording import told
from workers.core.errors import RegcleanError

log = structlog.get_logger(__name__)


class ErrorHandler:
    """Bolt's only error handler; expected errors are sentences, unexpected ones get an incident id in the log."""

    def __init__(self, room: Room) -> None:
        self._room = room

    async def __call__(self, error: Exception, body: dict[str, Any], ack: AsyncAck) -> BoltResponse | None:
        incident = secrets.token_hex(4)
        if not isinstance(error, RegcleanError):
            log.error("listener.failed", incident=incident, kind=body.get("type", "command"), exc_info=error)
        sentence = told(error, incident)
        if ack.response is None and (answer := _in_the_ack(body, sentence)):
            return answer
        await self._respond(body, sentence, incident)
        return BoltResponse(status=200, body="") if ack.response is None else None

    async def _respond(self, body: Body, sentence: str, incident: str) -> None:
        url = body.get("response_url")
        if not url:
            log.warning("listener.unanswered", incident=incident, sentence=sentence)
            return
        try:
            await self._room.web.respond(str(url), Message(text=text.line(sentence, 1_500)))
        except (UrlSpent, aiohttp.ClientError, TimeoutError):
            # Slack cannot be told; the log has to do.
            log.warning("listener.unanswered", incident=incident, sentence=sentence, exc_info=True)


def _in_the_ack(body: Body, sentence: str) -> BoltResponse | None:
    """Commands and forms are answered by the acknowledgement itself."""
    if "command" in body:
        answer = {"response_type": "ephemeral", "text": text.line(sentence, 1_500)}
        return BoltResponse(status=200, body=answer)
    if body.get("type") == "view_submission":
        # Under an input Slack shows plain text.
        field = view.REASON if body["view"].get("callback_id") == view.EXPLANATION else view.IMAGES
        return BoltResponse(status=200, body={"response_action": "errors", "errors": {field: sentence[:1_500]}})
    return None
