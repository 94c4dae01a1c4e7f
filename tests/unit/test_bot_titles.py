"""What a card says in its title and headings: what is asked while it can be decided, and afterwards what happened."""

import re
from dataclasses import replace
from typing import Any

import pytest

from bot.cards.request import card
from bot.cards.shown import Shown
from bot.cards.titles import title
from demo.workspace import plain
from tests.builders import digest
from tests.samples import ANN, APPROVAL, BEN, CAT, COLLECTION, PLAN, pending, request
from workers.core.damage import Damage
from workers.core.names import RepositoryName, Tag
from workers.core.outcome import Outcome, Result, Tally
from workers.core.plan import Plan, Step, Verb
from workers.core.request import Action, State

DONE, GONE, SKIPPED, FAILED, UNTAGGED = Result.DONE, Result.GONE, Result.SKIPPED, Result.FAILED, Result.UNTAGGED
GAIN = "frees at most 1.12 kB once collected"


def shown(state: State, *results: Result | None, **changes: Any) -> Shown:
    """A removal of three tags in two steps, which ended like this; None for a step that was not reached."""
    outcomes = {
        number: Outcome(step=number, result=result, why="" if result in {DONE, GONE} else "It moved.")
        for number, result in enumerate(results)
        if result
    }
    early = {State.PENDING, State.DENIED, State.EXPIRED, State.CANCELLED, State.REFUSED, State.PLANNING}
    approval = None if state in early and not outcomes else APPROVAL
    asked = pending(state=state, approval=approval, decider=CAT, tally=Tally.of(outcomes.values()), **changes)
    return Shown(request=asked, plan=PLAN, outcomes=outcomes, approvers=(BEN, CAT), collects=True)


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (shown(State.PENDING), f"Remove 3 tags from prod: {GAIN}"),
        (shown(State.APPROVED), "Approved: remove 3 tags from prod"),
        (shown(State.RUNNING, DONE), "Removing 3 tags from prod"),
        (shown(State.DONE, DONE, DONE), f"Removed 3 tags from prod · {GAIN}"),
        (shown(State.DONE, SKIPPED, DONE), f"Removed 2 of 3 tags from prod · {GAIN}"),
        (shown(State.DONE, GONE, GONE), "Nothing was left to remove from prod"),
        (shown(State.FAILED, DONE, FAILED), "Failed after removing 1 of 3 tags from prod · frees no bytes by itself"),
        (shown(State.FAILED, FAILED, FAILED), "Failed to remove 3 tags from prod"),
        (shown(State.STALE, SKIPPED, SKIPPED), "Out of date: nothing was removed from prod"),
        (shown(State.DENIED), "Denied: 3 tags stay on prod"),
        (shown(State.EXPIRED), "Expired: 3 tags stay on prod"),
        (shown(State.EXPIRED, DONE, None), "Expired after removing 1 of 3 tags from prod"),
        (shown(State.CANCELLED), "Cancelled: 3 tags stay on prod"),
        (shown(State.CANCELLED, None, DONE), "Cancelled after removing 2 of 3 tags from prod"),
        (shown(State.REFUSED), "Refused: nothing was removed from prod"),
    ],
)
def test_titles_of_removals(view: Shown, expected: str) -> None:
    assert title(view).startswith(expected)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        (State.PLANNING, "Remove 2 images from prod"),
        (State.CANCELLED, "Cancelled: nothing was removed from prod"),
        (State.DONE, "Removed from prod: 2 steps done"),
    ],
)
def test_titles_without_a_plan_claim_no_more_than_is_known(state: State, expected: str) -> None:
    assert title(Shown(request=request(state=state, tally=Tally(done=2)), plan=None)) == expected


def test_a_tag_that_was_left_alone_is_not_counted_as_removed() -> None:
    view = replace(
        shown(State.DONE, DONE, DONE),
        outcomes={0: Outcome(step=0, result=DONE), 1: Outcome(step=1, result=DONE, left=1)},
    )
    assert title(view).startswith("Removed 2 of 3 tags from prod")


