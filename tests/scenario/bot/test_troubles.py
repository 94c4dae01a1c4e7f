"""What happens while Slack, Redis or the bot's own process fail: nothing is lost, and nothing is said twice."""

import os
import signal
import socket
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from slack_sdk.errors import SlackApiError

from bot import replies
from demo.parts.redis import RedisProcess
from demo.workspace import Seen
from demo.workspace.content import REGISTRY_CLEAN
from tests.office import Office, configuration, office
from tests.samples import PLAN
from workers.core.outcome import Outcome, Result
from workers.core.request import Request, State
from workers.store.cards import CardRecord


def planned(at: Office) -> Request:
    at.workspace.rita.types("/regclean rm prod/app:1 prod/team/app:2 --reason old")
    return at.plans(at.only_request(), PLAN)


def cards(at: Office, channel: str = REGISTRY_CLEAN) -> list[Seen]:
    return [each for each in at.workspace.bob.sees(channel) if each.bot and not each.is_ephemeral]


@pytest.mark.parametrize(
    "fault",
    [
        {"error": "internal_error", "calls": 2},
        {"status": 500, "calls": 2},
        {"retry_after": 1, "calls": 1},
        {"drop": True, "calls": 2},
        {"drop": True, "after": True, "calls": 1},
        {"status": 503, "after": True, "calls": 1},
    ],
    ids=["error", "500", "429", "cut", "said but not heard", "said and denied"],
)
def test_a_card_is_posted_once_whatever_slack_answers_for_a_while(at_office: Office, fault: dict[str, int]) -> None:
    request = planned(at_office)
    at_office.workspace.trouble("chat.postMessage", **fault)
    at_office.settle()
    assert len(cards(at_office)) == 1
    thread = at_office.workspace.bob.thread(at_office.card(request))[1:]
    assert [each.plain.count("asked to remove") for each in thread] == [1]
    assert at_office.store.cards.behind() == ()
    assert at_office.workspace.early_calls == []


@pytest.mark.parametrize("method", ["chat.update", "chat.getPermalink", "response_url"])
def test_other_calls_are_tried_again_too(at_office: Office, method: str) -> None:
    request = planned(at_office)
    at_office.workspace.trouble(method, status=500, calls=2)
    at_office.settle()
    at_office.workspace.ada.clicks(at_office.card(request), "Approve")
    at_office.settle()
    assert "*Approved*" in at_office.card(request).plain
    assert at_office.store.cards.behind() == ()


def test_slack_away_for_long_is_caught_up_later(at_office: Office) -> None:
    request = planned(at_office)
    at_office.workspace.trouble("chat.postMessage", status=503)
    with pytest.raises(SlackApiError):
        at_office.settle()
    assert at_office.store.cards.behind() == (request.id,)
    at_office.workspace.no_trouble()
    replies.show(request.id)
    assert len(cards(at_office)) == 1
    assert at_office.store.cards.behind() == ()


def test_a_process_that_died_after_posting_does_not_post_again(at_office: Office) -> None:
    request = planned(at_office)
    at_office.settle()
    card = at_office.card(request)
    # As it was when the process died: Slack had posted, and nothing of that was written down.
    at_office.store.cards.save(request.id, CardRecord(posting="card"))
    replies.show(request.id)
    assert [each.ts for each in cards(at_office)] == [card.ts]
    at_office.store.cards.save(request.id, at_office.store.cards.load(request.id).but(told=0, posting="thread"))
    replies.show(request.id)
    assert len(at_office.workspace.bob.thread(card)[1:]) == 2
    assert at_office.store.cards.load(request.id).told == 2


def test_a_card_left_by_a_process_that_died_is_brought_up_to_date(at_office: Office) -> None:
    request = planned(at_office)
    at_office.settle()
    card = at_office.card(request)
    at_office.workspace.ada.clicks(card, "Deny")
    at_office.store.cards.save(request.id, CardRecord(posting="card"))
    at_office.settle()
    assert [each.ts for each in cards(at_office)] == [card.ts]
    assert "*Denied*" in at_office.card(request).plain
    assert at_office.store.cards.behind() == ()


