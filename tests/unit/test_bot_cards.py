"""What a card says in each state, and which buttons it has: the meaning, not the layout."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest

from bot.cards.request import card, is_cut
from bot.cards.shown import Shown
from demo.workspace import plain
from tests.builders import digest
from tests.samples import ANN, APPROVAL, BEN, CAT, COLLECTION, DAY, NOW, PLAN, pending, request
from workers.core.damage import Damage
from workers.core.names import RepositoryName, Tag
from workers.core.outcome import Outcome, Result, Tally
from workers.core.plan import Kept, Plan, Step, Verb
from workers.core.request import Action, Request, State


def shown(asked: Request, **changes: Any) -> Shown:
    given: dict[str, Any] = {"plan": PLAN, "approvers": (BEN, CAT), "collects": True}
    return Shown(request=asked, **given | changes)


def said(view: Shown) -> str:
    """All that people see, and of which screen readers hear the same."""
    message = card(view)
    seen = plain(list(message.blocks))
    for line in message.text.split("\n"):
        assert line in seen
    return seen


def buttons(view: Shown) -> list[str]:
    rows = [block["elements"] for block in card(view).blocks if block["type"] == "actions"]
    return [button["action_id"] for row in rows for button in row]


def decided(state: State, **changes: Any) -> Request:
    return pending(**{"state": state, "approval": APPROVAL} | changes)


def test_a_pending_card_says_everything_an_approver_needs() -> None:
    text = said(shown(pending()))
    for part in (
        "Remove 3 tags from prod: frees at most 1.12 kB once collected",
        "*Waiting for a decision*: <@U0000BEN> or <@U0000CAT> can decide until",
        "*Asked by* <@U0000ANN>: “old”",
        f"• `app:1` · untag by a throw-away manifest, the image stays · `{digest('one').short}`",
        f"• `team/app:2`, `:3` · delete · `{digest('two').short}` · 7\N{NO-BREAK SPACE}B (part of team/app:4)",
        "• `app:latest` is protected by “*:latest”",
        "⚠️ Only part of the registry was read.",
        "request `R-1`",
    ):
        assert part in text
    assert buttons(shown(pending())) == ["approve", "deny", "cancel"]


def test_buttons_carry_the_request_and_what_was_shown() -> None:
    (row,) = [block["elements"] for block in card(shown(pending())).blocks if block["type"] == "actions"]
    assert [button["value"] for button in row] == [f"R-1 {PLAN.fingerprint}"] * 2 + ["R-1"]
    assert [button.get("style") for button in row] == ["primary", "danger", None]


@pytest.mark.parametrize(
    ("asked", "parts", "clickable"),
    [
        (decided(State.APPROVED), ["*Approved* by <@U0000BEN>", "Valid until"], ["cancel"]),
        (decided(State.APPROVED, note="R-0 is changing prod."), ["R-0 is changing prod."], ["cancel"]),
        (
            decided(State.RUNNING, tally=Tally(done=1, skipped=1)),
            ["*Running*, approved by <@U0000BEN>: 1 of 2 done · 1 skipped."],
            ["cancel"],
        ),
        (decided(State.RUNNING, cancelling=ANN), ["<@U0000ANN> cancelled it; it stops before its next step."], []),
        (
            decided(State.DONE, tally=Tally(done=2)),
            ["*Done*, approved by <@U0000BEN>: 2 of 2 done."],
            ["collect"],
        ),
        (
            decided(State.FAILED, tally=Tally(done=1, failed=1), note="The registry said no."),
            ["*Failed*, approved by <@U0000BEN>: 1 of 2 done · 1 failed.", "The registry said no."],
            ["again"],
        ),
        (pending(state=State.DENIED, decider=CAT), ["*Denied* by <@U0000CAT>; nothing was changed."], []),
        (pending(state=State.EXPIRED), ["*Expired*: nobody decided in time; nothing was changed."], ["again"]),
        (
            decided(State.EXPIRED, tally=Tally(done=1)),
            ["*Expired*: the approval of <@U0000BEN> ran out. By then 1 step of 2 had been carried out."],
            ["again"],
        ),
        (pending(state=State.CANCELLED, decider=ANN), ["*Cancelled* by <@U0000ANN>. Nothing was changed."], []),
        (
            decided(State.CANCELLED, decider=ANN, tally=Tally(done=1)),
            ["*Cancelled* by <@U0000ANN>. By then 1 step of 2 had been carried out."],
            [],
        ),
        (
            decided(State.STALE),
            ["*Out of date*, approved by <@U0000BEN>; nothing was changed.", "moved since it was approved"],
            ["again"],
        ),
    ],
)
def test_states(asked: Request, parts: list[str], clickable: list[str]) -> None:
    text = said(shown(asked))
    for part in parts:
        assert part in text
    assert buttons(shown(asked)) == clickable


def test_a_refused_request_says_why_and_what_was_asked_for() -> None:
    nothing = Plan(registry="prod", kept=(Kept(what="app:1", why="is not there"),))
    refused = request(state=State.REFUSED, note="There is nothing to do.")
    text = said(shown(refused, plan=nothing))
    for part in (
        "Refused: nothing was removed from prod",
        "*Refused*",
        "There is nothing to do.",
        "• `app:1` is not there",
    ):
        assert part in text
    assert buttons(shown(refused, plan=nothing)) == []


def test_what_did_not_go_as_planned_comes_first() -> None:
    outcomes = {
        0: Outcome(step=0, result=Result.SKIPPED, why="It moved."),
        1: Outcome(step=1, result=Result.FAILED, why="The registry answered 500."),
    }
    text = said(shown(decided(State.FAILED, tally=Tally(skipped=1, failed=1)), outcomes=outcomes))
    failed = "• `team/app:2`, `:3` · failed: The registry answered 500."
    assert text.index("Not as planned") < text.index(failed) < text.index("• `app:1` · skipped: It moved.")
    assert "What went" not in text
    assert buttons(shown(decided(State.FAILED))) == ["again"]


ALL = {number: Outcome(step=number, result=Result.DONE) for number in range(2)}


@pytest.mark.parametrize(
    ("exact", "outcomes", "expected"),
    [
        (True, ALL, " · frees 1.12 kB once collected"),
        (False, ALL, " · frees at most 1.12 kB once collected"),
        (True, ALL | {0: Outcome(step=0, result=Result.SKIPPED)}, " · frees 1.12 kB once collected"),
        (True, ALL | {1: Outcome(step=1, result=Result.UNTAGGED)}, " · frees no bytes by itself"),
        (True, ALL | {1: Outcome(step=1, result=Result.FAILED)}, " · frees no bytes by itself"),
        (True, {number: Outcome(step=number, result=Result.GONE) for number in range(2)}, "so this freed nothing."),
    ],
)
def test_bytes_are_never_promised_beyond_what_is_known(
    exact: bool, outcomes: dict[int, Outcome], expected: str
) -> None:
    done = decided(State.DONE, tally=Tally.of(outcomes.values()))
    assert expected in said(shown(done, plan=replace(PLAN, exact=exact), outcomes=outcomes))


def test_a_plan_that_only_untags_frees_nothing() -> None:
    only = replace(PLAN, steps=PLAN.steps[:1], frees=0, exact=True)
    assert "Remove 1 tag from prod: frees no bytes by itself" in said(shown(pending(), plan=only))


def test_collect_now_needs_a_collector() -> None:
    assert buttons(shown(decided(State.DONE, tally=Tally(done=2)), collects=False)) == []


COLLECTING = Plan(registry="prod", collection=COLLECTION)


def collecting(state: State = State.PENDING, **changes: Any) -> Request:
    approval = None if state is State.PENDING else APPROVAL
    return pending(action=Action.COLLECT, targets=(), state=state, approval=approval, **changes)


def test_a_collection_that_is_done_says_in_its_title_what_it_freed() -> None:
    assert "Collected garbage on prod: freed 98 B" in said(shown(collecting(State.DONE, freed=98), plan=COLLECTING))


def test_a_collection_says_what_it_would_free_and_what_it_leaves() -> None:
    text = said(shown(collecting(), plan=COLLECTING))
    for part in (
        "Collect garbage on prod: would free 99 B in 1 blob",
        "1 repository without any tag leaves the catalog: `old`",
        "2 untagged manifests (5 B) stay; `/regclean rm --untagged prod/REPOSITORY` plans them",
        "prod takes no writes while it is collected",
    ):
        assert part in text


def hurt(number: int) -> Plan:
    found = [Damage(what=f"app:{each}", why=f"the blob {each:012} has 100 of 2,583 bytes") for each in range(number)]
    loose = Damage(what=f"app@{digest('one')}", why="is not there")
    return replace(COLLECTING, damage=(*found, loose))


def test_damage_stands_right_above_the_buttons_with_what_approving_means() -> None:
    view = shown(collecting(accepts_damage=True), plan=hurt(2))
    text = said(view)
    assert "*What is damaged already* (3)" in text
    assert "• `app:1` the blob 000000000001 has 100 of 2,583 bytes" in text
    assert f"• `app@sha256:{digest('one').short}` is not there" in text
    assert "Collecting goes on all the same, and may lose more of it." in text
    kinds = [block["type"] for block in card(view).blocks]
    last = plain([block for block in card(view).blocks if block["type"] == "section"][-1:])
    assert kinds[-2:] == ["context", "actions"]
    assert "What is damaged already" in last


def test_a_request_that_damage_refused_lists_it_without_saying_that_it_goes_on() -> None:
    why = "In prod app:0 is damaged, and collecting may stop at that."
    text = said(shown(collecting(State.REFUSED, note=why), plan=hurt(1)))
    assert why in text
    assert "• `app:0` the blob" in text
    assert "goes on all the same" not in text


def test_much_damage_is_counted_and_attached() -> None:
    view = shown(collecting(), plan=hurt(999))
    assert "…and 992 more (see the list in the thread)" in said(view)
    assert is_cut(view)
    assert not is_cut(shown(collecting(), plan=hurt(2)))


def test_while_it_collects_the_registry_takes_no_writes() -> None:
    assert "prod takes no writes until this is over." in said(shown(collecting(State.RUNNING), plan=COLLECTING))


@pytest.mark.parametrize(
    ("planned", "freed", "expected"),
    [
        (99, 99, "Freed 99 B, measured on the storage, as planned."),
        (99, 90, "Planned 99 B, measured 90 B on the storage."),
        (99, None, "Planned 99 B, not measured."),
        (None, 90, "Freed 90 B, measured on the storage."),
        (None, None, "Freed bytes were not measured."),
    ],
)
def test_what_a_collection_freed(planned: int | None, freed: int | None, expected: str) -> None:
    plan = replace(COLLECTING, collection=replace(COLLECTION, size=planned))
    text = said(shown(collecting(State.DONE, freed=freed), plan=plan))
    assert expected in text
    assert buttons(shown(collecting(State.DONE), plan=plan)) == []


def test_untagged_manifests_are_named_by_digest() -> None:
    step = Step(verb=Verb.DELETE, repository=RepositoryName("app"), digest=digest("bare"), size=1000)
    plan = Plan(registry="prod", steps=(step, step), frees=2000)
    text = said(shown(pending(action=Action.UNTAGGED, targets=("app",)), plan=plan))
    assert "Remove 2 untagged manifests from prod: frees 2 kB once collected" in text
    assert f"`app@sha256:{digest('bare').short}` · delete" in text


def many(number: int) -> Plan:
    steps = tuple(
        Step(verb=Verb.DELETE, repository=RepositoryName("app"), digest=digest(str(n)), tags=(Tag(f"t{n}"),), size=1)
        for n in range(number)
    )
    return Plan(registry="prod", steps=steps, frees=number)


def test_long_plans_are_cut_and_say_where_the_rest_is() -> None:
    text = said(shown(pending(), plan=many(500)))
    assert "`app:t14`" in text
    assert "`app:t15`" not in text
    assert "…and 485 more (see the list in the thread)" in text
    assert is_cut(shown(pending(), plan=many(500)))
    assert not is_cut(shown(pending(), plan=many(15)))


def test_requests_of_one_command_name_each_other() -> None:
    links = {"R-2": "https://acme.example/archives/C1/p2"}
    text = said(shown(pending(group=("R-1", "R-2", "R-3")), links=links))
    assert "asked together with <https://acme.example/archives/C1/p2|R-2> and `R-3`" in text


def test_kept_digests_are_short() -> None:
    plan = replace(PLAN, kept=(Kept(what=f"app@{digest('one')}", why="stays: latest needs it"),))
    assert f"• `app@sha256:{digest('one').short}` stays: latest needs it" in said(shown(pending(), plan=plan))


def test_nobody_is_forgotten_when_approvers_are_many() -> None:
    approvers = tuple(f"U{number:07}" for number in range(30))
    assert "<@U0000019> or 10 more can decide" in said(shown(pending(), approvers=approvers))


def test_no_reason_is_said_too() -> None:
    assert "*Asked by* <@U0000ANN>, without a reason" in said(shown(pending(reason="")))


def test_the_reason_of_a_denial_stands_beside_it_as_it_was_typed() -> None:
    denied = pending(state=State.DENIED, decider=CAT, note="Approved <!here>")
    assert "*Denied* by <@U0000CAT>; nothing was changed. “Approved &lt;!here&gt;”" in said(shown(denied))


def at(when: datetime) -> str:
    return f"<!date^{int(when.timestamp())}^{{date_short_pretty}} {{time}}|{when:%Y-%m-%d %H:%M} UTC>"


def test_until_when_something_can_be_decided_or_done_is_shown() -> None:
    assert f"can decide until {at(NOW + DAY)}" in said(shown(pending()))
    assert f"Valid until {at(NOW + DAY)}" in said(shown(decided(State.APPROVED)))


LATER = NOW + DAY / 24


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (pending(), f"Asked {at(NOW)}"),
        (decided(State.RUNNING), f"Asked {at(NOW)} · approved by <@U0000BEN> {at(NOW)}"),
        (decided(State.DONE, ended_at=LATER), f" · approved by <@U0000BEN> {at(NOW)} · done {at(LATER)}"),
        (decided(State.FAILED, ended_at=LATER), f" · failed {at(LATER)}"),
        (decided(State.STALE, ended_at=LATER), f" · out of date {at(LATER)}"),
        (pending(state=State.EXPIRED, ended_at=LATER), f"Asked {at(NOW)} · expired {at(LATER)}"),
        (pending(state=State.DENIED, decider=CAT, ended_at=LATER), f" · denied by <@U0000CAT> {at(LATER)}"),
        (
            decided(State.CANCELLED, decider=ANN, ended_at=LATER),
            f" · approved by <@U0000BEN> {at(NOW)} · cancelled by <@U0000ANN> {at(LATER)}",
        ),
        (request(state=State.REFUSED, ended_at=LATER), f"Asked {at(NOW)} · refused {at(LATER)}"),
    ],
)
def test_who_decided_and_when(asked: Request, expected: str) -> None:
    line = said(shown(asked)).split("\n")[2]
    assert line.startswith("Asked ")
    assert line.endswith(expected)
