"""Titles: a request in a few words: what, on which registry, how many bytes; in the end, what came of it."""

from collections.abc import Callable, Mapping
from typing import Final

from bot.cards import deeds, gains
from bot.cards.shown import Shown
from bot.wording import count, enumerated
from workers.core.request import Action, Request, State
from workers.core.sizes import human


def title(shown: Shown) -> str:
    """`Remove 3 tags from prod: frees 412 MB once collected`; plain text, as a header takes it.

    Of what has ended it says in the past tense what went, or that nothing did.
    """
    titles = _COLLECTING if shown.request.action is Action.COLLECT else _REMOVING
    return titles[shown.request.state](shown)


def subject(request: Request) -> str:
    """What was asked for, counted."""
    if request.action is Action.COLLECT:
        return "garbage"
    if request.action is Action.UNTAGGED:
        return f"untagged manifests of {enumerated(request.targets[:3])}"
    return count(len(request.targets), "image")


def _planned(shown: Shown) -> str:
    """What goes, counted: by the plan once there is one, before that by what was asked for."""
    return deeds.planned(shown) or subject(shown.request)


def _remove(shown: Shown) -> str:
    return f"Remove {_planned(shown)} from {shown.request.registry}{_colon(gains.offered(shown))}"


def _approved(shown: Shown) -> str:
    return f"Approved: remove {_planned(shown)} from {shown.request.registry}"


def _removing(shown: Shown) -> str:
    return f"Removing {_planned(shown)} from {shown.request.registry}"


def _removed(shown: Shown) -> str:
    registry = shown.request.registry
    if shown.plan is None:
        return f"Removed from {registry}: {count(shown.request.tally.done, 'step')} done"
    if deeds.gone_before(shown):
        return f"Nothing was left to remove from {registry}"
    return f"Removed {deeds.went(shown) or 'nothing'} from {registry}{_dot(gains.gained(shown))}"


def _failed(shown: Shown) -> str:
    registry, went = shown.request.registry, deeds.went(shown)
    if went:
        return f"Failed after removing {went} from {registry}{_dot(gains.gained(shown))}"
    return f"Failed to remove {_planned(shown)} from {registry}"


def _stopped(word: str) -> Callable[[Shown], str]:
    """For what ended early: what went until then, or that it stays."""

    def say(shown: Shown) -> str:
        registry = shown.request.registry
        if went := deeds.went(shown):
            return f"{word} after removing {went} from {registry}{_dot(gains.gained(shown))}"
        if shown.plan is None or shown.request.tally.total:
            return f"{word}: nothing was removed from {registry}"
        return f"{word}: {_planned(shown)} {'stays' if deeds.number(shown) == 1 else 'stay'} on {registry}"

    return say


def _nothing_removed(word: str) -> Callable[[Shown], str]:
    return lambda shown: f"{word}: nothing was removed from {shown.request.registry}"


_REMOVING: Final[Mapping[State, Callable[[Shown], str]]] = {
    State.PLANNING: _remove,
    State.PENDING: _remove,
    State.APPROVED: _approved,
    State.RUNNING: _removing,
    State.DONE: _removed,
    State.FAILED: _failed,
    State.REFUSED: _nothing_removed("Refused"),
    State.DENIED: _stopped("Denied"),
    State.EXPIRED: _stopped("Expired"),
    State.CANCELLED: _stopped("Cancelled"),
    State.STALE: _nothing_removed("Out of date"),
}


def _garbage(before: str, after: str = "") -> Callable[[Shown], str]:
    return lambda shown: f"{before} garbage on {shown.request.registry}{after}"


def _collect(shown: Shown) -> str:
    return f"Collect garbage on {shown.request.registry}{_colon(gains.offered(shown))}"


def _collected(shown: Shown) -> str:
    return f"Collected garbage on {shown.request.registry}{_freed(shown)}"


def _collecting_failed(shown: Shown) -> str:
    if not shown.has_collected:
        return f"Failed to collect garbage on {shown.request.registry}"
    return f"Failed after collecting garbage on {shown.request.registry}{_freed(shown)}"


def _freed(shown: Shown) -> str:
    freed = shown.request.freed
    return f": freed {human(freed)}" if freed is not None else ", bytes not measured"


_COLLECTING: Final[Mapping[State, Callable[[Shown], str]]] = {
    State.PLANNING: _collect,
    State.PENDING: _collect,
    State.APPROVED: _garbage("Approved: collect"),
    State.RUNNING: _garbage("Collecting"),
    State.DONE: _collected,
    State.FAILED: _collecting_failed,
    State.REFUSED: _garbage("Refused: no", " was collected"),
    State.DENIED: _garbage("Denied: the", " stays"),
    State.EXPIRED: _garbage("Expired: the", " stays"),
    State.CANCELLED: _garbage("Cancelled: the", " stays"),
    State.STALE: _garbage("Out of date: the", " stays"),
}


def _colon(gain: str) -> str:
    return f": {gain}" if gain else ""


def _dot(gain: str) -> str:
    return f" · {gain}" if gain else ""
