"""Card: what the card of a request says at its end, beside what was seen of it from outside.

The bot's own code draws it from the records; a stage has no Slack to post it to.
"""

import re
from collections.abc import Iterator
from typing import Final

from bot.cards.request import card as drawn
from bot.cards.shown import Shown
from bot.service import Service
from demo.parts.remote import Remote
from tests.chaos import content
from tests.chaos.stage import Stage
from workers.core.plan import Plan, Step
from workers.core.request import Action, State
from workers.core.sizes import human

_WORDS: Final = {
    "done": "Done",
    "failed": "Failed",
    "stale": "Out of date",
    "expired": "Expired",
    "cancelled": "Cancelled",
    "denied": "Denied",
    "refused": "Refused",
}
"""What a card says, by the audit entry with which a request ended."""
_STEPS: Final = re.compile(r"(?:: |By then )([\d,]+)(?: steps?)? of ([\d,]+) (?:done|had been carried out)\b")
_FREED: Final = re.compile(r"(?:Freed|measured) (\d[\d.,]* \w+)(?:, measured)? on the storage")


def card(stage: Stage) -> Iterator[str]:
    """The card says how its request ended, how many of how many steps went, and how many bytes a collection freed."""
    service = Service(stage.bench.store, stage.bench.config)
    for each in (stage.request_id, *stage.others):
        shown = service.shown(each)
        text = drawn(shown).text
        wrong = [*_state(stage, shown, text), *_steps(stage, shown, text), *_freed(shown, text), *_bytes(stage, shown)]
        yield from (f"the card of {each} {what}: {text[:400]}" for what in wrong)


def _state(stage: Stage, shown: Shown, text: str) -> Iterator[str]:
    ends = [_WORDS[name] for entry in stage.bench.told(shown.request.id) if (name := entry.action.value) in _WORDS]
    if not ends or f"*{ends[-1]}*" not in text:
        yield f"does not say that it ended as {ends[-1:]}"
    marked = [word for word in _WORDS.values() if f" *{word}*" in text and word not in ends]
    yield from (f"says {word}" for word in marked)


def _steps(stage: Stage, shown: Shown, text: str) -> Iterator[str]:
    if not shown.plan or not shown.plan.steps:
        return
    found = _STEPS.search(text)
    said = tuple(int(number.replace(",", "")) for number in found.groups()) if found else (0, len(shown.plan.steps))
    seen = (_gone(stage, shown.plan), len(shown.plan.steps))
    if said != seen:
        yield f"says that {said[0]} of {said[1]} steps were done, and {seen[0]} of {seen[1]} were"


def _gone(stage: Stage, plan: Plan) -> int:
    """How many steps of a plan took something out of the registry, as it looks now."""
    with Remote(stage.registry.url) as remote:
        tags = {str(step.repository): remote.tags(str(step.repository)) for step in plan.steps}
        return sum(_took_something(remote, step, tags[str(step.repository)]) for step in plan.steps)


def _took_something(remote: Remote, step: Step, tags: list[str]) -> bool:
    """A tag that was moved meanwhile is still there; what has no tag goes by its digest."""
    if step.tags:
        return any(str(tag) not in tags for tag in step.tags)
    return remote.digest(str(step.repository), str(step.digest)) is None


def _has_freed(shown: Shown) -> bool:
    return shown.request.action is Action.COLLECT and shown.request.state is State.DONE


def _freed(shown: Shown, text: str) -> Iterator[str]:
    if not _has_freed(shown):
        return
    found = _FREED.search(text)
    wanted = human(shown.request.freed or 0)
    if found is None or found[1] != wanted:
        yield f"says that {found[1] if found else 'nothing'} was freed, and its record {wanted}"


def _bytes(stage: Stage, shown: Shown) -> Iterator[str]:
    """What left the disk since the plan, to the byte; the bot lets one collection of a registry be open at a time."""
    if not _has_freed(shown):
        return
    now = content.blobs(stage.registry.storage_root)
    left = sum(size for digest, size in stage.disk.items() if digest not in now)
    if shown.request.freed != left:
        yield f"says that {shown.request.freed} bytes were freed, and {left} left the disk"
