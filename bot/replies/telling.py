"""Telling: the thread below a card: every change of state, the steps in batches, and files where lists are long."""

from functools import partial
from typing import Final

import structlog
from slack_sdk.errors import SlackApiError

from bot.cards import sheets, thread
from bot.cards.request import is_cut
from bot.replies.work import Work, is_progress
from bot.slack.blocks import File
from bot.slack.pacer import POST, REPLIES
from bot.slack.patience import Turn, is_passing, upload_turns
from bot.slack.web import Posted
from workers.core.audit import Entry

_MOST_STEPS: Final = 200
_SECONDS_BETWEEN: Final = 10.0
_FULL: Final = 40
log = structlog.get_logger(__name__)


async def tell(work: Work) -> None:
    """Bring the thread up to date; steps alone are held back until there are many, or some seconds have passed."""
    posted = work.posted
    if posted is None:
        return
    if work.card.posting == "thread":
        mark = work.mark(thread.EVENT_TYPE, 0)
        look = partial(work.web.last_in_thread, posted, mark)
        told = await work.room.patience.call(look, Turn(method=REPLIES))
        work.save(told=max(told, work.card.told), posting="")
    fresh = [entry for entry in work.entries if entry.sequence > work.card.told]
    if not fresh or _can_wait(work, fresh):
        return
    if not work.card.told and is_cut(work.shown):
        await _attach(work, posted, sheets.plan(work.shown))
    await _post(work, posted, fresh)
    await _attach_outcomes(work, posted)


def _can_wait(work: Work, fresh: list[Entry]) -> bool:
    if not is_progress(fresh) or work.request.state.is_final or len(fresh) >= _FULL:
        return False
    return not work.room.patience.pacer.first_in(_SECONDS_BETWEEN, f"thread:{work.request.id}")


async def _post(work: Work, posted: Posted, fresh: list[Entry]) -> None:
    turn = Turn(method=POST, channel=posted.channel)
    telling = thread.Telling(with_steps=work.shown.steps <= _MOST_STEPS, people=work.shown.approvers)
    for batch in thread.batches(fresh, telling):
        work.save(posting="thread")
        await work.room.patience.call(_Once(work, posted, batch), turn)
        work.save(told=batch.last, posting="")
    work.save(told=fresh[-1].sequence)


class _Once:
    """Posts a batch; when it is tried again, looks first whether it stands there already."""

    def __init__(self, work: Work, posted: Posted, batch: thread.Batch) -> None:
        self._work = work
        self._posted = posted
        self._batch = batch
        self._tried = False

    async def __call__(self) -> None:
        web, mark = self._work.web, self._work.mark(thread.EVENT_TYPE, self._batch.last)
        if self._tried:
            await self._work.room.patience.wait(Turn(method=REPLIES))
            if await web.last_in_thread(self._posted, mark) >= self._batch.last:
                return
        self._tried = True
        self._work.alone.check()
        await web.post(self._posted.channel, self._batch.message, mark=mark, thread_ts=self._posted.ts)


async def _attach_outcomes(work: Work, posted: Posted) -> None:
    is_due = work.request.state.is_final and work.shown.steps > _MOST_STEPS and work.shown.outcomes
    if is_due and not work.card.attached:
        await _attach(work, posted, sheets.outcomes(work.shown))
        work.save(attached=True)


async def _attach(work: Work, posted: Posted, file: File) -> None:
    async def upload() -> None:
        work.alone.check()
        await work.web.upload(posted.channel, file, thread_ts=posted.ts)

    try:
        await work.room.patience.call(upload, *upload_turns(posted.channel))
    except SlackApiError as error:
        if is_passing(error):
            raise
        # A missing scope must not keep the thread from going on.
        log.exception("thread.no_file", request=work.request.id, file=file.name)
