"""The card: the one message that shows a request, from the plan to the outcome."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from bot.cards import collection, deeds, plans
from bot.cards.shown import Shown
from bot.cards.states import standing, times
from bot.cards.titles import title
from bot.slack import text
from bot.slack.blocks import TEXT_BYTES, Block, Button, Message, actions, context, header, section, sections
from bot.wording import enumerated
from workers.core.plan import Plan
from workers.core.request import Action, State

EVENT_TYPE: Final = "regclean_card"

# Together below Slack's 13,200 characters a message, with the header and the buttons.
_REASON: Final = 500
_STEPS: Final = 5_600
_KEPT: Final = 1_700
_NOTES: Final = 1_100
_TROUBLE: Final = 1_500
_TARGETS: Final = 1_500
_DAMAGE: Final = 2_000
_OTHERS: Final = 5
_MOST_KEPT: Final = 10
_MOST_DAMAGED: Final = 8
_AGAIN: Final = frozenset({State.STALE, State.EXPIRED, State.FAILED})


def card(shown: Shown) -> Message:
    """The whole card; within Slack's limits whatever the plan holds."""
    parts = [part for part in (_asked(shown), *_details(shown)) if part]
    state, when = standing(shown), times(shown)
    blocks: list[Block] = [header(title(shown)), section(state), context(when)]
    for part in parts:
        blocks += sections(part)
    blocks.append(context(_small_print(shown)))
    blocks += actions(buttons(shown))
    return Message(text=_spoken(title(shown), [state, when, *parts]), blocks=tuple(blocks))


def _spoken(name: str, parts: Sequence[str]) -> str:
    """Screen readers read this only, so it says everything, as far as it fits."""
    return text.cut_bytes("\n".join([text.line(name), *parts]), TEXT_BYTES)


def _asked(shown: Shown) -> str:
    request = shown.request
    reason = f": “{text.quoted(request.reason, _REASON)}”" if request.reason else ", without a reason"
    return f"*Asked by* {text.person(request.requester)}{reason}"


def _details(shown: Shown) -> Iterable[str]:
    yield _trouble(shown)
    yield from _steps(shown)
    plan = shown.plan
    if plan and plan.kept:
        rest = " (see the list in the thread)" if is_cut(shown) else ""
        kept = plans.with_rest([plans.kept_line(each) for each in plan.kept], _KEPT, _most(shown, _MOST_KEPT), rest)
        yield f"*{_kept_heading(shown)}*\n{kept}"
    if plan and plan.notes:
        notes, _ = text.bullets([f"• ⚠️ {text.line(note, 400)}" for note in plan.notes], _NOTES, 6)
        yield f"*What to know*\n{notes}"
    if plan and plan.damage:
        yield _damage(shown, plan)


def _kept_heading(shown: Shown) -> str:
    if not shown.request.state.is_final or shown.request.state is State.REFUSED:
        return "What stays, and why"
    return "What stayed, and why" if deeds.went(shown) else "What was to stay anyway, and why"


def _damage(shown: Shown, plan: Plan) -> str:
    """What was damaged before, last of all, right above the buttons: whoever approves accepts it."""
    rest = " (see the list in the thread)" if is_cut(shown) else ""
    lines = plans.with_rest(list(map(plans.damage_line, plan.damage)), _DAMAGE, _most(shown, _MOST_DAMAGED), rest)
    is_over = shown.request.state.is_final and shown.request.state is not State.REFUSED
    heading = "What was damaged before" if is_over else "What is damaged already"
    is_accepted = shown.request.accepts_damage and not is_over
    accepted = "\nCollecting goes on all the same, and may lose more of it." if is_accepted else ""
    return f"*{heading}* ({len(plan.damage):,})\n{lines}{accepted}"


def _steps(shown: Shown) -> Iterator[str]:
    """What goes; once it is over what went, and what did not."""
    plan, is_over = shown.plan, shown.request.state.is_final
    if plan and plan.collection:
        tense = _tense(shown)
        yield f"*{tense.heading}*\n" + "\n".join(collection.lines(plan.collection, plan.registry, tense))
    elif plan and plan.steps and is_over:
        yield from _went(shown)
    elif plan and plan.steps:
        heading = "What goes" if shown.request.state is State.PENDING else "What was approved"
        yield _list(shown, heading, [plans.step_line(step) for step in plan.steps], _STEPS)
    elif shown.request.targets:
        targets = plans.with_rest([f"• {text.code(each)}" for each in shown.request.targets], _TARGETS, 15, "")
        yield f"*Asked for*\n{targets}"


