"""States: where a request stands, in one line that names who decided."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from bot.cards import gains
from bot.cards.shown import Shown
from bot.slack import text
from bot.wording import count, enumerated
from workers.core.outcome import Tally
from workers.core.request import Action, Request, State

_WHY: Final = 450
_NAMED: Final = 20
_BY_PEOPLE: Final = frozenset({State.DENIED, State.CANCELLED})


def standing(shown: Shown) -> str:
    """The state as mrkdwn, such as `✅ *Done*, approved by <@U1>: 3 of 3 done. Frees 412 MB once collected`."""
    mark, word, say = _STATES[shown.request.state]
    return f"{mark} *{word}*{say(shown)}"


def times(shown: Shown) -> str:
    """`Asked today 9:00 · approved by <@U1> today 9:05 · done today 9:06`, each reader in their own zone."""
    request = shown.request
    parts = [f"Asked {text.moment(request.created_at)}"]
    if request.approval:
        who = enumerated([text.person(approver) for approver in request.approval.approvers])
        parts.append(f"approved by {who} {text.moment(request.approval.decided_at)}")
    if request.state.is_final and request.ended_at:
        whose = f" by {text.person(request.decider)}" if request.state in _BY_PEOPLE and request.decider else ""
        parts.append(f"{_STATES[request.state][1].lower()}{whose} {text.moment(request.ended_at)}")
    return " · ".join(parts)


def progress(tally: Tally, steps: int) -> str:
    """`12 of 40 done · 1 skipped · 2 failed`."""
    parts = [f"{tally.done:,} of {steps:,} done"]
    parts += [f"{tally.skipped:,} skipped"] if tally.skipped else []
    parts += [f"{tally.failed:,} failed"] if tally.failed else []
    return " · ".join(parts)


def _planning(shown: Shown) -> str:
    return f": the registry is being read.{_note(shown.request)}"


def _pending(shown: Shown) -> str:
    who = _approvers(shown.approvers)
    until = f" until {text.moment(shown.request.expires_at)}" if shown.request.expires_at else ""
    return f": {who} can decide{until}."


def _approvers(people: Sequence[str]) -> str:
    """Mentioned, so that they are notified; of very many only the first, or the card would be nothing else."""
    named = [text.person(person) for person in people[:_NAMED]]
    more = [f"{len(people) - _NAMED} more"] if len(people) > _NAMED else []
    return enumerated([*named, *more], "or")


def _approved(shown: Shown) -> str:
    until = shown.request.approval.expires_at if shown.request.approval else None
    valid = f" Valid until {text.moment(until)}." if until else ""
    who = enumerated([text.person(approver) for approver in _decided_by(shown.request)])
    return f" by {who}: it starts when the registry is free.{valid}{_note(shown.request)}"


def _running(shown: Shown) -> str:
    request = shown.request
    if request.action is Action.COLLECT:
        line = f"{_by_approver(request)}: {text.line(request.registry)} takes no writes until this is over."
    else:
        line = f"{_by_approver(request)}: {progress(request.tally, shown.steps)}."
    stopping = f" {text.person(request.cancelling)} cancelled it; it stops before its next step."
    return line + (stopping if request.cancelling else "") + _note(request)


def _done(shown: Shown) -> str:
    return f"{_by_approver(shown.request)}{_work(shown)}{_note(shown.request)}"


def _refused(shown: Shown) -> str:
    return f"; nothing was changed.{_note(shown.request)}"


def _denied(shown: Shown) -> str:
    request = shown.request
    why = f" “{text.quoted(request.note, _WHY)}”" if request.note else ""
    return f" by {text.person(request.decider)}; nothing was changed.{why}"


def _expired(shown: Shown) -> str:
    if shown.request.approval is None:
        return f": nobody decided in time; nothing was changed.{_note(shown.request)}"
    return f": the approval{_of_approver(shown.request)} ran out.{_left(shown)}{_note(shown.request)}"


def _cancelled(shown: Shown) -> str:
    by = f" by {text.person(shown.request.decider)}" if shown.request.decider else ""
    return f"{by}.{_left(shown)}{_note(shown.request)}"


def _stale(shown: Shown) -> str:
    why = _note(shown.request) or " Everything in the plan moved since it was approved."
    return f"{_by_approver(shown.request)}; nothing was changed.{why}"


_STATES: Final[Mapping[State, tuple[str, str, Callable[[Shown], str]]]] = {
    State.PLANNING: ("🔎", "Planning", _planning),
    State.PENDING: ("⏳", "Waiting for a decision", _pending),
    State.APPROVED: ("✅", "Approved", _approved),
    State.RUNNING: ("⚙️", "Running", _running),
    State.DONE: ("✅", "Done", _done),
    State.FAILED: ("❌", "Failed", _done),
    State.REFUSED: ("🚫", "Refused", _refused),
    State.DENIED: ("🚫", "Denied", _denied),
    State.EXPIRED: ("⌛", "Expired", _expired),
    State.CANCELLED: ("✋", "Cancelled", _cancelled),
    State.STALE: ("♻️", "Out of date", _stale),
}


def _decided_by(request: Request) -> Sequence[str]:
    return request.approval.approvers if request.approval else ()


def _by_approver(request: Request) -> str:
    who = enumerated([text.person(approver) for approver in _decided_by(request)])
    return f", approved by {who}" if who else ""


def _of_approver(request: Request) -> str:
    who = enumerated([text.person(approver) for approver in _decided_by(request)])
    return f" of {who}" if who else ""


def _work(shown: Shown) -> str:
    """What the steps came to, for requests that have steps."""
    counted = f": {progress(shown.request.tally, shown.steps)}." if shown.steps else "."
    gain = gains.told(shown)
    return f"{counted} {gain}".rstrip()


def _left(shown: Shown) -> str:
    """What had been done by then; most requests that end early did nothing."""
    tally = shown.request.tally
    if not tally.total:
        return " Nothing was changed." if shown.request.approval is None or not shown.steps else ""
    by_then = f" By then {count(tally.done, 'step')} of {shown.steps:,} had been carried out."
    return f"{by_then} {gains.told(shown)}".rstrip()


def _note(request: Request) -> str:
    """Why it stands where it stands, or what it waits for."""
    return f" {text.line(request.note, _WHY)}" if request.note else ""
