"""Gains: the bytes that a removal leaves to be collected, also when some of its steps came otherwise than planned."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.builders import digest, image, snapshot, view
from workers.core.choosing import Policy
from workers.core.deciding import decide
from workers.core.digest import Digest
from workers.core.gain import Gain, gain, shares
from workers.core.manifest import Manifest
from workers.core.names import Reference
from workers.core.outcome import Outcome, Result
from workers.core.plan import Plan, Share, Verb

# Two images with a base of 1,000 bytes in common, and 110 bytes of manifest and config for each of them.
ONE, TWO = image("one", {"base": 1000, "a": 1}), image("two", {"base": 1000, "b": 20})
BOTH = decide(
    snapshot(view("app", {"1": "one", "2": "two"}, [ONE, TWO])),
    [Reference.parse("app:1"), Reference.parse("app:2")],
    Policy(),
)
DONE, GONE, SKIPPED, FAILED, UNTAGGED = Result.DONE, Result.GONE, Result.SKIPPED, Result.FAILED, Result.UNTAGGED


def outcomes(results: Sequence[Result | None]) -> Mapping[int, Outcome]:
    return {place: Outcome(step=place, result=result) for place, result in enumerate(results) if result}


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ((DONE, DONE), 1000 + 111 + 130),
        ((DONE, FAILED), 111),
        ((SKIPPED, DONE), 130),
        ((DONE, None), 111),
        ((UNTAGGED, DONE), 130),
        ((GONE, DONE), 1000 + 130),
        ((FAILED, FAILED), 0),
        ((GONE, GONE), 0),
    ],
)
def test_what_stays_with_an_image_that_stays_does_not_count(results: tuple[Result, ...], expected: int) -> None:
    assert [str(step.tags[0]) for step in BOTH.steps] == ["1", "2"]
    assert gain(BOTH, outcomes(results)) == Gain(size=expected, exact=True)


def test_it_is_as_exact_as_the_plan() -> None:
    partly = replace(BOTH, exact=False)
    assert gain(partly, outcomes((DONE, DONE))) == Gain(size=BOTH.frees, exact=False)
    assert gain(partly, outcomes((DONE, FAILED))) == Gain(size=111, exact=False)


def test_a_plan_of_before_shares_were_kept_has_an_upper_bound_that_leaves_out_what_stayed() -> None:
    old = replace(BOTH, shares=())
    assert gain(old, outcomes((DONE, DONE))) == Gain(size=BOTH.frees, exact=True)
    assert gain(old, outcomes((DONE, FAILED))) == Gain(size=1111, exact=False)
    assert gain(old, outcomes((FAILED, FAILED))) == Gain(size=0, exact=True)


def test_blobs_of_very_many_images_are_left_to_the_bound() -> None:
    everywhere = frozenset(range(300))
    sizes = {digest(f"layer {number}"): 1 for number in range(100)}
    owners = {blob: everywhere - {place} for place, blob in enumerate(sizes)}
    sizes[digest("own")], owners[digest("own")] = 7, frozenset({3})
    kept = shares(sizes, owners)
    assert kept[0] == Share(steps=(3,), size=7)
    assert len(kept) == 1 + 19_999 // 299


def test_a_share_comes_back_from_json() -> None:
    assert Plan.from_json(BOTH.as_json()) == BOTH
    assert sum(share.size for share in BOTH.shares) == BOTH.frees


layers = st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 1), max_size=5)
contents = st.lists(layers, min_size=1, max_size=6)


def sized(words: Mapping[str, int]) -> dict[str, int]:
    """One size for each layer, wherever it is."""
    return {word: 1 << (3 * "abcdef".index(word)) for word in words}


@given(
    contents=contents,
    stays=st.lists(layers, max_size=2),
    results=st.lists(st.sampled_from([None, *Result]), min_size=6, max_size=6),
)
def test_it_is_what_nothing_references_any_more_and_did_until_our_deletes(
    contents: list[dict[str, int]], stays: list[dict[str, int]], results: list[Result | None]
) -> None:
    going = [image(f"go{number}", sized(each)) for number, each in enumerate(contents)]
    staying = [image(f"stay{number}", sized(each)) for number, each in enumerate(stays)]
    tags = {f"t{number}": f"go{number}" for number in range(len(going))}
    tags |= {f"s{number}": f"stay{number}" for number in range(len(staying))}
    targets = [Reference.parse(f"app:t{number}") for number in range(len(going))]
    plan = decide(snapshot(view("app", tags, [*going, *staying])), targets, Policy())
    assert all(step.verb is Verb.DELETE for step in plan.steps)
    by = {step.digest: results[place] for place, step in enumerate(plan.steps)}
    before = blobs([*staying, *(each for each in going if by[each.digest] is not GONE)])
    after = blobs([*staying, *(each for each in going if by[each.digest] not in {DONE, GONE})])
    expected = sum(size for blob, size in before.items() if blob not in after)
    assert gain(plan, outcomes(results[: len(going)])) == Gain(size=expected, exact=True)


def blobs(manifests: Sequence[Manifest]) -> dict[Digest, int]:
    return {blob: size for manifest in manifests for blob, size in manifest.blobs.items()}