def _tense(shown: Shown) -> collection.Tense:
    if not shown.request.state.is_final:
        return collection.AHEAD
    return collection.DONE if shown.has_collected or shown.request.state is State.DONE else collection.NOT_DONE


def _went(shown: Shown) -> Iterator[str]:
    """Both lists share the room; what did not come as planned is told apart."""
    all_of = deeds.deeds(shown)
    went = [plans.went_line(deed) for deed in all_of if deed.outcome and not deed.is_odd]
    stayed = [plans.stayed_line(deed) for deed in all_of if deed.outcome is None]
    least = min(_STEPS // 2, sum(len(line) + 1 for line in stayed))
    if went:
        yield _list(shown, "What went", went, _STEPS - least)
    if stayed:
        yield _list(shown, "What did not go", stayed, least if went else _STEPS)


def _list(shown: Shown, heading: str, lines: Sequence[str], room: int) -> str:
    where = "the list in the thread" if is_cut(shown) else "the thread"
    return f"*{heading}*\n{plans.with_rest(lines, room, _most(shown, plans.MOST_STEPS), f' (see {where})')}"


def _most(shown: Shown, lines: int) -> int:
    """How many lines a list has: half of them once nothing is decided any more, and everything is attached."""
    return -(-lines // 2) if shown.request.state.is_final and is_cut(shown) else lines


def _trouble(shown: Shown) -> str:
    lines = plans.trouble_lines(shown)
    return f"*Not as planned*\n{plans.with_rest(lines, _TROUBLE, 6, ' (see the thread)')}" if lines else ""


def is_cut(shown: Shown) -> bool:
    """Whether the card leaves out a part of the plan, which is then attached to its thread."""
    plan = shown.plan
    if plan is None:
        return False
    if len(plan.steps) > plans.MOST_STEPS or len(plan.kept) > _MOST_KEPT or len(plan.damage) > _MOST_DAMAGED:
        return True
    if any(len(step.tags) > plans.MOST_NAMES for step in plan.steps):
        return True
    steps = sum(len(plans.step_line(step)) + 1 for step in plan.steps)
    kept = sum(len(plans.kept_line(each)) + 1 for each in plan.kept)
    damage = sum(len(plans.damage_line(each)) + 1 for each in plan.damage)
    return steps > _STEPS or kept > _KEPT or damage > _DAMAGE


def _small_print(shown: Shown) -> str:
    request = shown.request
    parts = [f"request {text.code(request.id)}"]
    parts += [f"plan {text.code(request.fingerprint[:12])}"] if request.fingerprint else []
    others = [_other(shown, each) for each in request.group if each != request.id]
    more = [f"{len(others) - _OTHERS:,} more"] if len(others) > _OTHERS else []
    parts += [f"asked together with {enumerated([*others[:_OTHERS], *more])}"] if others else []
    return " · ".join(parts)


def _other(shown: Shown, request_id: str) -> str:
    url = shown.links.get(request_id)
    return text.link(url, request_id) if url else text.code(request_id)


def _is_to_collect(shown: Shown) -> bool:
    return shown.collects and not shown.has_collected


def buttons(shown: Shown) -> Iterable[Button]:
    """What can still be done about the request; nothing about a decision once it is made."""
    request = shown.request
    decision = f"{request.id} {request.fingerprint}"
    if request.state is State.PENDING:
        yield Button(label="Approve", action="approve", value=decision, style="primary")
        yield Button(label="Deny", action="deny", value=decision, style="danger")
    if not request.state.is_final and not request.cancelling:
        yield Button(label="Cancel", action="cancel", value=request.id)
    if request.state is State.DONE and request.action is not Action.COLLECT and _is_to_collect(shown):
        yield Button(label="Collect now", action="collect", value=request.id)
    if request.state in _AGAIN:
        yield Button(label="Plan again", action="again", value=request.id)
