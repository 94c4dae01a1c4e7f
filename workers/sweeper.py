"""Sweeper: gets going again what stands still: lost jobs, requests out of time, fences without an owner."""

import secrets
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from typing import Final

import structlog

from workers.config import RegistrySettings
from workers.core.audit import Event, Happened
from workers.core.errors import BadRecord, CollectorError, RegcleanError, RegistryError, WrongState
from workers.core.request import Request, State
from workers.core.rules import Denial
from workers.ending import MOST_TROUBLES, give_up
from workers.fencing import COMING_BACK, Fencing
from workers.runtime import Runtime
from workers.store import keys, metrics, records, tracing
from workers.store.connection import asking
from workers.store.context import about, name_request
from workers.store.fences import Fence
from workers.store.ledger import Change
from workers.store.locks import Busy
from workers.store.meter import METER
from workers.store.tasks import Job, next_job
from workers.store.tracing import Opening
from workers.store.trails import Trail

TICK: Final = 5.0
_SHOWN_AGAIN_AFTER: Final = 15
_LONGEST_BETWEEN: Final = 10.0
_MENDED_WITHIN: Final = 10.0
"""Seconds that a round waits for a fence to be lifted; after that it goes on beside it."""
_HOLD: Final = 8_000
"""Milliseconds after which another sweeper takes over from a silent one; what it does is safe beside it."""

RESTARTED, GAVE_UP, LIFTED, SHOWN = "job", "given_up", "fence", "card"
REPAIRS: Final = (RESTARTED, GAVE_UP, LIFTED, SHOWN)
"""What there is to mend: a lost job, a request whose jobs die again and again, a fence, a card that is behind."""

_log = structlog.get_logger(__name__)


