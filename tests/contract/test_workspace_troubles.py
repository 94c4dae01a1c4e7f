"""The troubles that tests can order, each as the app meets it."""

import asyncio
import time
from collections.abc import Iterator
from typing import Any
from urllib.error import HTTPError, URLError

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web.async_client import AsyncWebClient

from demo.workspace import RunningWorkspace, running_workspace
from demo.workspace.content import PLATFORM
from tests.contract.bolt_apps import socket_app
from tests.contract.workspace_clients import Caller, async_caller, refused, sync_caller


@pytest.fixture
def workspace() -> Iterator[RunningWorkspace]:
    with running_workspace() as running:
        yield running


def texts(workspace: RunningWorkspace) -> list[str]:
    return [each.text for each in workspace.rita.sees(PLATFORM)]


def test_an_error_for_some_calls_of_one_method(workspace: RunningWorkspace) -> None:
    call = sync_caller(workspace)
    workspace.trouble("chat.postMessage", error="internal_error", calls=2)
    for _ in range(2):
        with refused("internal_error"):
            call("chat_postMessage", channel=PLATFORM, text="lost")
        call("auth_test")
    call("chat_postMessage", channel=PLATFORM, text="said")

    assert texts(workspace) == ["said"]


def test_an_error_for_some_time(workspace: RunningWorkspace) -> None:
    call = async_caller(workspace)
    workspace.trouble("*", error="service_unavailable", seconds=60)
    with refused("service_unavailable"):
        call("auth_test")
    workspace.advance(61)
    call("auth_test")


def test_a_status_and_a_limit(workspace: RunningWorkspace) -> None:
    call = async_caller(workspace)
    workspace.trouble("auth.test", status=503, calls=1)
    workspace.trouble("auth.test", retry_after=7, calls=1)
    with refused("fatal_error") as broken:
        call("auth_test")
    with refused("ratelimited") as limited:
        call("auth_test")

    assert broken.status == 503
    assert (limited.status, limited.headers["Retry-After"]) == (429, "7")


def test_a_late_answer(workspace: RunningWorkspace) -> None:
    workspace.trouble("auth.test", delay=0.3, calls=1)
    start = time.monotonic()
    sync_caller(workspace)("auth_test")
    assert 0.3 <= time.monotonic() - start < 2


def test_a_lost_answer_to_a_call_that_was_carried_out(workspace: RunningWorkspace) -> None:
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url, retry_handlers=[])
    workspace.trouble("chat.postMessage", drop=True, after=True, calls=1)
    with pytest.raises(aiohttp.ClientError):
        Caller(client)("chat_postMessage", channel=PLATFORM, text="said all the same")

    assert texts(workspace) == ["said all the same"]


def test_slacks_own_client_says_it_twice_when_the_answer_is_lost(workspace: RunningWorkspace) -> None:
    workspace.trouble("chat.postMessage", drop=True, after=True, calls=1)
    async_caller(workspace)("chat_postMessage", channel=PLATFORM, text="echo")

    assert texts(workspace) == ["echo", "echo"]


def test_slack_away(workspace: RunningWorkspace) -> None:
    client = WebClient(token=workspace.bot_token, base_url=workspace.api_url, retry_handlers=[])
    workspace.accept(on=False)
    with pytest.raises((URLError, HTTPError, ConnectionError)):
        client.auth_test()
    workspace.accept(on=True)
    assert client.auth_test()["ok"]


def test_troubles_are_cleared_and_checked(workspace: RunningWorkspace) -> None:
    workspace.trouble("*", error="fatal_error")
    workspace.no_trouble()
    sync_caller(workspace)("auth_test")
    with pytest.raises(ValueError, match="not \\['colour'\\]"):
        workspace.trouble("*", colour="red")


def test_response_urls_have_troubles_too(workspace: RunningWorkspace) -> None:
    statuses: list[int] = []

    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def answer(ack: Any, respond: Any) -> None:
            await ack()
            statuses.append((await respond("one")).status_code)
            statuses.append((await respond("two")).status_code)

    workspace.trouble("response_url", status=500, calls=1)
    with socket_app(workspace, install):
        workspace.rita.types("/regclean", channel=PLATFORM)
        workspace.rita.waits_for(lambda each: each.text == "two", PLATFORM)

    assert statuses == [500, 200]
    assert texts(workspace) == ["two"]


def test_payloads_delivered_twice_run_twice(workspace: RunningWorkspace) -> None:
    triggers: list[str] = []

    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def count(ack: Any, command: Any) -> None:
            triggers.append(command["trigger_id"])
            await ack("heard")

    workspace.deliver_twice()
    with socket_app(workspace, install):
        workspace.rita.types("/regclean", channel=PLATFORM)
        workspace.wait_for(lambda: len(workspace.payloads()) == 2)

    assert len(triggers) == 2
    assert len(set(triggers)) == 1
    assert texts(workspace) == ["heard"]


def test_every_call_and_payload_is_kept_for_looking_into(workspace: RunningWorkspace) -> None:
    call = sync_caller(workspace)
    call("chat_postMessage", channel=PLATFORM, text="x")
    with pytest.raises(SlackApiError):
        call("chat_postMessage", channel="C0NOWHERE01", text="x")

    calls = workspace.calls("chat.postMessage")
    assert [each["outcome"] for each in calls] == ["ok", "channel_not_found"]
    assert calls[0]["arguments"]["text"] == "x"
    assert workspace.bot_token not in str(calls)


async def test_the_stream_tells_a_page_what_happens(workspace: RunningWorkspace) -> None:
    async with aiohttp.ClientSession() as session:
        stream = await session.ws_connect(f"{workspace.url}/_/stream?user={workspace.rita.id}")
        call = sync_caller(workspace)

        def act() -> None:
            ts = call("chat_postMessage", channel=PLATFORM, text="one")["ts"]
            call("chat_update", channel=PLATFORM, ts=ts, text="two")
            call("chat_delete", channel=PLATFORM, ts=ts)
            call("chat_postEphemeral", channel=PLATFORM, user=workspace.ada.id, text="not for Rita")
            call("views_publish", user_id=workspace.rita.id, view={"type": "home", "blocks": []})
            workspace.rita.types("/nothing")

        await asyncio.to_thread(act)
        items = [await stream.receive_json(timeout=5) for _ in range(5)]
        await stream.close()

    kinds = ["message", "message_changed", "message_deleted", "home", "note"]
    assert [each["type"] for each in items] == kinds
    assert items[1]["message"]["text"] == "two"
    assert items[4] == {"type": "note", "text": "/nothing is not a valid command.", "kind": "error"}
