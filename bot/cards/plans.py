"""Plans: the lines that say what goes, what stays and why, and what the registry cannot do."""

import re
from collections.abc import Sequence
from typing import Final

from bot.cards import deeds
from bot.cards.deeds import Deed
from bot.cards.shown import Shown
from bot.slack import text
from bot.wording import count
from workers.core.damage import Damage
from workers.core.outcome import Result
from workers.core.plan import Kept, Step, Untagging, Verb
from workers.core.sizes import human

MOST_STEPS: Final = 15
MOST_NAMES: Final = 4
_DIGEST: Final = re.compile(r"(sha256|sha512):([0-9a-f]{64,128})")


def step_line(step: Step) -> str:
    """One bullet: the names that go, how, the digest, the size, and because of what."""
    return _line(step, how(step))


def _whole(size: str) -> str:
    """Never broken at the end of a phone's line."""
    return size.replace(" ", "\N{NO-BREAK SPACE}")


def went_line(deed: Deed) -> str:
    """The same of what went, in the past tense."""
    was_gone = deed.outcome is not None and deed.outcome.result is Result.GONE
    return _line(deed.step, "was gone already" if was_gone else did(deed.step))


def stayed_line(deed: Deed) -> str:
    """The same of what nobody touched, without saying what would have been done to it."""
    return _line(deed.step, "")


def _line(step: Step, what: str) -> str:
    because = f" ({text.line(step.because, 200)})" if step.because else ""
    # The size of an image that only loses a tag would look like bytes that go.
    size = _whole(human(step.size)) if step.verb is Verb.DELETE else ""
    parts = [names(step), what, text.code(step.digest.short), size]
    return f"• {' · '.join(filter(None, parts))}{because}"


def names(step: Step) -> str:
    """`team/app:1.2`, `:1.3`; a manifest without tags by its digest."""
    if not step.tags:
        return text.code(f"{step.repository}@{step.digest.algorithm}:{step.digest.short}")
    first, *others = step.tags[:MOST_NAMES]
    shown = [text.code(f"{step.repository}:{first}"), *(text.code(f":{tag}") for tag in others)]
    return ", ".join(shown) + _more(len(step.tags) - MOST_NAMES, "tag")


def how(step: Step) -> str:
    if step.verb is Verb.DELETE:
        return "delete"
    by_placeholder = step.untagging is Untagging.PLACEHOLDER
    return "untag by a throw-away manifest, the image stays" if by_placeholder else "untag, the image stays"


def did(step: Step) -> str:
    if step.verb is Verb.DELETE:
        return "deleted"
    by_placeholder = step.untagging is Untagging.PLACEHOLDER
    return "untagged by a throw-away manifest, the image stayed" if by_placeholder else "untagged, the image stayed"


def kept_line(kept: Kept) -> str:
    return f"• {text.code(_DIGEST.sub(_shortened, kept.what))} {text.line(_DIGEST.sub(_shortened, kept.why), 300)}"


def damage_line(damage: Damage) -> str:
    return f"• {text.code(_DIGEST.sub(_shortened, damage.what))} {text.line(damage.why, 250)}"


def _shortened(digest: re.Match[str]) -> str:
    return f"{digest[1]}:{digest[2][:12]}"


def trouble_lines(shown: Shown) -> list[str]:
    """A bullet for each step that was not carried out as planned, the failed ones first."""
    return [_trouble(deed) for deed in deeds.odd(shown)]


def _trouble(deed: Deed) -> str:
    if deed.outcome is None:
        return ""
    words = {Result.UNTAGGED: "untagged instead of deleted", Result.DONE: did(deed.step)}
    word = words.get(deed.outcome.result, deed.outcome.result.value)
    why = f": {text.line(deed.outcome.why, 250)}" if deed.outcome.why else ""
    return f"• {names(deed.step)} · {word}{why}"


def _more(number: int, noun: str) -> str:
    return f" and {count(number, f'more {noun}')}" if number > 0 else ""


def with_rest(lines: Sequence[str], limit: int, most: int, rest: str) -> str:
    """As many bullets as there is room for; `rest` says where the others are."""
    shown, left = text.bullets(lines, limit, most)
    if not left:
        return shown
    return "\n".join(part for part in (shown, f"…and {left:,} more{rest}") if part)