def test_one_tag_stays_and_manifests_are_counted_for_themselves() -> None:
    bare = Step(verb=Verb.DELETE, repository=RepositoryName("app"), digest=digest("bare"))
    one = replace(shown(State.DENIED), plan=Plan(registry="prod", steps=PLAN.steps[:1]))
    assert title(one) == "Denied: 1 tag stays on prod"
    both = Plan(registry="prod", steps=(*PLAN.steps, bare), frees=10)
    view = replace(shown(State.DONE, DONE, DONE, SKIPPED), plan=both)
    assert title(view).startswith("Removed 3 tags and 0 of 1 manifest without a tag from prod")
    untagged = replace(view, request=replace(view.request, action=Action.UNTAGGED))
    assert "3 tags and 0 of 1 untagged manifest from" in title(untagged)


def collecting(state: State, *, has_collected: bool = False, **changes: Any) -> Shown:
    approval = APPROVAL if state in {State.APPROVED, State.RUNNING, State.DONE, State.FAILED} else None
    asked = pending(action=Action.COLLECT, targets=(), state=state, approval=approval, decider=ANN, **changes)
    return Shown(
        request=asked, plan=Plan(registry="prod", collection=COLLECTION), collected_by="R-1" if has_collected else ""
    )


@pytest.mark.parametrize(
    ("view", "expected", "heading"),
    [
        (collecting(State.PENDING), "Collect garbage on prod: would free 99 B in 1 blob", "What collection would do"),
        (collecting(State.APPROVED), "Approved: collect garbage on prod", "What collection would do"),
        (collecting(State.RUNNING), "Collecting garbage on prod", "What collection would do"),
        (collecting(State.DONE, freed=98), "Collected garbage on prod: freed 98 B", "What was collected"),
        (collecting(State.DONE), "Collected garbage on prod, bytes not measured", "What was collected"),
        (collecting(State.FAILED), "Failed to collect garbage on prod", "What was not collected"),
        (
            collecting(State.FAILED, has_collected=True, freed=98),
            "Failed after collecting garbage on prod: freed 98 B",
            "What was collected",
        ),
        (collecting(State.DENIED), "Denied: the garbage on prod stays", "What was not collected"),
        (collecting(State.EXPIRED), "Expired: the garbage on prod stays", "What was not collected"),
        (collecting(State.CANCELLED), "Cancelled: the garbage on prod stays", "What was not collected"),
        (collecting(State.STALE), "Out of date: the garbage on prod stays", "What was not collected"),
        (collecting(State.REFUSED), "Refused: no garbage on prod was collected", "What was not collected"),
    ],
)
def test_titles_and_headings_of_collections(view: Shown, expected: str, heading: str) -> None:
    assert title(view) == expected
    assert re.findall(r"\*(What .*collect.*)\*", plain(list(card(view).blocks))) == [heading]


FINAL = [state for state in State if state.is_final]


@pytest.mark.parametrize(
    "results", [(), (DONE, DONE), (DONE, FAILED), (None, DONE), (SKIPPED, SKIPPED), (GONE, UNTAGGED)]
)
@pytest.mark.parametrize("state", FINAL)
def test_no_card_that_is_over_speaks_of_what_is_to_come(state: State, results: tuple[Result | None, ...]) -> None:
    seen = plain(list(card(shown(state, *results)).blocks))
    assert not re.search(r"What goes|What stays, and why(?s:.)*Done|What was approved|would |Remove |· delete ·", seen)


@pytest.mark.parametrize("state", FINAL)
def test_no_collection_that_is_over_speaks_of_what_is_to_come(state: State) -> None:
    seen = plain(list(card(collecting(state, freed=7)).blocks))
    assert not re.search(r"would|Collect garbage|while it is collected", seen)


LINK = "https://acme.example/archives/C1/p9"


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ((DONE, DONE), "What it took, 1.12 kB by the plan, was collected by"),
        ((SKIPPED, DONE), "What it took, 1.12 kB by the plan, was collected by"),
    ],
)
def test_what_was_collected_since_is_not_offered_any_more(results: tuple[Result, ...], expected: str) -> None:
    plan = replace(PLAN, exact=True)
    view = replace(shown(State.DONE, *results), plan=plan, collected_by="R-9", links={"R-9": LINK})
    seen = plain(list(card(view).blocks))
    assert title(view).endswith(" from prod · collected since")
    assert f"{expected} <{LINK}|R-9>." in seen
    assert not re.search(r"[Ff]rees|\[Collect now\]", seen)
    assert f"{expected} `R-9`." in plain(list(card(replace(view, links={})).blocks))


