"""Drawing: posts the one card of a request, once, and edits it from then on."""

from dataclasses import dataclass
from typing import Final

import structlog
from slack_sdk.errors import SlackApiError

from bot.cards import request as cards
from bot.replies.work import Work, is_footnote, is_progress
from bot.slack.pacer import HISTORY, PERMALINK, POST, UPDATE
from bot.slack.patience import NotNow, Turn
from bot.slack.web import Mark, Posted, error_codes

_SECONDS_BETWEEN: Final = 3.0
_GONE: Final = frozenset({"message_not_found", "cant_update_message", "edit_window_closed"})
log = structlog.get_logger(__name__)


async def draw(work: Work) -> None:
    """Post or edit the card; mere progress that would have to wait is left for later."""
    if work.posted is None:
        await _post(work)
    elif work.card.drawn < work.last:
        await _edit(work, work.posted)
    if work.posted and not work.card.permalink:
        await _link(work, work.posted)


async def _post(work: Work) -> None:
    turn = Turn(method=POST, channel=work.channel)
    once = _Once(work, tried=bool(work.card.posting))
    posted = await work.room.patience.call(once, turn)
    # A card that an earlier attempt left shows what was true then.
    work.save(channel=posted.channel, ts=posted.ts, posting="", drawn=0 if once.found else work.last, trouble="")
    if once.found:
        await _edit(work, posted)


async def _link(work: Work, posted: Posted) -> None:
    link = await work.room.patience.call(lambda: work.web.permalink(posted), Turn(method=PERMALINK))
    work.save(permalink=link)


@dataclass(slots=True)
class _Once:
    """Posts the card; once it was tried, also by a process that died since, looks for it first."""

    work: Work
    tried: bool
    found: bool = False

    async def __call__(self) -> Posted:
        work = self.work
        mark = work.mark(cards.EVENT_TYPE)
        if self.tried and (posted := await _find(work, mark)):
            self.found = True
            return posted
        self.tried = True
        if work.card.posting != "card":
            work.save(posting="card")
        work.alone.check()
        return await work.web.post(work.channel, cards.card(work.shown), mark=mark)


async def _find(work: Work, mark: Mark) -> Posted | None:
    await work.room.patience.wait(Turn(method=HISTORY))
    try:
        return await work.web.find(work.channel, mark, work.request.created_at.timestamp() - 60)
    except SlackApiError as error:
        if "missing_scope" not in error_codes(error):
            raise
        log.warning("card.unfindable", request=work.request.id, needed=error.response.get("needed"))
        return None


async def _edit(work: Work, posted: Posted) -> None:
    fresh = [entry for entry in work.entries if entry.sequence > work.card.drawn]
    goes_on = is_progress(fresh) and not work.request.state.is_final
    is_late = is_footnote(fresh)
    pacer = work.room.patience.pacer
    if goes_on and not pacer.first_in(_SECONDS_BETWEEN, f"card:{work.request.id}"):
        return
    mark = work.mark(cards.EVENT_TYPE)
    message = cards.card(work.shown)
    turn = Turn(method=UPDATE, may_wait=not (goes_on or is_late))

    async def update() -> None:
        work.alone.check()
        await work.web.update(posted, message, mark)

    try:
        await work.room.patience.call(update, turn)
    except NotNow:
        return
    except SlackApiError as error:
        if _GONE.isdisjoint(error_codes(error)):
            raise
        if is_late:
            work.save(drawn=work.last, told=work.last)
            return
        # Somebody deleted it, or it is too old to be edited: the request still needs its card, and that its thread.
        work.begin_anew()
        await _post(work)
    else:
        work.save(drawn=work.last)
