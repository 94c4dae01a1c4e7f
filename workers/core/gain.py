"""Gain: how many bytes a removal leaves to be collected, by what its steps really did."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from workers.core.digest import Digest
from workers.core.outcome import Outcome, Result
from workers.core.plan import Plan, Share, Verb

_MOST_PLACES: Final = 20_000
"""Places of steps that a plan lists over all its shares; of thousands of images on one layer each would name all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """`size` in bytes; an upper bound unless `exact`."""

    size: int
    exact: bool


def shares(sizes: Mapping[Digest, int], owners: Mapping[Digest, frozenset[int]]) -> Sequence[Share]:
    """The blobs of a plan by the deletes that reference them; those with the most owners are left out beyond a bound.

    `sizes` are bytes of blobs that only deletes of the plan reference, `owners` the places of these steps.
    """
    found: dict[frozenset[int], int] = {}
    for digest, size in sizes.items():
        found[owners[digest]] = found.get(owners[digest], 0) + size
    kept: list[Share] = []
    room = _MOST_PLACES
    for places, size in sorted(found.items(), key=lambda each: (len(each[0]), min(each[0]))):
        room -= len(places)
        if room < 0:
            break
        kept.append(Share(steps=tuple(sorted(places)), size=size))
    return kept


def gain(plan: Plan, outcomes: Mapping[int, Outcome]) -> Gain:
    """What a removal that ended leaves to be collected; bytes that stay with what was not deleted do not count.

    What was gone before went by somebody else: it holds no blob any more, and no blob of it alone counts as ours.
    """
    deletes = {place for place, step in enumerate(plan.steps) if step.verb is Verb.DELETE}
    done = {place for place in deletes if _is(outcomes, place, Result.DONE)}
    away = done | {place for place in deletes if _is(outcomes, place, Result.GONE)}
    if done == deletes:
        return Gain(size=plan.frees, exact=plan.exact)
    if not done:
        return Gain(size=0, exact=True)
    known = sum(
        share.size for share in plan.shares if away.issuperset(share.steps) and not done.isdisjoint(share.steps)
    )
    unlisted = max(0, plan.frees - sum(share.size for share in plan.shares))
    most = sum(plan.steps[place].size for place in done)
    return Gain(size=min(known + unlisted, most), exact=plan.exact and not unlisted)


def _is(outcomes: Mapping[int, Outcome], place: int, result: Result) -> bool:
    outcome = outcomes.get(place)
    return outcome is not None and outcome.result is result