def test_without_the_scope_to_look_it_posts_all_the_same(at_office: Office) -> None:
    request = planned(at_office)
    at_office.store.cards.save(request.id, at_office.store.cards.load(request.id).but(posting="card"))
    at_office.workspace.trouble("conversations.history", error="missing_scope")
    at_office.settle()
    assert len(cards(at_office)) == 1


def test_a_card_that_somebody_deleted_is_posted_anew(at_office: Office) -> None:
    request = planned(at_office)
    at_office.settle()
    at_office.workspace.trouble("chat.update", error="message_not_found", calls=1)
    at_office.workspace.ada.clicks(at_office.card(request), "Deny")
    at_office.settle()
    renewed = cards(at_office)[-1]
    assert "*Denied*" in renewed.plain
    assert at_office.store.cards.load(request.id).ts == renewed.ts
    told = "\n".join(each.plain for each in at_office.workspace.bob.thread(renewed)[1:])
    assert [part for part in ("asked to remove", "Planned", "denied it") if part not in told] == []


@pytest.mark.parametrize("method", ["chat.update", "chat.postMessage"])
def test_a_bot_that_was_thrown_out_says_so(at_office: Office, method: str) -> None:
    request = planned(at_office)
    at_office.settle()
    card = at_office.card(request)
    at_office.workspace.trouble(method, error="not_in_channel", calls=1)
    at_office.workspace.ada.clicks(card, "Deny")
    at_office.settle()
    at_office.workspace.rita.waits_for(lambda each: each.is_ephemeral and "I am not in <#C" in each.plain)
    assert at_office.store.cards.behind() == (request.id,)
    replies.show(request.id)
    assert "*Denied*" in at_office.card(request).plain
    assert at_office.store.cards.behind() == ()


@pytest.fixture
def elsewhere(redis_url: str) -> Iterator[Office]:
    """Cards go to a channel that the bot is not in."""
    with office(redis_url) as running:
        channel = running.workspace.new_channel("clean-elsewhere", with_app=False)
        config = configuration(channels={"default": channel})
        room = replies.room()
        replies.use(replies.Room(store=room.store, config=config, access=room.access, rates=room.rates, longest=5))
        yield running


def test_a_bot_that_is_not_in_the_channel_says_so_once(elsewhere: Office) -> None:
    request = planned(elsewhere)
    elsewhere.settle()
    rita = elsewhere.workspace.rita
    said = [each for each in rita.sees() if "I am not in <#C" in each.plain]
    assert [each.is_ephemeral for each in said] == [True]
    assert "invite me there with `/invite @regclean`, the card will follow." in said[0].plain
    replies.show(request.id)
    assert len([each for each in rita.sees() if "I am not in" in each.plain]) == 1
    assert elsewhere.store.cards.behind() == (request.id,)

    channel = replies.room().config.channels.default
    elsewhere.invited_to(channel)
    replies.show(request.id)
    assert len(cards(elsewhere, channel)) == 1
    assert "asked to remove" in elsewhere.workspace.bob.thread(cards(elsewhere, channel)[0])[1].plain
    assert elsewhere.store.cards.behind() == ()


def test_a_spent_response_url_becomes_a_direct_message(at_office: Office) -> None:
    request = planned(at_office)
    at_office.workspace.advance(1_801)
    at_office.settle()
    rita = at_office.workspace.rita
    (sent,) = rita.sees(rita.dm)
    assert at_office.card(request).permalink in sent.plain.replace("&amp;", "&")


def test_an_address_that_somebody_put_into_redis_is_not_called(at_office: Office) -> None:
    request = planned(at_office)
    with socket.create_server(("127.0.0.1", 0)) as elsewhere:
        url = f"http://127.0.0.1:{elsewhere.getsockname()[1]}/"
        at_office.changes(request, lambda asked: replace(asked, origin=replace(asked.origin, response_url=url)))
        at_office.settle()
        elsewhere.settimeout(0.1)
        with pytest.raises(TimeoutError):
            elsewhere.accept()
    rita = at_office.workspace.rita
    assert at_office.card(request).permalink in rita.sees(rita.dm)[0].plain.replace("&amp;", "&")


