"""Socket Mode itself: what travels over the socket, how many there may be, and what happens when they go."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import aiohttp
import pytest
from slack_bolt.app.async_app import AsyncApp

from demo.workspace import RunningWorkspace, WorkspaceSettings, running_workspace
from demo.workspace.content import APP_ID
from demo.workspace.settings import Patience
from tests.contract.bolt_apps import socket_app
from tests.contract.workspace_clients import sync_caller

Json = dict[str, Any]


@pytest.fixture
def workspace() -> Iterator[RunningWorkspace]:
    with running_workspace(WorkspaceSettings(patience=Patience(ack=1.0))) as running:
        yield running


async def connect(session: aiohttp.ClientSession, workspace: RunningWorkspace) -> aiohttp.ClientWebSocketResponse:
    opened = await asyncio.to_thread(sync_caller(workspace), "apps_connections_open", app_token=workspace.app_token)
    return await session.ws_connect(opened["url"])


async def test_a_command_travels_in_an_envelope(workspace: RunningWorkspace) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await connect(session, workspace)
        hello = await socket.receive_json(timeout=5)
        typed = asyncio.create_task(asyncio.to_thread(workspace.rita.types, "/regclean ls"))
        envelope = await socket.receive_json(timeout=5)
        await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "hello"}})
        answer = await typed
        await socket.close()

    assert (hello["type"], hello["num_connections"], hello["connection_info"]) == ("hello", 1, {"app_id": APP_ID})
    assert {"host", "build_number", "approximate_connection_time"} == set(hello["debug_info"])
    assert (envelope["type"], envelope["accepts_response_payload"]) == ("slash_commands", True)
    assert envelope["payload"]["command"] == "/regclean"
    assert answer == {"ok": True}
    assert [each.text for each in workspace.rita.sees()] == ["hello"]


async def test_an_event_carries_its_attempt(workspace: RunningWorkspace) -> None:
    async with aiohttp.ClientSession() as session:
        socket = await connect(session, workspace)
        await socket.receive_json(timeout=5)
        await asyncio.to_thread(workspace.rita.opens_home)
        first = await socket.receive_json(timeout=5)
        again = await socket.receive_json(timeout=5)
        await socket.send_json({"envelope_id": again["envelope_id"]})
        await socket.close()

    assert [(each["retry_attempt"], each["retry_reason"]) for each in (first, again)] == [(0, ""), (1, "timeout")]
    assert first["envelope_id"] != again["envelope_id"]
    assert first["payload"] == again["payload"]


async def test_ten_connections_and_no_more(workspace: RunningWorkspace) -> None:
    async with aiohttp.ClientSession() as session:
        sockets = [await connect(session, workspace) for _ in range(10)]
        hellos = [await socket.receive_json(timeout=5) for socket in sockets]
        eleventh = await connect(session, workspace)
        refusal = await eleventh.receive_json(timeout=5)
        end = await eleventh.receive(timeout=5)
        for socket in (*sockets, eleventh):
            await socket.close()

    assert [hello["num_connections"] for hello in hellos] == list(range(1, 11))
    assert (refusal["type"], refusal["reason"]) == ("disconnect", "too_many_websockets")
    assert end.type is aiohttp.WSMsgType.CLOSE


def test_each_payload_goes_to_one_of_the_connections(workspace: RunningWorkspace) -> None:
    heard: list[int] = []

    def install(number: int) -> Any:
        def installer(app: AsyncApp) -> None:
            @app.command("/regclean")
            async def count(ack: Any) -> None:
                heard.append(number)
                await ack()

        return installer

    with ExitStack() as stack:
        for number in range(3):
            stack.enter_context(socket_app(workspace, install(number)))
        for _ in range(6):
            workspace.rita.types("/regclean")

    assert sorted(heard) == [0, 0, 1, 1, 2, 2]


def echo(app: AsyncApp) -> None:
    @app.command("/regclean")
    async def answer(ack: Any, command: Any) -> None:
        await ack(command["text"])


def test_an_app_that_is_asked_to_connects_again(workspace: RunningWorkspace) -> None:
    with socket_app(workspace, echo):
        workspace.announce("refresh_requested")
        workspace.wait_for(lambda: len(workspace.calls("apps.connections.open")) == 2)
        # What goes to the old connection while the app changes over is lost, as it is with Slack.
        workspace.wait_for(lambda: workspace.rita.types("/regclean back")["ok"])
        assert workspace.sockets() == 1


def test_an_app_whose_socket_is_cut_comes_back(workspace: RunningWorkspace) -> None:
    with socket_app(workspace, echo):
        workspace.accept(on=False)
        assert workspace.drop_sockets() == 1
        assert workspace.rita.types("/regclean lost")["error"] == "app_not_responding"
        workspace.accept(on=True)
        workspace.wait_connected(seconds=15)
        assert workspace.rita.types("/regclean back") == {"ok": True}

    assert [each.text for each in workspace.rita.sees()] == ["back"]


async def test_what_no_one_may_answer_is_not_answered(workspace: RunningWorkspace) -> None:
    button = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
    call = sync_caller(workspace)
    call("chat_postMessage", channel="#registry-clean", text="card", blocks=[{"type": "actions", "elements": [button]}])
    async with aiohttp.ClientSession() as session:
        socket = await connect(session, workspace)
        await socket.receive_json(timeout=5)
        card = workspace.ada.sees()[0]
        clicked = asyncio.create_task(asyncio.to_thread(workspace.ada.clicks, card, "Go"))
        envelope: Json = await socket.receive_json(timeout=5)
        await socket.send_str("{no JSON")
        await socket.send_str("[]")
        await socket.send_json({"envelope_id": envelope["envelope_id"], "payload": {"text": "ignored"}})
        answer = await clicked
        await socket.close()

    assert (envelope["type"], envelope["accepts_response_payload"]) == ("interactive", False)
    assert answer == {"ok": True}
    assert [each.text for each in workspace.ada.sees()] == ["card"]


async def test_pings_are_answered(workspace: RunningWorkspace) -> None:
    async with aiohttp.ClientSession() as session:
        opened = await asyncio.to_thread(sync_caller(workspace), "apps_connections_open", app_token=workspace.app_token)
        socket = await session.ws_connect(opened["url"], autoping=False)
        await socket.receive_json(timeout=5)
        await socket.ping(b"sdk-ping-pong:1")
        pong = await socket.receive(timeout=5)
        await socket.close()

    assert (pong.type, bytes(pong.data)) == (aiohttp.WSMsgType.PONG, b"sdk-ping-pong:1")
