"""Ending: how work on an approved request is taken up and laid down, whoever does it."""

from datetime import timedelta
from typing import Final

from workers.core.approval import Approval
from workers.core.audit import Entry, Event, Happened
from workers.core.errors import BadRecord, NotAuthentic, RegcleanError
from workers.core.outcome import Tally
from workers.core.plan import Plan
from workers.core.request import Request, State
from workers.core.rules import Denial
from workers.guard import check_approval
from workers.planning import PATIENCE, wait
from workers.recorder import told, tried_not
from workers.runtime import Runtime
from workers.store.ledger import Change
from workers.store.locks import Busy, Lock

MOST_TROUBLES: Final = 8
"""Attempts in a row that may get nowhere; with the pauses below, about half an hour."""
_AT_ONCE: Final = 200
_PAUSES: Final = (5, 10, 20, 60, 120, 300, 600, 600)

_TOLD: Final = {
    State.DONE: Happened.DONE,
    State.FAILED: Happened.FAILED,
    State.STALE: Happened.STALE,
    State.EXPIRED: Happened.EXPIRED,
    State.CANCELLED: Happened.CANCELLED,
}


def approved_plan(runtime: Runtime, request: Request) -> tuple[Plan, Approval] | None:
    """The plan and its proved approval; None, and the request has ended, when there is no valid one."""
    try:
        plan = runtime.store.ledger.plan(request.id)
        approval = check_approval(request, plan, runtime.store.keys)
        _refuse_second_run(runtime, request)
    except (NotAuthentic, BadRecord) as error:
        distrust(runtime, request.id, error)
        return None
    if runtime.store.clock() >= approval.expires_at:
        end(runtime, request.id, State.EXPIRED, "The approval ran out before the work began.")
        return None
    return plan, approval


def distrust(runtime: Runtime, request_id: str, error: RegcleanError) -> None:
    """End a request about which Redis says what cannot be, and alert people."""
    why = f"{error.sentence} Nothing more was done; look into who can write to Redis."
    end(runtime, request_id, State.FAILED, why, also=[Event.of(Happened.ALERT, why=why)])


def _refuse_second_run(runtime: Runtime, request: Request) -> None:
    """A record set back to an open state by hand is seen in the audit chain, which tells its end.

    The list of a request's entries is only where to begin: what was told since is read from the chain itself.
    """
    chain = runtime.store.ledger.chain
    approved = next((entry for entry in chain.of(request.id) if _approves(entry, request)), None)
    if approved is None:
        raise NotAuthentic(f"The audit chain does not tell that {request.id} was approved.")
    ends = set(_TOLD.values()) | {Happened.DENIED, Happened.REFUSED}
    ended = next((entry for entry in chain.proved(approved) if entry.action in ends), None)
    if ended:
        raise NotAuthentic(f"{request.id} ended before, in audit entry {ended.sequence}.")


def _approves(entry: Entry, request: Request) -> bool:
    return entry.action is Happened.APPROVED and entry.request == request.id


def lock_for(runtime: Runtime, request: Request) -> Lock | None:
    """The lock on the request's registry; None, and the request waits, while another one has it or a fence stands.

    It waits, too, while Redis is known to have lost what it was told.
    """
    if halted := runtime.store.anchors.halted():
        wait(runtime, request.id, f"Waiting: {halted.why}")
        return None
    try:
        fence = runtime.store.fences.load(request.registry)
    except NotAuthentic as error:
        distrust(runtime, request.id, error)
        return None
    if fence and fence.request != request.id:
        wait(runtime, request.id, f"Waiting: {request.registry} takes no writes while {fence.request} collects.")
        return None
    try:
        timeout = runtime.config.registry(request.registry).timeout
        return runtime.store.locks.acquire(request.registry, request.id, timeout)
    except Busy as busy:
        # A dead holder's lock runs out sooner than that, and the sweeper's next round can take the work up then.
        wait(runtime, request.id, busy.sentence, min(PATIENCE, busy.left))
        return None


def let_go(runtime: Runtime, request_id: str, pid: int) -> None:
    """Give back what a child of this process held that died over the request, so that the next one need not wait."""
    runtime.store.locks.free(runtime.store.ledger.load(request_id).registry, pid)


def take_up(runtime: Runtime, request_id: str) -> Request | Denial:
    """Say that work starts, or goes on after an attempt that was cut short."""

    def decide(request: Request) -> Change:
        resumed = request.state is State.RUNNING
        happened = Happened.RESUMED if resumed else Happened.STARTED
        return Change(request=request.started(), events=[Event.of(happened, attempt=request.attempt)])

    return runtime.store.ledger.change(request_id, decide)


def put_off(runtime: Runtime, request: Request, error: RegcleanError) -> bool:
    """Try again after a pause that grows; False when it was tried often enough."""
    if request.troubles >= MOST_TROUBLES:
        return False
    pause = timedelta(seconds=_PAUSES[min(request.troubles, len(_PAUSES) - 1)])
    why = f"{error.sentence} Trying again in {int(pause.total_seconds())} s."

    def decide(current: Request) -> Change:
        later = current.troubled(why, runtime.store.clock() + pause)
        return Change(request=later, events=[Event.of(Happened.WAITING, why=why)])

    runtime.store.ledger.change(request.id, decide)
    return True


def give_up(runtime: Runtime, request_id: str, why: str) -> None:
    """End as failed; what was not tried is told as such, step by step."""
    journal = runtime.store.journal
    try:
        left = tried_not(runtime.store.ledger.plan(request_id), journal.outcomes(request_id), why)
    except BadRecord:
        left = ()  # never planned, or unreadable: then there are no steps to tell of
    for start in range(0, len(left), _AT_ONCE):
        some = left[start : start + _AT_ONCE]
        journal.record(request_id, [outcome for outcome, _ in some], [told(*each) for each in some])
    end(runtime, request_id, State.FAILED, why)


def _tally(runtime: Runtime, request_id: str) -> Tally:
    """As last told where what the steps did cannot be read: the request has to end all the same."""
    try:
        return runtime.store.journal.tally(request_id)
    except BadRecord:
        return runtime.store.ledger.load(request_id).tally


def end(  # noqa: PLR0913 - what an ending consists of
    runtime: Runtime,
    request_id: str,
    state: State,
    why: str = "",
    *,
    freed: int | None = None,
    also: list[Event] | None = None,
) -> None:
    """Bring the request to its final state, with its tally."""
    tally = _tally(runtime, request_id)
    details = {"done": tally.done, "skipped": tally.skipped, "failed": tally.failed, "freed": freed, "why": why}

    def decide(request: Request) -> Change:
        ended = request.progressed(tally).ended(state, runtime.store.clock(), why, freed)
        actor = request.cancelling if state is State.CANCELLED else "regclean"
        return Change(request=ended, events=[*(also or []), Event.of(_TOLD[state], actor, **details)])

    runtime.store.ledger.change(request_id, decide)
