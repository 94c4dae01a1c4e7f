"""Whatever plans, reasons and registries say: nothing exceeds Slack's limits, and nobody's text becomes markup."""

import re
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from bot.cards import listing, overview, thread, view
from bot.cards.request import card
from bot.cards.shown import Overview, Shown
from bot.slack.blocks import Message
from demo.workspace.rules.messages import check_blocks, check_update_text
from demo.workspace.rules.messages import texts_in as all_texts
from demo.workspace.rules.views import check_view
from tests.builders import digest
from tests.samples import ANN, APPROVAL, BEN, NOW, request
from workers.core.audit import Event, Happened, Head, append
from workers.core.listing import Listing, Row, Shelf
from workers.core.names import RepositoryName, Tag
from workers.core.outcome import Outcome, Result, Tally
from workers.core.plan import Collection, Kept, Plan, Step, Untagging, Verb
from workers.core.request import Action, Origin, Request, State

PEOPLE: Final = (ANN, BEN)
_ALLOWED: Final = re.compile(
    r"<@(?:U0000ANN|U0000BEN|U\d{7})>|<#C0000001>|<!date\^\d+\^\{date_short_pretty\} \{time\}\|[-0-9: ]+ UTC>"
    r"|<https://acme\.example/p1\|[^<>|]+>"
)
evil = st.one_of(
    st.text(max_size=60),
    st.text(alphabet=st.sampled_from("<>&@#!|`*_\n\u202e é🙂aU0"), max_size=200),
    st.sampled_from(
        ["<!channel>", "<@U0000CAT>", "<https://evil.example|Approve>", "x" * 5000, "&<>" * 1500, "é" * 4000]
    ),
)
repositories = st.sampled_from(["app", "team/app", "a" * 255, "/".join(["abc"] * 60)]).map(RepositoryName)
tags = st.sampled_from(["1", "v" * 128, "latest", "A_b-c.d"]).map(Tag)
digests = st.integers(0, 50).map(lambda number: digest(str(number)))
steps = st.builds(
    Step,
    verb=st.sampled_from(Verb),
    repository=repositories,
    digest=digests,
    tags=st.lists(tags, max_size=8).map(tuple),
    because=evil,
    size=st.integers(0, 10**18),
    untagging=st.none() | st.sampled_from(Untagging),
)
collections = st.builds(
    Collection,
    eligible=st.lists(digests, max_size=3).map(tuple),
    size=st.none() | st.integers(0, 10**15),
    untagged=st.integers(0, 10**6),
    untagged_size=st.none() | st.integers(0, 10**15),
    emptied=st.lists(repositories, max_size=60).map(tuple),
)
plans = st.builds(
    Plan,
    registry=st.just("prod"),
    steps=st.lists(steps, max_size=5).flatmap(
        lambda some: st.sampled_from([1, 3, 100]).map(lambda times: tuple(some) * times)
    ),
    kept=st.lists(st.builds(Kept, what=evil, why=evil), max_size=30).map(tuple),
    notes=st.lists(evil, max_size=12).map(tuple),
    frees=st.integers(0, 10**18),
    exact=st.booleans(),
    collection=st.none() | collections,
)
requests = st.builds(
    lambda state, reason, note, targets, **changes: request(
        state=state,
        reason=reason,
        note=note,
        targets=tuple(targets),
        approval=APPROVAL if state not in {State.PENDING, State.PLANNING, State.REFUSED, State.DENIED} else None,
        fingerprint="f" * 64,
        expires_at=NOW + timedelta(days=1),
        decider=ANN,
        ended_at=NOW if state.is_final else None,
        **changes,
    ),
    state=st.sampled_from(State),
    reason=evil,
    note=evil,
    targets=st.lists(evil, max_size=40),
    action=st.sampled_from(Action),
    group=st.sampled_from([(), tuple(f"R-{number}" for number in range(40))]),
    tally=st.builds(Tally, done=st.integers(0, 9), skipped=st.integers(0, 9), failed=st.integers(0, 9)),
    freed=st.none() | st.integers(0, 10**15),
)
outcomes = st.lists(st.builds(Outcome, step=st.integers(0, 400), result=st.sampled_from(Result), why=evil), max_size=40)


def check(message: Message) -> None:
    check_blocks(list(message.blocks))
    assert message.text.strip()
    assert sum(map(len, all_texts(list(message.blocks)))) <= 13_000
    check_update_text(message.text)
    for text in [message.text, *texts_in(list(message.blocks))]:
        left = _ALLOWED.sub("", text)
        assert "<" not in left, text
        assert ">" not in left, text


def texts_in(part: Any) -> Sequence[str]:
    """Every mrkdwn text; plain text has no markup."""
    if isinstance(part, list):
        return [text for each in part for text in texts_in(each)]
    if isinstance(part, dict):
        if part.get("type") == "mrkdwn":
            assert part["verbatim"], "Slack would make links of its own"
            return [part["text"]]
        return [text for each in part.values() for text in texts_in(each)]
    return []


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(asked=requests, plan=st.none() | plans, did=outcomes, many=st.booleans())
def test_cards(asked: Request, plan: Plan | None, did: list[Outcome], many: bool) -> None:
    approvers = tuple(f"U{number:07}" for number in range(300)) if many else PEOPLE
    shown = Shown(
        request=asked,
        plan=plan,
        outcomes={each.step: each for each in did},
        approvers=approvers,
        collects=True,
        links={"R-2": "https://acme.example/p1"},
    )
    check(card(shown))