def test_a_removal_that_left_nothing_to_collect_says_so_whatever_was_collected() -> None:
    view = replace(shown(State.DONE, DONE, DONE), plan=replace(PLAN, frees=0, exact=True), collected_by="R-9")
    assert " · frees no bytes by itself" in plain(list(card(view).blocks))


def test_a_removal_that_was_stopped_says_what_came_of_its_bytes() -> None:
    view = shown(State.CANCELLED, None, DONE)
    assert title(view) == "Cancelled after removing 2 of 3 tags from prod · frees at most 1.12 kB once collected"
    since = replace(view, collected_by="R-9")
    assert "1 step of 2 had been carried out. What it took, at most 1.12 kB by" in plain(list(card(since).blocks))


def test_what_went_is_told_apart_from_what_did_not() -> None:
    seen = plain(list(card(shown(State.CANCELLED, DONE, None)).blocks))
    went, stayed = seen.index("*What went*"), seen.index("*What did not go*")
    assert went < seen.index("• `app:1` · untagged by a throw-away manifest, the image stayed") < stayed
    assert stayed < seen.index(
        f"• `team/app:2`, `:3` · `{digest('two').short}` · 7\N{NO-BREAK SPACE}B (part of team/app:4)"
    )
    assert "*What stayed, and why*" in seen


def test_what_was_gone_before_is_said_to_be() -> None:
    seen = plain(list(card(shown(State.DONE, GONE, DONE)).blocks))
    assert f"• `app:1` · was gone already · `{digest('one').short}`" in seen
    assert f"• `team/app:2`, `:3` · deleted · `{digest('two').short}`" in seen


def test_a_denied_card_lists_what_did_not_go() -> None:
    seen = plain(list(card(shown(State.DENIED)).blocks))
    assert f"*What did not go*\n• `app:1` · `{digest('one').short}`" in seen
    assert "*What was to stay anyway, and why*" in seen


def test_a_delete_that_left_a_tag_alone_is_not_as_planned() -> None:
    why = "3 moved to sha256:0123 and was left alone"
    view = replace(
        shown(State.DONE, DONE, DONE),
        outcomes={0: Outcome(step=0, result=DONE), 1: Outcome(step=1, result=DONE, why=why, left=1)},
    )
    seen = plain(list(card(view).blocks))
    assert f"*Not as planned*\n• `team/app:2`, `:3` · deleted: {why}" in seen


def test_damage_is_of_the_past_once_it_is_over() -> None:
    hurt = Plan(registry="prod", collection=COLLECTION, damage=(Damage(what="app:1", why="is not there"),))
    done = replace(collecting(State.DONE, freed=98, accepts_damage=True), plan=hurt)
    seen = plain(list(card(done).blocks))
    assert "*What was damaged before* (1)" in seen
    assert "goes on all the same" not in seen
    refused = replace(collecting(State.REFUSED), plan=hurt)
    assert "*What is damaged already* (1)" in plain(list(card(refused).blocks))


def test_who_cancelled_is_left_out_where_nobody_is_named() -> None:
    view = shown(State.CANCELLED)
    nobody = replace(view, request=replace(view.request, decider=""))
    assert "*Cancelled*. Nothing was changed." in plain(list(card(nobody).blocks))


def test_both_lists_share_the_room_of_a_long_plan() -> None:
    steps = tuple(
        Step(verb=Verb.DELETE, repository=RepositoryName("a" * 100), digest=digest(str(n)), tags=(Tag(f"t{n}"),))
        for n in range(40)
    )
    outcomes = {number: Outcome(step=number, result=DONE) for number in range(20)}
    view = replace(shown(State.CANCELLED, DONE), plan=Plan(registry="prod", steps=steps), outcomes=outcomes)
    seen = plain(list(card(view).blocks))
    assert seen.count("• `aaa") == 2 * 8, "half of fifteen, of each"
    assert len(re.findall(r"…and \d+ more \(see the list in the thread\)", seen)) == 2
    assert ":t0`" in seen
    assert ":t20`" in seen
