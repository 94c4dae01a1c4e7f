"""Pauses that Slack asks for with a 429: waited out by every process, and only for the method and channel named."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from slack_sdk.errors import SlackApiError

from bot import replies
from demo.workspace import running_workspace
from tests.office import Office, at_work, configuration, settings_for
from tests.samples import PLAN
from tests.scenario.bot.test_threads import files, plan
from tests.scenario.bot.test_troubles import cards
from workers.core.errors import Unavailable
from workers.core.request import Request
from workers.store.cards import CardRecord


def planned(at: Office, number: int = 1) -> Request:
    at.workspace.rita.types(f"/regclean rm prod/app:{number} prod/team/app:2 --reason old")
    return at.plans(at.requests()[0], PLAN)


def with_time(seconds: float) -> None:
    """Let one call to Slack take so long with all its tries."""
    replies.use(replace(replies.room(), longest=seconds))


@pytest.mark.parametrize("method", ["chat.update", "chat.getPermalink", "response_url", "conversations.open"])
def test_a_pause_that_slack_asks_for_is_waited_out(at_office: Office, method: str) -> None:
    with_time(30)
    request = planned(at_office)
    if method == "conversations.open":
        at_office.workspace.trouble("response_url", error="used_url", status=404)
    at_office.workspace.trouble(method, retry_after=3, calls=1)
    at_office.settle()
    at_office.workspace.ada.clicks(at_office.card(request), "Approve")
    at_office.settle()
    assert "*Approved*" in at_office.card(request).plain
    answers = [each["status"] for each in at_office.workspace.calls(method)]
    assert (answers[0], set(answers[1:])) == (429, {200})
    assert at_office.workspace.early_calls == []
    assert at_office.store.cards.behind() == ()


@pytest.mark.parametrize(
    ("posting", "method"), [("card", "conversations.history"), ("thread", "conversations.replies")]
)
def test_a_pause_while_it_looks_whether_a_message_stands_is_waited_out(
    at_office: Office, posting: str, method: str
) -> None:
    with_time(30)
    request = planned(at_office)
    at_office.settle()
    card = at_office.card(request)
    at_office.store.cards.save(request.id, CardRecord(posting="card"))
    if posting == "thread":
        replies.show(request.id)
        at_office.store.cards.save(request.id, at_office.store.cards.load(request.id).but(told=0, posting="thread"))
    at_office.workspace.trouble(method, retry_after=3, calls=1)
    replies.show(request.id)
    assert [each.ts for each in cards(at_office)] == [card.ts]
    assert [each["status"] for each in at_office.workspace.calls(method)][-2:] == [429, 200]
    assert at_office.workspace.early_calls == []


def test_a_pause_holds_every_process_and_only_what_slack_named(at_office: Office) -> None:
    """One channel's posts wait; those of another, and edits, go on."""
    first = planned(at_office)
    at_office.settle()
    elsewhere = at_office.workspace.new_channel("clean-elsewhere", with_app=True)
    with_time(1)
    room = replies.room()
    at_office.workspace.trouble("chat.postMessage", retry_after=60, calls=1)
    at_office.workspace.ada.clicks(at_office.card(first), "Deny")
    with pytest.raises(SlackApiError, match="ratelimited"):
        replies.show(first.id)
    assert "*Denied*" in at_office.card(first).plain
    with pytest.raises(Unavailable, match=r"Slack takes no chat.postMessage for \d\d seconds"):
        replies.show(first.id)
    replies.use(replace(room, config=configuration(channels={"default": elsewhere})))
    at_office.workspace.rita.types("/regclean rm prod/app:9 --reason old")
    at_office.plans(at_office.requests()[0], PLAN)
    replies.show(at_office.requests()[0].id)
    assert len(cards(at_office, elsewhere)) == 1
    assert at_office.workspace.early_calls == []


@pytest.mark.parametrize("method", ["files.getUploadURLExternal", "files.completeUploadExternal"])
def test_a_pause_that_slack_asks_for_while_a_file_goes_up_is_waited_out(at_office: Office, method: str) -> None:
    with_time(30)
    at_office.workspace.trouble(method, retry_after=3, calls=1)
    request = at_office.approved(plan(16))
    assert list(files(at_office, request)) == [f"plan-{request.id}.csv"]
    assert [each["status"] for each in at_office.workspace.calls(method)] == [429, 200]
    assert at_office.workspace.early_calls == []


def test_a_pause_that_one_process_was_asked_for_holds_the_others(at_office: Office) -> None:
    requests = [planned(at_office, number) for number in range(4)]
    with_time(30)
    at_office.workspace.trouble("chat.postMessage", retry_after=3, calls=1)
    with ThreadPoolExecutor(4) as threads:
        first = threads.submit(replies.show, requests[0].id)
        at_office.workspace.wait_for(lambda: at_office.workspace.calls("chat.postMessage"))
        threading.Event().wait(0.2)
        others = [threads.submit(replies.show, each.id) for each in requests[1:]]
        for shown in (first, *others):
            shown.result()
    assert [each["status"] for each in at_office.workspace.calls("chat.postMessage")].count(429) == 1
    assert at_office.workspace.early_calls == []
    assert all("Approve" in at_office.card(each).buttons for each in requests)


@pytest.mark.parametrize("method", ["auth.test", "apps.connections.open"])
def test_a_start_waits_as_long_as_slack_asks(redis_url: str, method: str) -> None:
    with running_workspace() as workspace:
        workspace.trouble(method, retry_after=3, calls=1)
        with at_work(settings_for(workspace, redis_url, "socket"), configuration()):
            workspace.wait_connected()
        assert [each["status"] for each in workspace.calls(method)][:2] == [429, 200]
        assert workspace.early_calls == []
