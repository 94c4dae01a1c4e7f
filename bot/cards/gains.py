"""Gains: how many bytes a request would free, and how many it did."""

from bot.cards import deeds
from bot.cards.shown import Shown
from bot.slack import text
from bot.wording import count
from workers.core.gain import Gain, gain
from workers.core.plan import Collection
from workers.core.request import Action, State
from workers.core.sizes import human

_BEFORE_WORK = frozenset({State.PLANNING, State.PENDING, State.APPROVED, State.RUNNING})


def offered(shown: Shown) -> str:
    """`frees 412 MB once collected`, by the plan; empty while there is none."""
    plan = shown.plan
    if plan and plan.collection:
        return f"would free {eligible_bytes(plan.collection)}"
    return frees(plan.frees, is_exact=plan.exact) if plan and plan.steps else ""


def frees(size: int, *, is_exact: bool) -> str:
    """What the registry gains; deleting alone frees nothing until garbage is collected."""
    return f"frees {'' if is_exact else 'at most '}{human(size)} once collected" if size else "frees no bytes by itself"


def eligible_bytes(collection: Collection) -> str:
    blobs = count(len(collection.eligible), "blob")
    return f"{blobs}, bytes unknown" if collection.size is None else f"{human(collection.size)} in {blobs}"


def gained(shown: Shown) -> str:
    """What came of a removal in bytes, in a clause; empty before it ended, and where nothing went."""
    plan = shown.plan
    if shown.request.state in _BEFORE_WORK or not plan or not deeds.went(shown):
        return ""
    came = gain(plan, shown.outcomes)
    return "collected since" if came.size and shown.has_collected else frees(came.size, is_exact=came.exact)


def told(shown: Shown) -> str:
    """What came of it in bytes, in a sentence, as far as the title does not say it."""
    if shown.request.action is Action.COLLECT:
        collection = shown.plan.collection if shown.plan else None
        is_measured = collection and (shown.request.state is State.DONE or shown.has_collected)
        return _measured(collection, shown.request.freed) if collection and is_measured else ""
    if deeds.gone_before(shown):
        return "It was gone already, so this freed nothing."
    return _since(shown, gain(shown.plan, shown.outcomes)) if gained(shown) and shown.plan else ""


def _since(shown: Shown, came: Gain) -> str:
    """Planned bytes: what others pushed again meanwhile was not collected."""
    if not (came.size and shown.has_collected):
        return ""
    url = shown.links.get(shown.collected_by)
    whose = text.link(url, shown.collected_by) if url else text.code(shown.collected_by)
    bound = "" if came.exact else "at most "
    return f"What it took, {bound}{human(came.size)} by the plan, was collected by {whose}."


def _measured(collection: Collection, measured: int | None) -> str:
    planned = collection.size
    if measured is None:
        return f"Planned {human(planned)}, not measured." if planned is not None else "Freed bytes were not measured."
    if planned is None:
        return f"Freed {human(measured)}, measured on the storage."
    if planned == measured:
        return f"Freed {human(measured)}, measured on the storage, as planned."
    return f"Planned {human(planned)}, measured {human(measured)} on the storage."
