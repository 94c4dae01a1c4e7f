"""A bolt app over Socket Mode against the stand-in workspace."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from demo.workspace import RunningWorkspace, running_workspace
from demo.workspace.content import REGISTRY_CLEAN
from tests.contract.bolt_apps import socket_app


@pytest.fixture
def workspace() -> Iterator[RunningWorkspace]:
    with running_workspace() as running:
        yield running


def test_a_command_is_acknowledged_and_answered_in_the_channel(workspace: RunningWorkspace) -> None:
    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def run(ack: Any, command: Any, client: Any) -> None:
            await ack(text=f"on it: {command['text']}", response_type="ephemeral")
            await client.chat_postMessage(channel=command["channel_id"], text="done")

    with socket_app(workspace, install):
        answer = workspace.rita.types("/regclean ls")
        posted = workspace.ada.waits_for(lambda message: message.text == "done")

    assert answer == {"ok": True}
    assert posted.channel == REGISTRY_CLEAN
    seen = {(each.text, each.is_ephemeral) for each in workspace.rita.sees()}
    assert seen == {("on it: ls", True), ("done", False)}
    assert [each.text for each in workspace.ada.sees()] == ["done"]
