"""Titles: a request in a few words: what, on which registry, how many, how many bytes."""

from bot.cards.shown import Shown
from bot.wording import count, enumerated
from workers.core.outcome import Result
from workers.core.plan import Collection, Plan
from workers.core.request import Action, Request, State
from workers.core.sizes import human

_OURS = frozenset({Result.DONE, Result.UNTAGGED})
_BEFORE_WORK = frozenset({State.PLANNING, State.PENDING, State.APPROVED, State.RUNNING})


def title(shown: Shown) -> str:
    """`Remove 3 tags from prod: frees 412 MB once collected`; plain text, as a header takes it."""
    request, plan = shown.request, shown.plan
    if request.action is Action.COLLECT:
        return f"Collect garbage on {request.registry}{_collecting(request, plan)}"
    gain = f": {frees(plan)}" if plan and plan.steps else ""
    return f"Remove {subject(request, plan)} from {request.registry}{gain}"


def _collecting(request: Request, plan: Plan | None) -> str:
    if request.state is State.DONE and request.freed is not None:
        return f": freed {human(request.freed)}"
    return f": would free {eligible_bytes(plan.collection)}" if plan and plan.collection else ""


def subject(request: Request, plan: Plan | None) -> str:
    """What goes, counted: by the plan once there is one, before that by what was asked for."""
    if request.action is Action.COLLECT:
        return "garbage"
    if plan and plan.steps:
        tags = sum(len(step.tags) for step in plan.steps)
        bare = sum(1 for step in plan.steps if not step.tags)
        kind = "untagged manifest" if request.action is Action.UNTAGGED else "manifest without a tag"
        return enumerated([_counted(number, noun) for number, noun in ((tags, "tag"), (bare, kind)) if number])
    if request.action is Action.UNTAGGED:
        return f"untagged manifests of {enumerated(request.targets[:3])}"
    return count(len(request.targets), "image")


def _counted(number: int, noun: str) -> str:
    if noun == "manifest without a tag":
        return f"{count(number, 'manifest')} without a tag"
    return count(number, noun)


def frees(plan: Plan) -> str:
    """What the registry gains; deleting alone frees nothing until garbage is collected."""
    if not plan.frees:
        return "frees no bytes by itself"
    bound = "" if plan.exact else "at most "
    return f"frees {bound}{human(plan.frees)} once collected"


def eligible_bytes(collection: Collection) -> str:
    blobs = count(len(collection.eligible), "blob")
    return f"{blobs}, bytes unknown" if collection.size is None else f"{human(collection.size)} in {blobs}"


def freed(shown: Shown) -> str:
    """What came of it in bytes, once it is done; empty before, and where nothing went."""
    request, plan = shown.request, shown.plan
    if request.state in _BEFORE_WORK or not plan:
        return ""
    if plan.collection:
        return _collected(plan.collection, request.freed) if request.state is State.DONE else ""
    if not request.tally.done:
        return ""
    if shown.outcomes and not any(outcome.result in _OURS for outcome in shown.outcomes.values()):
        return "It was gone already, so this freed nothing."
    size = plan.frees if request.freed is None else request.freed
    bound = "" if plan.exact and _went_as_planned(shown) else "at most "
    return f"Frees {bound}{human(size)} once collected." if size else "Frees no bytes by itself."


def _went_as_planned(shown: Shown) -> bool:
    """Whether every step did what it was to do, so that the planned bytes are those that go."""
    turned = any(outcome.result in {Result.UNTAGGED, Result.GONE} for outcome in shown.outcomes.values())
    return shown.request.tally.done == shown.steps and not turned


def _collected(collection: Collection, measured: int | None) -> str:
    planned = collection.size
    if measured is None:
        return f"Planned {human(planned)}, not measured." if planned is not None else "Freed bytes were not measured."
    if planned is None:
        return f"Freed {human(measured)}, measured on the storage."
    if planned == measured:
        return f"Freed {human(measured)}, measured on the storage, as planned."
    return f"Planned {human(planned)}, measured {human(measured)} on the storage."
