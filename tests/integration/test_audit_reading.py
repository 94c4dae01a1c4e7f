"""What auditors read: requests in short, one in full, from the chain alone, and whether anybody vouches for it."""

import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.audited import COLLECTION, DENIED, MOVED, REASON, REMOVAL, UNTAGGED, Story, forget, four_requests
from tests.builders import digest
from tests.forging import rewrite, what_it_had
from tests.samples import ANN, BEN, CAT
from workers.core.audit import Event, Happened
from workers.core.errors import BadInput
from workers.store import keys

FREES = "1.12 kB (1,117 bytes); at most, since only part of the registry was read"


@pytest.fixture
def story(redis_url: str) -> Iterator[Story]:
    told = four_requests(redis_url)
    with closing(told.store.redis):
        yield told


def listed(story: Story, *words: str) -> list[str]:
    said = story.say("list", "--json", *words)
    assert said.exit_code == 0, said.output
    return [json.loads(line)["request"] for line in said.stdout.splitlines()]


def test_the_list_has_a_line_for_each_request_in_the_order_they_were_asked_for(story: Story) -> None:
    forget(story)
    said = story.say("list")
    assert [line[:10] for line in said.stdout.splitlines()] == [
        "REQUEST   ",
        REMOVAL,
        UNTAGGED,
        COLLECTION,
        DENIED,
    ]
    removal = said.stdout.splitlines()[1]
    assert removal == (
        f"{REMOVAL}  2026-03-01 12:00:01  {ANN}     {BEN}     rm             prod          done       "
        "1 of 2 done, 1 skipped  frees at most 1.12 kB"
    )
    assert said.stdout.splitlines()[2].endswith("running    1 of 3 done   frees 5 MB")
    assert said.stdout.splitlines()[3].endswith("failed     -             freed 2 kB")
    assert "so do their signatures" in said.stderr


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (["--registry", "prod"], [REMOVAL, UNTAGGED, COLLECTION, DENIED]),
        (["--registry", "other"], []),
        (["--action", "rm"], [REMOVAL, UNTAGGED, DENIED]),
        (["--action", "gc"], [COLLECTION]),
        (["--state", "running"], [UNTAGGED]),
        (["--state", "failed"], [COLLECTION]),
        (["--actor", CAT], [UNTAGGED, COLLECTION, DENIED]),
        (["--actor", ANN, "--state", "done"], [REMOVAL]),
        (["--image", "app:*"], [REMOVAL, DENIED]),
        (["--image", "app"], [REMOVAL, DENIED]),
        (["--image", "prod/team/*"], [REMOVAL, UNTAGGED]),
        (["--image", "team/app:3"], [REMOVAL]),
        (["--image", f"team/app@{digest('untagged')}"], [UNTAGGED]),
        (["--image", "App:*"], []),
        (["--since", "2026-03-02"], [COLLECTION, DENIED]),
        (["--until", "2026-03-01"], [REMOVAL, UNTAGGED]),
        (["--since", "2026-03-01T12:00:02", "--until", "2026-03-01T12:00:04"], [UNTAGGED]),
        (["--since", "2026-03-01T13:00:01+01:00", "--until", "2026-03-01T13:00:02+01:00"], [REMOVAL]),
        (["--since", "2027-01-01"], []),
    ],
)
def test_the_list_can_be_narrowed(story: Story, words: list[str], found: list[str]) -> None:
    assert listed(story, *words) == found


def test_what_the_list_says_to_machines_stays(story: Story) -> None:
    told: dict[str, Any] = json.loads(story.say("list", "--json").stdout.splitlines()[0])
    assert told == {
        "request": REMOVAL,
        "asked_at": "2026-03-01T12:00:01+00:00",
        "requester": ANN,
        "action": "rm",
        "registry": "prod",
        "targets": ["app:1", "team/app:2"],
        "reason": REASON,
        "state": "done",
        "decider": BEN,
        "decided_at": "2026-03-01T12:00:04+00:00",
        "cancelled_by": "",
        "ended_at": "2026-03-01T12:00:12+00:00",
        "steps": 2,
        "done": 1,
        "skipped": 1,
        "failed": 0,
        "frees": 1117,
        "exact": False,
        "freed": None,
        "why": "",
    }