@pytest.mark.parametrize(
    ("repository", "because", "kept", "note", "why"),
    [
        ("a" * 255, "&<>" * 2000, "&<>" * 2000, "&<>" * 2000, "&<>" * 2000),
        ("a" * 140, "b" * 190, "c" * 80, "d" * 170, "e" * 90),
    ],
    ids=["huge parts", "parts that fill every room to the brim"],
)
def test_the_largest_card_there_can_be(repository: str, because: str, kept: str, note: str, why: str) -> None:
    step = Step(
        verb=Verb.DELETE,
        repository=RepositoryName(repository),
        digest=digest("one"),
        because=because,
        size=10**18,
    )
    plan = Plan(
        registry="p" * 63, steps=(step,) * 300, kept=(Kept(what=kept, why=kept),) * 50, notes=(note,) * 50, frees=9
    )
    asked = request(
        state=State.FAILED,
        registry="p" * 63,
        approval=APPROVAL,
        fingerprint="f" * 64,
        reason=note * 3,
        note=note * 3,
        group=tuple(f"r-{number:08}" for number in range(50)),
        tally=Tally(done=10**6, skipped=10**6, failed=10**6),
    )
    did = {number: Outcome(step=number, result=Result.FAILED, why=why) for number in range(100)}
    did |= {number: Outcome(step=number, result=Result.DONE) for number in range(100, 200)}
    links = dict.fromkeys(asked.group, f"https://acme.example/archives/{'C' * 12}/{'p' * 40}")
    message = card(Shown(request=asked, plan=plan, outcomes=did, approvers=PEOPLE, links=links))
    check_blocks(list(message.blocks))
    check_update_text(message.text)
    assert 10_000 < sum(map(len, all_texts(list(message.blocks)))) <= 13_000


details = st.dictionaries(
    st.sampled_from(["why", "reference", "result", "verb", "reason", "registry", "action", "digest", "fingerprint"]),
    evil,
)


@settings(max_examples=40, deadline=None)
@given(happened=st.lists(st.tuples(st.sampled_from(Happened), details, evil), min_size=1, max_size=90))
def test_threads(happened: list[tuple[Happened, dict[str, str], str]]) -> None:
    head = Head()
    entries = []
    for action, told, actor in happened:
        entries.append(append(head, "R-1", Event(action=action, actor=actor, details=told), NOW))
        head = entries[-1].head
    batches = list(thread.batches(entries, thread.Telling(people=PEOPLE)))
    for batch in batches:
        check(batch.message)
        assert batch.message.text.count("\n") < 40
    assert sum(batch.message.text.count("\n") + 1 for batch in batches) == len(entries)
    assert batches[-1].last == entries[-1].sequence


rows = st.builds(
    Row,
    repository=st.sampled_from(["app", "a" * 255]),
    tag=st.sampled_from(["1", "v" * 128]),
    digest=st.sampled_from(["", str(digest("x"))]),
    size=st.none() | st.integers(0, 10**15),
    created=st.none() | st.just(NOW - timedelta(days=400)),
    shares=st.lists(st.sampled_from(["2", "w" * 128]), max_size=9).map(tuple),
    trouble=evil,
)
shelves = st.builds(
    Shelf,
    registry=st.sampled_from(["prod", "staging"]),
    rows=st.lists(rows, max_size=6).flatmap(lambda some: st.sampled_from([1, 40]).map(lambda n: tuple(some) * n)),
    emptied=st.lists(evil, max_size=12).map(tuple),
    trouble=evil,
)


@settings(max_examples=40, deadline=None)
@given(found=st.builds(Listing, shelves=st.lists(shelves, max_size=3).map(tuple)), number=st.integers(0, 9))
def test_listings(found: Listing, number: int) -> None:
    check(listing.page(found, listing.Place(lookup="l-1", page=number), NOW))


@settings(max_examples=40, deadline=None)
@given(mine=st.lists(requests, max_size=30), theirs=st.lists(requests, max_size=3))
def test_overviews_and_the_home_tab(mine: list[Request], theirs: list[Request]) -> None:
    seen = Overview(waiting=mine, own=theirs, others=mine, links={"R-1": "https://acme.example/p1"})
    check(overview.overview(seen))
    check_view(view.home(seen, ["`/regclean help`"]), "home")


def test_the_form_for_a_reason() -> None:
    check_view(view.explanation("r-7k3m9q2x", "https://hooks.slack.com/actions/" + "x" * 200), "modal")


@given(found=st.lists(evil, max_size=60), reason=evil)
def test_the_form(found: list[str], reason: str) -> None:
    origin = Origin(channel="C0000001", response_url="https://hooks.slack.com/commands/" + "x" * 200)
    check_view(view.form(origin, found, reason), "modal")