class Sweeper:
    """One round is `sweep()`; whatever goes wrong with one request is logged and does not stop the others."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime
        self._name = secrets.token_hex(8)
        self._shown: dict[str, float] = {}
        self._between: dict[str, float] = {}
        self._menders: dict[str, threading.Thread] = {}
        self.swept_at = 0.0

    def round(self) -> bool:
        """Sweep once, if no other sweeper does; whether this one did."""
        redis = self._runtime.store.redis
        if not redis.set(keys.SWEEPER, self._name, nx=True, px=_HOLD) and not self._is_mine():
            return False
        redis.pexpire(keys.SWEEPER, _HOLD)
        self.sweep()
        self.swept_at = time.time()
        return True

    @asking()
    def is_at_work(self) -> bool:
        """Whether no other sweeper is; raises Unavailable."""
        return self._is_mine()

    def _is_mine(self) -> bool:
        holder = self._runtime.store.redis.get(keys.SWEEPER)
        return holder is not None and records.text(holder) == self._name

    def sweep(self) -> None:
        for request_id in self._runtime.store.ledger.open_ids():
            self._carefully("request", request_id, partial(self._request, request_id))
        for settings in self._runtime.config.registries:
            self._carefully("registry", settings.name, partial(self._mend_beside, settings))
        behind = self._runtime.store.cards.behind()
        # While “replies” or Slack is away, one more job in the queue at each round would fill Redis, and help nobody.
        asked_for = self._runtime.store.queues.subjects("show") if behind else frozenset()
        for request_id in behind:
            if request_id not in asked_for:
                self._show(request_id)

    def _mend_beside(self, settings: RegistrySettings) -> None:
        """Mend a fence in a thread of its own: an operator's command that hangs must not keep others from help."""
        if self._runtime.store.fences.load(settings.name) is None:
            return
        thread = self._menders.get(settings.name)
        if thread is None or not thread.is_alive():
            mend = partial(self._fence, settings)
            thread = threading.Thread(target=self._carefully, args=("registry", settings.name, mend), daemon=True)
            self._menders[settings.name] = thread
            thread.start()
        thread.join(_MENDED_WITHIN)

    def _carefully(self, kind: str, name: str, work: Callable[[], None]) -> None:
        with about(**{kind: name}):
            try:
                work()
            except RegcleanError as error:
                _log.warning("sweep", error=error.sentence)
            except Exception:  # noqa: BLE001 - one registry that cannot be mended must not keep the others from it
                _log.exception("sweep.failed")

    def _request(self, request_id: str) -> None:
        request = self._runtime.store.ledger.load(request_id)
        name_request(request)
        now = self._runtime.store.clock()
        job = next_job(request)
        if self._is_over(request):
            with self._following("sweep expire", request_id):
                self._expire(request_id)
        elif job and self._is_lost(job) and (not request.retry_at or now >= request.retry_at):
            with self._following("sweep restart", request_id):
                self._start_again(request)

    def _following(self, name: str, request_id: str) -> AbstractContextManager[object]:
        """A span in the trace of the job that is missing, so that the next one goes on there."""
        last = Trail.of(self._runtime.store.redis, request_id).last
        return tracing.span(Opening(name=name, facts={"regclean.request": request_id}, parent=last, root=True))

    def _is_lost(self, job: Job) -> bool:
        """Nowhere, or stuck where a worker died just after it took it; RQ itself gives such a job up after a minute."""
        if not self._runtime.store.queues.is_between(job):
            self._between.pop(job.id, None)
            return not self._runtime.store.queues.is_alive(job)
        now = time.monotonic()
        if now - self._between.setdefault(job.id, now) < _LONGEST_BETWEEN:
            return False
        del self._between[job.id]
        return True

    def _is_over(self, request: Request) -> bool:
        """Waiting for people or in a queue for longer than it may; a running one is ended by its worker."""
        now = self._runtime.store.clock()
        if request.state is State.PENDING:
            return request.expires_at is not None and now >= request.expires_at
        return request.state is State.APPROVED and request.approval is not None and now >= request.approval.expires_at

    def _expire(self, request_id: str) -> None:
        def decide(request: Request) -> Change | Denial:
            if not self._is_over(request):
                return Denial("It moved on.")
            return Change(request=request.expired(self._runtime.store.clock()), events=[Event.of(Happened.EXPIRED)])

        self._runtime.store.ledger.change(request_id, decide)

    def _start_again(self, seen: Request) -> None:
        """Enqueue the next attempt of a job that is nowhere; give up on one that died again and again."""
        tally = self._runtime.store.journal.tally(seen.id)
        crashed = seen.retry_at is None
        troubles = 0 if tally.total > seen.tally.total else seen.troubles + crashed
        if crashed and troubles > MOST_TROUBLES:
            self._give_up(seen)
            return

        def decide(request: Request) -> Change | Denial:
            if request.revision != seen.revision:
                return Denial("It moved on.")
            following = replace(request.again().progressed(tally), troubles=troubles)
            job = next_job(following)
            return Change(request=following, jobs=[job] if job else [])

        try:
            changed = self._runtime.store.ledger.change(seen.id, decide)
        except (WrongState, BadRecord) as error:
            _log.info("sweep.moved_on", error=error.sentence)
            return
        if crashed and not isinstance(changed, Denial):
            METER.count(metrics.REPAIRS, RESTARTED)

    def _give_up(self, request: Request) -> None:
        why = f"The worker died {MOST_TROUBLES} times without getting any further; look at its log."
        if self._runtime.store.ledger.load(request.id).revision != request.revision:
            return  # it moved on
        give_up(self._runtime, request.id, why)
        METER.count(metrics.REPAIRS, GAVE_UP)

    def _fence(self, settings: RegistrySettings) -> None:
        """Mend a fence whose owner is gone; a registry must not stay read-only at night."""
        fence = self._runtime.store.fences.load(settings.name)
        runner = self._runtime.runner(settings)
        if fence is None or runner is None:
            return
        try:
            lock = self._runtime.store.locks.acquire(settings.name, "the sweeper", settings.timeout)
        except Busy:
            return
        with lock, self._following("sweep fence", fence.request):
            fencing = Fencing(self._runtime, settings, runner, lock)
            try:
                lifted = fencing.lift(0 if fence.alerted else COMING_BACK)
            except (CollectorError, RegistryError) as error:
                self._alert(fence, fencing.left_standing(error))
                return
            if lifted:  # else its owner has lifted it meanwhile
                why = f"{settings.name} takes writes again: its collector was seen gone, and the fence was lifted."
                self._tell(fence, Event.of(Happened.MENDED, why=why))
                METER.count(metrics.REPAIRS, LIFTED)

    def _alert(self, fence: Fence, why: str) -> None:
        if fence.alerted:
            return
        self._tell(fence, Event.of(Happened.ALERT, why=why))
        self._runtime.store.fences.save(replace(fence, alerted=True))

    def _tell(self, fence: Fence, event: Event) -> None:
        self._runtime.store.ledger.tell(fence.request, [event])

    def _show(self, request_id: str) -> None:
        """Ask for a show that was lost or could not be done; a card must not stay wrong."""
        now = time.monotonic()
        if now - self._shown.setdefault(request_id, now) < _SHOWN_AGAIN_AFTER:
            return
        del self._shown[request_id]
        pipe = self._runtime.store.redis.pipeline()
        with self._following("sweep show", request_id):
            self._runtime.store.queues.push(Job(task="show", subject=request_id, mark=f"s{time.time_ns()}"), pipe)
            pipe.execute()
        METER.count(metrics.REPAIRS, SHOWN)