def test_one_request_is_told_in_full_long_after_its_plan_is_forgotten(story: Story) -> None:
    before = story.say("show", REMOVAL).stdout
    forget(story)
    said = story.say("show", REMOVAL.upper())
    assert said.exit_code == 0
    assert said.stdout == before
    below = " " * 9
    assert said.stdout.splitlines() == [
        f"      1  2026-03-01 12:00:01  {ANN}     opened: rm; on prod; reason “the disk is full �[31m“again””",
        f"{below}app:1",
        f"{below}team/app:2",
        f"      2  2026-03-01 12:00:02  regclean     planned: 2 steps; frees {FREES}; plan {'a' * 64}",
        f"      4  2026-03-01 12:00:04  {BEN}     approved: plan {'a' * 64}; valid until 2026-03-02 12:00:03",
        "      5  2026-03-01 12:00:05  regclean     started: attempt 1",
        "      6  2026-03-01 12:00:06  regclean     step: 1; delete; app:1; done",
        f"{below}{digest('app:1')}",
        f"     11  2026-03-01 12:00:11  regclean     step: 2; delete; team/app:2, team/app:3; skipped; {MOVED}",
        f"{below}{digest('team/app:2, team/app:3')}",
        "     12  2026-03-01 12:00:12  regclean     done: 1 done; 1 skipped",
    ]


def test_alerts_and_denials_are_told_with_all_they_hold(story: Story) -> None:
    assert "damaged: app:9: a blob is gone" in story.say("show", COLLECTION).stdout
    assert "failed: freed, as measured, 2 kB (1,999 bytes)" in story.say("show", COLLECTION).stdout
    assert f"{CAT}     denied\n" in story.say("show", DENIED).stdout
    assert f"{CAT}     explained: it is in use; to {ANN}\n" in story.say("show", DENIED).stdout


def test_why_a_request_was_denied_may_be_said_after_its_end(story: Story) -> None:
    told = json.loads(story.say("list", "--json", "--state", "denied").stdout)
    assert (told["why"], told["ended_at"]) == ("it is in use", "2026-03-02T12:00:21+00:00")


def test_machines_get_the_entries_of_one_request_as_they_are(story: Story) -> None:
    said = story.say("show", DENIED, "--json")
    assert [json.loads(line) for line in said.stdout.splitlines()] == [
        entry.as_json() for entry in story.store.ledger.chain.of(DENIED)
    ]


@pytest.mark.parametrize("words", [["list"], ["list", "--since", "2026-03-02"], ["show", DENIED]])
def test_nobody_is_shown_a_forged_chain_without_being_told(story: Story, words: list[str]) -> None:
    rewrite(story.store, lambda entry: entry.sequence != 15, what_it_had)
    said = story.say(*words)
    assert said.exit_code == 1
    assert said.stderr.startswith("Do not trust what is shown: ")
    unkeyed = story.say(*words, key="")
    assert unkeyed.exit_code == 0
    assert "Only their hashes were looked at" in unkeyed.stderr


@pytest.mark.parametrize("lies", [[], ["4"], ["3"], ["99"]], ids=["none", "later", "another's", "nothing there"])
def test_a_changed_list_of_a_requests_entries_hides_nothing(story: Story, lies: list[str]) -> None:
    honest = story.say("show", REMOVAL).stdout
    assert honest
    story.store.redis.delete(keys.events(REMOVAL))
    for each in lies:
        story.store.redis.rpush(keys.events(REMOVAL), each)
    assert story.say("show", REMOVAL).stdout == honest


def test_an_entry_that_is_gone_is_missed_wherever_reading_begins(story: Story) -> None:
    story.store.redis.xdel(keys.AUDIT, "14-0")
    for words in (["list"], ["show", REMOVAL], ["show", COLLECTION]):
        said = story.say(*words)
        assert said.exit_code == 1, words
        assert "jumps from entry 13 to entry 15" in said.stderr


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["list", "--since", "yesterday"], "--since “yesterday” is no day or time; write it as 2026-11-24 or"),
        (["list", "--since", "2026-03-02", "--until", "2026-03-01"], "is not after --since 2026-03-02; exchange them."),
        (["list", "--action", "ls"], "--action “ls” is not known; choose from rm, gc."),
        (["list", "--state", "over"], "--state “over” is not known; choose from planning, "),
        (["show", "app:1"], "“app:1” is not a request; a request looks like"),
        (["show", "r-zzzzzzzz"], "The audit chain tells of no request r-zzzzzzzz; “regclean audit list” shows"),
        (["export", "--format", "xml"], "--format “xml” is not known; choose from jsonl, csv."),
    ],
)
def test_what_cannot_be_understood_is_answered_in_one_sentence(story: Story, words: list[str], sentence: str) -> None:
    refused = story.say(*words).exception
    assert isinstance(refused, BadInput)
    assert sentence in refused.sentence


def test_a_long_chain_is_read_page_by_page(story: Story) -> None:
    """However many entries there are, no answer of Redis holds more than one page of them."""
    for number in range(4, 24):
        story.store.ledger.tell(UNTAGGED, [_step(each) for each in range(100 * number, 100 * number + 100)])
    story.store.redis.config_resetstat()
    assert story.say("list").exit_code == 0
    calls = story.store.redis.info("commandstats")["cmdstat_xrange"]["calls"]
    assert calls == 6


def _step(number: int) -> Event:
    return Event.of(Happened.STEP, step=number, verb="delete", reference=f"team/app:{number}", result="done")
