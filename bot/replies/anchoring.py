"""Anchoring: whether Redis still has what cards show, as regclean wrote it; if not, work halts."""

import asyncio
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

import aiohttp
import structlog
from redis.exceptions import RedisError
from slack_sdk.errors import SlackApiError

from bot.cards import request as cards
from bot.replies.room import Room
from bot.slack import text
from bot.slack.blocks import Message, sections
from bot.slack.pacer import HISTORY, POST, WHO
from bot.slack.patience import Turn, is_passing
from bot.slack.web import Mark, Web, error_codes, open_web
from workers.core.errors import BadRecord, NotAuthentic, RegcleanError
from workers.store.anchors import Anchor

EVERY: Final = 3_600.0
SOON: Final = 60.0
"""Seconds between two looks, and while something is wrong or could not be seen."""
_MOST: Final = 20
log = structlog.get_logger(__name__)


@contextmanager
def watching(room: Room) -> Iterator[None]:
    """Look at once and then every hour, in a thread of its own, while the block runs; for one that never forks.

    The chain's signature costs one question to Redis, so it is looked at every minute.
    """
    done = threading.Event()

    def watch() -> None:
        due = time.monotonic() + _carefully(room)
        while not done.wait(SOON):
            if time.monotonic() >= due or _is_forged(room):
                due = time.monotonic() + _carefully(room)

    threading.Thread(target=watch, daemon=True, name="anchors").start()
    try:
        yield
    finally:
        done.set()


def _carefully(room: Room) -> float:
    """Look; after how many seconds to look again."""
    try:
        return SOON if asyncio.run(look(room)) else EVERY
    except (RegcleanError, RedisError, SlackApiError, aiohttp.ClientError, TimeoutError) as error:
        log.warning("anchors.unseen", error=str(error))
        return SOON


def _is_forged(room: Room) -> bool:
    try:
        return _forged(room) is not None
    except RegcleanError as error:
        log.warning("anchors.unseen", error=str(error))
        return False


def _forged(room: Room) -> str | None:
    """Why nobody vouches for the chain as it stands, or cannot be read; None when all is well."""
    try:
        room.store.ledger.chain.check()
    except (NotAuthentic, BadRecord) as error:
        return error.sentence
    return None


async def look(room: Room) -> bool:
    """See that a key of ours vouches for the chain, and that it bears out the newest cards of every channel.

    Whether work is halted now.
    """
    anchors = room.store.anchors
    async with open_web(room.access) as web:
        marks = [mark for channel in _channels(room) for mark in await _marks(room, web, channel)]
        shown = {anchor: mark for mark in marks if (anchor := _anchor(mark)).is_whole}
        lost = anchors.unborne(shown)
        why = _forged(room) or (_why(lost, shown.get(lost)) if lost else None)
        halted = anchors.halted()
        if why is None:
            if halted:
                anchors.lift()
                await _tell(room, web, "🔓 Redis holds what the cards show; removing and collecting goes on.")
            return False
        halted = halted or anchors.halt(why, room.store.clock())
        log.critical("audit.behind", why=halted.why)
        if not halted.told and room.patience.pacer.first_in(SOON, "halt"):
            people = " ".join(text.person(each) for each in room.config.approvals.approvers[:_MOST])
            await _tell(room, web, f"🚨 Nothing more is removed or collected. {text.line(halted.why)} {people}")
            anchors.was_told(halted)
        return True


def _channels(room: Room) -> Sequence[str]:
    config = room.config
    return sorted({config.channels.default, *(config.channel_of(each.name) for each in config.registries)})


async def _marks(room: Room, web: Web, channel: str) -> Sequence[Mark]:
    """Those of the newest cards; none of a channel that cannot be read."""
    since = room.store.anchors.accepted_at()
    turns = (Turn(method=WHO), Turn(method=HISTORY))
    try:
        return await room.patience.call(lambda: web.newest(channel, cards.EVENT_TYPE, since), *turns)
    except SlackApiError as error:
        if is_passing(error):
            raise
        log.warning("anchors.hidden", channel=channel, error=error_codes(error))
        return ()


def _anchor(mark: Mark) -> Anchor:
    return Anchor(sequence=mark.sequence, hash=mark.hash)


def _why(lost: Anchor, mark: Mark | None) -> str:
    shown = f"the card of {mark.request} shows" if mark else "cards showed"
    return (
        f"Redis does not hold audit entry {lost.sequence} as {shown} it, so it lost what it was told; "
        "restore it from a backup, or accept the loss with “regclean audit accept”."
    )


async def _tell(room: Room, web: Web, body: str) -> None:
    """Tell it in every channel; one that cannot be written to keeps nobody else from hearing."""
    message = Message(text=body, blocks=tuple(sections(body)))
    for channel in _channels(room):
        try:
            await room.patience.call(lambda to=channel: web.post(to, message), Turn(method=POST, channel=channel))  # type: ignore[misc]  # mypy cannot infer it
        except SlackApiError as error:
            if is_passing(error):
                raise
            log.warning("anchors.untold", channel=channel, error=error_codes(error))