def test_an_asker_who_cannot_be_reached_stops_nothing(at_office: Office) -> None:
    planned(at_office)
    at_office.workspace.trouble("response_url", error="used_url", status=404)
    at_office.workspace.trouble("conversations.open", error="user_disabled")
    at_office.settle()
    assert at_office.store.cards.behind() == ()


def test_an_old_request_is_answered_by_direct_message_without_trying(at_office: Office) -> None:
    request = planned(at_office)
    at_office.settle()
    early = at_office.store.clock().replace(year=2020)
    at_office.changes(request, lambda asked: replace(asked, created_at=early))
    at_office.workspace.ada.clicks(at_office.card(request), "Deny")
    at_office.settle()
    answers = [each["arguments"]["text"] for each in at_office.workspace.calls("response_url")]
    assert not [each for each in answers if "*Denied*" in each]
    assert "*Denied*" in at_office.workspace.rita.sees(at_office.workspace.rita.dm)[-1].plain


def test_mere_progress_never_waits_and_the_end_is_always_shown(at_office: Office) -> None:
    request = at_office.approved(PLAN)
    at_office.starts(request)
    at_office.settle()
    at_office.workspace.trouble("chat.update", retry_after=1, calls=1)
    at_office.steps(request, [Outcome(step=0, result=Result.DONE)])
    replies.show(request.id)
    before = len(at_office.workspace.calls("chat.update"))
    at_office.steps(request, [Outcome(step=1, result=Result.DONE)])
    started = time.monotonic()
    replies.show(request.id)
    assert time.monotonic() - started < 0.9
    assert len(at_office.workspace.calls("chat.update")) == before
    assert at_office.store.cards.behind() == (request.id,)
    at_office.ends(request, State.DONE)
    at_office.settle()
    assert "2 of 2 done" in at_office.card(request).plain
    assert at_office.store.cards.behind() == ()
    assert at_office.workspace.early_calls == []


def test_the_form_that_slack_refuses_is_told(at_office: Office) -> None:
    rita = at_office.workspace.rita
    at_office.workspace.trouble("views.open", error="expired_trigger_id", calls=1)
    rita.types("/regclean rm")
    rita.waits_for(lambda each: "Not taken: Slack waited too long for the form; try again." in each.plain)
    at_office.workspace.trouble("views.open", error="some_new_error", calls=1)
    rita.types("/regclean rm")
    rita.waits_for(lambda each: "tell whoever runs regclean: incident" in each.plain)


@pytest.fixture(params=["gone", "frozen"])
def without_redis(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Office]:
    """An office whose Redis is killed, or hangs, when the test begins."""
    with RedisProcess(tmp_path, durable=False) as server, office(server.url) as running:
        running.workspace.rita.types("/regclean rm prod/app:1 --reason old")
        running.plans(running.only_request(), PLAN)
        running.settle()
        pid = server.pid or 0
        os.kill(pid, signal.SIGKILL if request.param == "gone" else signal.SIGSTOP)
        try:
            yield running
        finally:
            if request.param == "frozen":
                os.kill(pid, signal.SIGCONT)


def test_without_redis_nothing_is_taken_and_everybody_is_told(without_redis: Office) -> None:
    people = without_redis.workspace
    card = next(each for each in people.ada.sees() if each.buttons)
    for typed in ("rm prod/app:2", "ls", "status", "cancel r-00000000", "gc prod"):
        assert people.rita.types(f"/regclean {typed}") == {"ok": True}, typed
        assert people.rita.sees()[-1].plain.startswith("Not taken: Redis "), typed
        assert "try again" in people.rita.sees()[-1].plain, typed
    assert people.ada.clicks(card, "Approve") == {"ok": True}
    people.ada.waits_for(lambda each: each.is_ephemeral and each.plain.startswith("Not taken: Redis "))
