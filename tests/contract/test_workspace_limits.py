"""What runs out: rate limits, triggers, response URLs and socket tickets, with a clock that the tests move."""

import contextlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler

from demo.workspace import RunningWorkspace, WorkspaceSettings, running_workspace
from demo.workspace.content import PLATFORM, REGISTRY_CLEAN
from demo.workspace.settings import Rates
from tests.contract.bolt_apps import socket_app
from tests.contract.workspace_clients import async_caller, refused, sync_caller

VIEW = {"type": "modal", "title": {"type": "plain_text", "text": "Hi"}, "blocks": [{"type": "divider"}]}


@pytest.fixture
def workspace() -> Iterator[RunningWorkspace]:
    with running_workspace() as running:
        yield running


def test_a_channel_takes_a_burst_and_then_a_message_a_second(workspace: RunningWorkspace) -> None:
    call = sync_caller(workspace)
    for number in range(5):
        call("chat_postMessage", channel=PLATFORM, text=str(number))
    with refused("ratelimited") as found:
        call("chat_postMessage", channel="#platform", text="too much")
    call("chat_postMessage", channel=REGISTRY_CLEAN, text="another channel")
    workspace.advance(1)
    call("chat_postMessage", channel=PLATFORM, text="later")

    assert (found.status, found.headers["Retry-After"]) == (429, "1")
    assert [each.text for each in workspace.rita.sees(PLATFORM)] == ["0", "1", "2", "3", "4", "later"]


@pytest.mark.parametrize(
    ("method", "arguments", "a_minute"),
    [
        ("usergroups_list", {}, 20),
        ("conversations_history", {"channel": PLATFORM}, 50),
        ("users_info", {"user": "U0RITA00001"}, 100),
    ],
)
def test_a_tier_is_a_minutes_calls(
    workspace: RunningWorkspace, method: str, arguments: dict[str, Any], a_minute: int
) -> None:
    call = sync_caller(workspace)
    for _ in range(a_minute):
        call(method, **arguments)
    with refused("ratelimited") as found:
        call(method, **arguments)
    wait = int(found.headers["Retry-After"])
    workspace.advance(wait)
    call(method, **arguments)

    assert wait == max(1, -(-60 // a_minute))


def test_who_comes_before_the_time_that_was_named_is_seen(workspace: RunningWorkspace) -> None:
    call = sync_caller(workspace)
    for number in range(5):
        call("chat_postMessage", channel=PLATFORM, text=str(number))
    with refused("ratelimited"):
        call("chat_postMessage", channel=PLATFORM, text="too much")
    call("chat_postMessage", channel=REGISTRY_CLEAN, text="another channel")
    call("auth_test")
    assert workspace.early_calls == []
    with refused("ratelimited"):
        call("chat_postMessage", channel="#platform", text="still too much")
    (early,) = workspace.early_calls
    assert (early["method"], early["channel"]) == ("chat.postMessage", PLATFORM)
    assert 0 <= early["after"] < 1
    assert 0 < early["seconds_early"] <= 1
    workspace.advance(2)
    call("chat_postMessage", channel=PLATFORM, text="later")
    assert workspace.early_calls == [early]


def test_a_pause_that_was_ordered_is_for_its_method_in_every_channel(workspace: RunningWorkspace) -> None:
    call = async_caller(workspace)
    workspace.trouble("conversations.history", retry_after=30, calls=1)
    with refused("ratelimited"):
        call("conversations_history", channel=PLATFORM)
    workspace.advance(20)
    call("conversations_history", channel=REGISTRY_CLEAN)
    call("conversations_replies", channel=PLATFORM, ts=call("chat_postMessage", channel=PLATFORM, text="x")["ts"])
    assert [each["method"] for each in workspace.early_calls] == ["conversations.history"]
    assert 20 <= workspace.early_calls[0]["after"] < 25


def test_response_urls_pause_in_their_channel(workspace: RunningWorkspace, command: dict[str, Any]) -> None:
    workspace.trouble("response_url", retry_after=30, calls=1)
    assert respond(command).headers["Retry-After"] == "30"
    assert respond(command).status_code == 200
    (early,) = workspace.early_calls
    assert (early["method"], early["channel"]) == ("response_url", REGISTRY_CLEAN)


def test_slacks_own_retry_handler_gets_through(workspace: RunningWorkspace) -> None:
    client = WebClient(
        token=workspace.bot_token,
        base_url=workspace.api_url,
        retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=1)],
    )
    for number in range(6):
        client.chat_postMessage(channel=PLATFORM, text=str(number))

    assert len(workspace.rita.sees(PLATFORM)) == 6
    assert workspace.early_calls == []


def test_rates_are_settings() -> None:
    with running_workspace(WorkspaceSettings(rates=Rates(post_burst=1, posts_per_second=0.1))) as workspace:
        call = async_caller(workspace)
        call("chat_postMessage", channel=PLATFORM, text="one")
        with refused("ratelimited") as found:
            call("chat_postMessage", channel=PLATFORM, text="two")
    assert found.headers["Retry-After"] == "10"


@pytest.fixture
def command(workspace: RunningWorkspace) -> Iterator[dict[str, Any]]:
    """A command as an app received it, that only acknowledged it."""
    commands: list[dict[str, Any]] = []

    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def keep(ack: Any, command: Any) -> None:
            commands.append(command)
            await ack()

    with socket_app(workspace, install):
        workspace.rita.types("/regclean")
        yield commands[0]


