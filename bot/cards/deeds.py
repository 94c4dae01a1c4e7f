"""Deeds: what became of a plan's steps, and how many tags and manifests that makes."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.cards.shown import Shown
from bot.wording import count, enumerated
from workers.core.outcome import Outcome, Result
from workers.core.plan import Step
from workers.core.request import Action

_OURS = frozenset({Result.DONE, Result.UNTAGGED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Deed:
    """A step and what it did; None while it was not reached."""

    step: Step
    outcome: Outcome | None = None

    @property
    def is_ours(self) -> bool:
        """Whether something went by it; what was gone before went by somebody else."""
        return self.outcome is not None and self.outcome.result in _OURS

    @property
    def is_odd(self) -> bool:
        """Whether people should read why it did not come as planned."""
        if self.outcome is None or self.outcome.result is Result.GONE:
            return False
        return self.outcome.result is not Result.DONE or bool(self.outcome.why)

    @property
    def tags(self) -> int:
        """How many tags went by it."""
        return max(0, len(self.step.tags) - self.outcome.left) if self.outcome and self.is_ours else 0


def deeds(shown: Shown) -> Sequence[Deed]:
    """One for each step, in their order; none without a plan."""
    steps = shown.plan.steps if shown.plan else ()
    return [Deed(step=step, outcome=shown.outcomes.get(number)) for number, step in enumerate(steps)]


def went(shown: Shown) -> str:
    """`3 tags`, or `2 of 3 tags` where others stayed; empty when nothing went."""
    done = deeds(shown)
    if not any(deed.is_ours for deed in done):
        return ""
    tags, all_tags = sum(deed.tags for deed in done), sum(len(deed.step.tags) for deed in done)
    bare = [deed for deed in done if not deed.step.tags]
    parts = [_part(tags, all_tags, "tag")] if all_tags else []
    parts += [_part(sum(deed.is_ours for deed in bare), len(bare), *_kind(shown))] if bare else []
    return enumerated(parts)


def planned(shown: Shown) -> str:
    """`3 tags and 1 manifest without a tag`: what the plan's steps would take."""
    done = deeds(shown)
    bare, tags = sum(not deed.step.tags for deed in done), sum(len(deed.step.tags) for deed in done)
    counted = [(tags, "tag", ""), (bare, *_kind(shown))]
    return enumerated([f"{count(number, noun)}{after}" for number, noun, after in counted if number])


def number(shown: Shown) -> int:
    """How many that are."""
    return sum(max(1, len(deed.step.tags)) for deed in deeds(shown))


def _part(some: int, all_of: int, noun: str, after: str = "") -> str:
    counted = count(all_of, noun)
    return f"{counted}{after}" if some == all_of else f"{some:,} of {counted}{after}"


def _kind(shown: Shown) -> tuple[str, str]:
    """What a manifest is called that goes and has no tag, and what is said after that."""
    return ("untagged manifest", "") if shown.request.action is Action.UNTAGGED else ("manifest", " without a tag")


def gone_before(shown: Shown) -> bool:
    """Whether everything that was to go was gone already."""
    outcomes = [deed.outcome for deed in deeds(shown)]
    return bool(outcomes) and all(outcome and outcome.result is Result.GONE for outcome in outcomes)


def odd(shown: Shown) -> Iterator[Deed]:
    """Those that did not come as planned, the failed ones first."""
    order = (Result.FAILED, Result.SKIPPED, Result.UNTAGGED, Result.DONE)
    found = [deed for deed in deeds(shown) if deed.is_odd and deed.outcome]
    yield from sorted(found, key=lambda deed: order.index(deed.outcome.result) if deed.outcome else 0)
