"""What no proper client sends, and events that few apps subscribe to."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from slack_bolt.app.async_app import AsyncApp

from demo.workspace import RunningWorkspace, Shortcut, WorkspaceSettings, running_workspace
from demo.workspace.content import APP_ID, BOT_USER, PLATFORM, RANDOM
from tests.contract.bolt_apps import socket_app
from tests.contract.workspace_clients import refused, sync_caller

EVENTS = frozenset({"app_home_opened", "app_mention", "message.im", "message.channels", "message.groups"})
ABOUT = Shortcut(callback_id="about", name="About")


@pytest.fixture
def workspace() -> Iterator[RunningWorkspace]:
    with running_workspace(WorkspaceSettings(events=EVENTS, message_shortcuts=(ABOUT,))) as running:
        yield running


def test_a_body_that_is_no_json_object_is_refused(workspace: RunningWorkspace) -> None:
    headers = {"Authorization": f"Bearer {workspace.bot_token}", "Content-Type": "application/json"}
    for body in ("{", "[]", '"text"'):
        answer = httpx.post(f"{workspace.api_url}auth.test", content=body, headers=headers, trust_env=False)
        assert answer.json() == {"ok": False, "error": "invalid_json"}


def test_a_token_may_come_in_the_form(workspace: RunningWorkspace) -> None:
    form = {"token": workspace.bot_token}
    answer = httpx.post(f"{workspace.api_url}auth.test", data=form, trust_env=False)
    assert answer.json()["user_id"] == BOT_USER
    assert "chat:write" in answer.headers["X-OAuth-Scopes"]


def test_an_upload_has_the_announced_size_and_comes_once(workspace: RunningWorkspace) -> None:
    call = sync_caller(workspace)
    ticket = call("files_getUploadURLExternal", filename="a.txt", length=3)
    url = ticket["upload_url"]

    assert httpx.post(url, content=b"four", trust_env=False).status_code == 400
    assert httpx.post(url, files={"file": ("a.txt", b"abc")}, trust_env=False).text == "OK - 3"
    assert httpx.post(url, content=b"abc", trust_env=False).text == "file_not_found"
    assert httpx.post(f"{workspace.url}/upload/v1/F0NOWHERE01", content=b"abc", trust_env=False).status_code == 400
    call("files_completeUploadExternal", files=[{"id": ticket["file_id"]}], channels=[PLATFORM])
    assert workspace.rita.sees(PLATFORM)[-1].files[0]["title"] == "a.txt"
    with refused("invalid_arguments"):
        call("files_completeUploadExternal", files=[], channel_id=PLATFORM)


def test_a_view_may_be_large_but_not_huge(workspace: RunningWorkspace) -> None:
    fields = [{"type": "mrkdwn", "text": "x" * 2000}] * 10
    blocks = [{"type": "section", "fields": fields}] * 20
    with refused("view_too_large"):
        sync_caller(workspace)("views_publish", user_id=workspace.rita.id, view={"type": "home", "blocks": blocks})


def test_messages_and_mentions_are_events_where_the_app_is_a_member(workspace: RunningWorkspace) -> None:
    events: list[tuple[str, str, str]] = []

    def install(app: AsyncApp) -> None:
        @app.event("message")
        @app.event("app_mention")
        async def keep(event: Any) -> None:
            events.append((event["type"], event.get("channel_type", ""), event["text"]))

    private = workspace.new_channel("secret", private=True, with_app=True)
    with socket_app(workspace, install):
        workspace.rita.types("hello", channel=workspace.rita.dm)
        workspace.rita.types("hidden", channel=private)
        workspace.rita.types("not for the app", channel=RANDOM)
        workspace.rita.types("@regclean hi", channel=PLATFORM)
        workspace.wait_for(lambda: len(workspace.payloads()) == 4)

    mention = f"<@{BOT_USER}|regclean> hi"
    assert sorted(events) == [
        ("app_mention", "", mention),
        ("message", "channel", mention),
        ("message", "group", "hidden"),
        ("message", "im", "hello"),
    ]
    assert {each["payload"]["api_app_id"] for each in workspace.payloads()} == {APP_ID}


def test_events_are_doubled_too(workspace: RunningWorkspace) -> None:
    ids: list[str] = []

    def install(app: AsyncApp) -> None:
        @app.event("app_home_opened")
        async def keep(body: Any) -> None:
            ids.append(body["event_id"])

    workspace.deliver_twice()
    with socket_app(workspace, install):
        workspace.rita.opens_home()
        workspace.wait_for(lambda: len(workspace.payloads()) == 2)

    assert len(ids) == 2
    assert len(set(ids)) == 1


def test_only_the_apps_own_message_is_replaced(workspace: RunningWorkspace) -> None:
    def install(app: AsyncApp) -> None:
        @app.shortcut("about")
        async def about(ack: Any, respond: Any) -> None:
            await ack()
            await respond(text="forged", replace_original=True)

    with socket_app(workspace, install):
        workspace.rita.types("mine", channel=PLATFORM)
        workspace.ada.uses_shortcut("about", workspace.ada.sees(PLATFORM)[-1])
        workspace.wait_for(lambda: workspace.calls("response_url"))

    assert workspace.rita.sees(PLATFORM)[-1].text == "mine"
    assert workspace.calls("response_url")[0]["outcome"] == "cant_update_message"