def test_a_trigger_works_once(workspace: RunningWorkspace, command: dict[str, Any]) -> None:
    call = sync_caller(workspace)
    with refused("invalid_arguments"):
        call(
            "views_open",
            trigger_id=command["trigger_id"],
            view={**VIEW, "title": {"type": "plain_text", "text": "x" * 25}},
        )
    call("views_open", trigger_id=command["trigger_id"], view=VIEW)
    with refused("exchanged_trigger_id"):
        call("views_open", trigger_id=command["trigger_id"], view=VIEW)
    with refused("invalid_trigger_id"):
        call("views_open", trigger_id="1.2.made-up", view=VIEW)


def test_a_trigger_lasts_three_seconds(workspace: RunningWorkspace, command: dict[str, Any]) -> None:
    workspace.advance(3.1)
    with refused("expired_trigger_id"):
        async_caller(workspace)("views_open", trigger_id=command["trigger_id"], view=VIEW)
    assert workspace.rita.modal() is None


def respond(command: dict[str, Any], **body: Any) -> httpx.Response:
    return httpx.post(command["response_url"], json={"text": "x", **body}, trust_env=False)


def test_a_response_url_works_five_times(workspace: RunningWorkspace, command: dict[str, Any]) -> None:
    answers = [respond(command) for _ in range(6)]

    assert [(each.status_code, each.text) for each in answers[:5]] == [(200, "ok")] * 5
    assert (answers[5].status_code, answers[5].json()) == (404, {"ok": False, "error": "used_url"})
    assert len(workspace.rita.sees()) == 5


def test_a_response_url_lasts_thirty_minutes(workspace: RunningWorkspace, command: dict[str, Any]) -> None:
    workspace.advance(1799)
    assert respond(command).status_code == 200
    workspace.advance(2)
    late = respond(command)
    assert (late.status_code, late.json()) == (404, {"ok": False, "error": "expired_url"})
    forged = httpx.post(command["response_url"] + "x", json={"text": "x"}, trust_env=False)
    assert forged.status_code == 404


def test_a_response_url_keeps_to_the_rules_of_messages(workspace: RunningWorkspace, command: dict[str, Any]) -> None:
    empty = respond(command, text="")
    broken = respond(command, blocks=[{"type": "section"}])
    thread = workspace.rita.types("parent")["ts"]
    respond(command, text="in thread", thread_ts=thread, response_type="in_channel")

    assert (empty.status_code, empty.json()["error"]) == (400, "no_text")
    assert (broken.status_code, broken.json()["error"]) == (400, "invalid_blocks")
    parent = workspace.ada.sees()[0]
    assert [each.text for each in workspace.ada.thread(parent)] == ["parent", "in thread"]


def test_a_view_is_pushed_on_an_open_one_only(workspace: RunningWorkspace, command: dict[str, Any]) -> None:
    with refused("not_found"):
        sync_caller(workspace)("views_push", trigger_id=command["trigger_id"], view=VIEW)


def test_a_modal_stack_takes_three_views(workspace: RunningWorkspace) -> None:
    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def push(ack: Any, command: Any, client: Any) -> None:
            method = client.views_push if command["text"] else client.views_open
            view = {**VIEW, "callback_id": command["text"] or "root"}
            with contextlib.suppress(SlackApiError):
                await method(trigger_id=command["trigger_id"], view=view)
            await ack()

    with socket_app(workspace, install):
        for word in ("", "second", "third", "fourth"):
            workspace.rita.types(f"/regclean {word}")

    stack = workspace.read("control/screen", user=workspace.rita.id)["views"]
    assert [view["callback_id"] for view in stack] == ["root", "second", "third"]
    assert {view["root_view_id"] for view in stack} == {stack[0]["id"]}
    assert stack[2]["previous_view_id"] == stack[1]["id"]
    assert [each["outcome"] for each in workspace.calls("views.push")] == ["ok", "ok", "push_limit_reached"]


def test_a_view_is_updated_only_as_its_caller_knew_it(workspace: RunningWorkspace, command: dict[str, Any]) -> None:
    call = sync_caller(workspace)
    opened = call("views_open", trigger_id=command["trigger_id"], view={**VIEW, "external_id": "mine"})["view"]
    call("views_update", external_id="mine", hash=opened["hash"], view=VIEW)
    with refused("hash_conflict"):
        call("views_update", view_id=opened["id"], hash=opened["hash"], view=VIEW)
    with refused("not_found"):
        call("views_update", view_id="V0NOWHERE01", view=VIEW)
    with refused("invalid_arguments"):
        call("views_update", view_id=opened["id"], view={"type": "home", "blocks": []})
    shown = workspace.rita.waits_for_modal()
    workspace.rita.closes(shown)
    with refused("not_found"):
        call("views_update", view_id=opened["id"], view=VIEW)


def test_a_home_tab_is_published_for_a_user(workspace: RunningWorkspace) -> None:
    call = async_caller(workspace)
    home = {"type": "home", "blocks": [{"type": "divider"}]}
    first = call("views_publish", user_id=workspace.rita.id, view=home)["view"]
    call("views_publish", user_id=workspace.rita.id, view=home, hash=first["hash"])
    with refused("hash_conflict"):
        call("views_publish", user_id=workspace.rita.id, view=home, hash=first["hash"])
    with refused("user_not_found"):
        call("views_publish", user_id="U0NOBODY001", view=home)
    with refused("invalid_arguments"):
        call("views_publish", user_id=workspace.rita.id, view=VIEW)


def test_a_socket_ticket_opens_one_connection_soon(workspace: RunningWorkspace) -> None:
    call = sync_caller(workspace)
    late = call("apps_connections_open", app_token=workspace.app_token)["url"].replace("ws:", "http:")
    workspace.advance(31)
    assert httpx.get(late, trust_env=False).status_code == 403
    with pytest.raises(SlackApiError, match="not_allowed_token_type"):
        call("apps_connections_open", app_token=workspace.bot_token)
