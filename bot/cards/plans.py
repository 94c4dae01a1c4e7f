"""Plans: the lines that say what goes, what stays and why, and what the registry cannot do."""

import re
from collections.abc import Sequence
from typing import Final

from bot.cards.shown import Shown
from bot.slack import text
from bot.wording import count
from workers.core.damage import Damage
from workers.core.outcome import Outcome, Result
from workers.core.plan import Kept, Step, Untagging, Verb
from workers.core.sizes import human

MOST_STEPS: Final = 15
MOST_NAMES: Final = 4
_DIGEST: Final = re.compile(r"(sha256|sha512):([0-9a-f]{64,128})")


def step_line(step: Step) -> str:
    """One bullet: the names that go, how, the digest, the size, and because of what."""
    because = f" ({text.line(step.because, 200)})" if step.because else ""
    return f"• {names(step)} · {how(step)} · {text.code(step.digest.short)} · {human(step.size)}{because}"


def names(step: Step) -> str:
    """`app:1.2`, `app:1.3`; a manifest without tags by its digest."""
    if not step.tags:
        return text.code(f"{step.repository}@{step.digest.algorithm}:{step.digest.short}")
    shown = ", ".join(text.code(f"{step.repository}:{tag}") for tag in step.tags[:MOST_NAMES])
    return shown + _more(len(step.tags) - MOST_NAMES, "tag")


def how(step: Step) -> str:
    if step.verb is Verb.DELETE:
        return "delete"
    by_placeholder = step.untagging is Untagging.PLACEHOLDER
    return "untag by a throw-away manifest, the image stays" if by_placeholder else "untag, the image stays"


def kept_line(kept: Kept) -> str:
    return f"• {text.code(_DIGEST.sub(_shortened, kept.what))} {text.line(_DIGEST.sub(_shortened, kept.why), 300)}"


def damage_line(damage: Damage) -> str:
    return f"• {text.code(_DIGEST.sub(_shortened, damage.what))} {text.line(damage.why, 250)}"


def _shortened(digest: re.Match[str]) -> str:
    return f"{digest[1]}:{digest[2][:12]}"


def trouble_lines(shown: Shown) -> list[str]:
    """A bullet for each step that was not carried out as planned, the failed ones first."""
    order = (Result.FAILED, Result.SKIPPED, Result.UNTAGGED)
    odd = [outcome for outcome in shown.outcomes.values() if outcome.result in order]
    odd.sort(key=lambda outcome: (order.index(outcome.result), outcome.step))
    return [_trouble(shown.plan.steps, outcome) for outcome in odd] if shown.plan else []


def _trouble(steps: Sequence[Step], outcome: Outcome) -> str:
    name = names(steps[outcome.step]) if outcome.step < len(steps) else f"step {outcome.step + 1}"
    word = {Result.UNTAGGED: "untagged instead of deleted"}.get(outcome.result, outcome.result.value)
    why = f": {text.line(outcome.why, 250)}" if outcome.why else ""
    return f"• {name} · {word}{why}"


def _more(number: int, noun: str) -> str:
    return f" and {count(number, f'more {noun}')}" if number > 0 else ""


def with_rest(lines: Sequence[str], limit: int, most: int, rest: str) -> str:
    """As many bullets as there is room for; `rest` says where the others are."""
    shown, left = text.bullets(lines, limit, most)
    if not left:
        return shown
    return "\n".join(part for part in (shown, f"…and {left:,} more{rest}") if part)
