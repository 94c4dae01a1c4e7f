"""How payloads reach the app, and what people see when they do not."""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from demo.workspace import RunningWorkspace, WorkspaceSettings, running_workspace
from demo.workspace.settings import Patience, Shortcut
from tests.contract.bolt_apps import http_app, socket_app

Run = Callable[[Callable[[AsyncApp], None]], RunningWorkspace]
ACK, LATE = 0.8, 1.1
TIMEOUT = 'failed with the error "operation_timeout"'
BUTTON = {"type": "button", "action_id": "go", "text": {"type": "plain_text", "text": "Go"}}
CARD = [{"type": "actions", "elements": [BUTTON]}]
VIEW = {
    "type": "modal",
    "callback_id": "slow",
    "title": {"type": "plain_text", "text": "Hi"},
    "submit": {"type": "plain_text", "text": "Send"},
    "blocks": [{"type": "divider"}],
}


def settings(mode: Any) -> WorkspaceSettings:
    patience = Patience(ack=ACK, event_retries=(0.05, 0.1))
    shortcut = Shortcut(callback_id="slow", name="Slow")
    return WorkspaceSettings(mode=mode, patience=patience, global_shortcuts=(shortcut,))


@pytest.fixture(params=["socket", "http"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    with ExitStack() as stack:

        def start(install: Callable[[AsyncApp], None]) -> RunningWorkspace:
            workspace = stack.enter_context(running_workspace(settings(request.param)))
            stack.enter_context({"socket": socket_app, "http": http_app}[request.param](workspace, install))
            return workspace

        yield start


def slow(app: AsyncApp) -> None:
    """Listeners that post or open something at once but acknowledge too late."""

    @app.command("/regclean")
    async def command(ack: Any, command: Any, client: Any) -> None:
        if command["text"] == "card":
            await client.chat_postMessage(channel=command["channel_id"], text="card", blocks=CARD)
            await ack()
        elif command["text"] == "view":
            await client.views_open(trigger_id=command["trigger_id"], view=VIEW)
            await ack()
        else:
            await asyncio.sleep(LATE)
            await ack("too late")

    async def late(ack: Any) -> None:
        await asyncio.sleep(LATE)
        await ack()

    app.action("go")(late)
    app.view("slow")(late)
    app.shortcut("slow")(late)


def test_a_late_ack_is_a_timeout_for_whoever_acted(run: Run) -> None:
    workspace = run(slow)
    timeout = {"ok": False, "error": "operation_timeout"}

    assert workspace.rita.types("/regclean rm") == timeout
    assert workspace.rita.notes == [f"/regclean {TIMEOUT}"]
    workspace.rita.types("/regclean card")
    card = workspace.ada.waits_for(lambda each: each.buttons)
    assert workspace.ada.clicks(card, "Go") == timeout
    workspace.ben.types("/regclean view")
    assert workspace.ben.submits(workspace.ben.waits_for_modal()) == timeout
    assert workspace.ben.modal() is not None
    assert workspace.bob.uses_shortcut("slow") == timeout

    assert workspace.ada.notes == workspace.ben.notes == workspace.bob.notes == [f"regclean {TIMEOUT}"]
    assert [each.text for each in workspace.rita.sees()] == ["card"]


def test_a_failed_listener_is_a_failed_dispatch(run: Run) -> None:
    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def fail() -> None:
            raise RuntimeError("on purpose")

    workspace = run(install)
    over_http = workspace.settings.mode == "http"
    code = "dispatch_failed" if over_http else "operation_timeout"  # over the socket bolt just says nothing

    assert workspace.rita.types("/regclean") == {"ok": False, "error": code}
    assert workspace.rita.notes == [f'/regclean failed with the error "{code}"']


def test_an_ack_is_held_to_the_rules_of_messages(run: Run) -> None:
    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def answer(ack: Any) -> None:
            await ack(text="x", blocks=[{"type": "section"}])

    workspace = run(install)

    assert workspace.rita.types("/regclean") == {"ok": False, "error": "invalid_blocks"}
    assert workspace.rita.notes == ['/regclean failed with the error "invalid_blocks"']
    assert workspace.rita.sees() == []


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        ({"response_action": "errors", "errors": {"nowhere": "x"}}, "invalid_errors"),
        ({"response_action": "update", "view": {"type": "modal"}}, "invalid_arguments"),
    ],
)
def test_a_submission_answered_wrongly_leaves_the_modal_open(run: Run, answer: dict[str, Any], code: str) -> None:
    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def open_it(ack: Any, command: Any, client: Any) -> None:
            await client.views_open(trigger_id=command["trigger_id"], view=VIEW)
            await ack()

        @app.view("slow")
        async def take(ack: Any) -> None:
            await ack(**answer)

    workspace = run(install)
    workspace.rita.types("/regclean")

    assert workspace.rita.submits(workspace.rita.waits_for_modal()) == {"ok": False, "error": code}
    assert workspace.rita.modal() is not None


def test_an_event_comes_again_until_it_is_acknowledged(run: Run) -> None:
    attempts: list[tuple[Any, Any, str]] = []

    def install(app: AsyncApp) -> None:
        @app.middleware
        async def look(req: Any, next_: Any) -> Any:
            if req.body.get("type") == "event_callback":
                headers = req.headers
                retry = [headers.get(f"x-slack-retry-{name}", [None])[0] for name in ("num", "reason")]
                attempts.append((retry[0], retry[1], req.body["event_id"]))
                if len(attempts) < 3:
                    await asyncio.sleep(LATE)
            return await next_()

        @app.event("app_home_opened")
        async def take() -> None:
            return None

    workspace = run(install)
    workspace.rita.opens_home()
    workspace.wait_for(lambda: [each["outcome"] for each in workspace.payloads()].count("acknowledged") == 1)
    http = [(None, None), ("1", "http_timeout"), ("2", "http_timeout")]
    socket = [("0", ""), ("1", "timeout"), ("2", "timeout")]

    assert [each[:2] for each in attempts] == {"http": http, "socket": socket}[workspace.settings.mode]
    assert len({each[2] for each in attempts}) == 1


def test_an_event_is_given_up_after_its_last_attempt(run: Run) -> None:
    def install(app: AsyncApp) -> None:
        @app.middleware
        async def never(next_: Any) -> None:
            del next_
            await asyncio.sleep(LATE)

    workspace = run(install)
    workspace.rita.opens_home()
    workspace.wait_for(lambda: len(workspace.payloads()) == 3)
    time.sleep(0.3)

    assert [each["outcome"] for each in workspace.payloads()] == ["operation_timeout"] * 3


@pytest.mark.parametrize("mode", ["socket", "http"])
def test_without_an_app_people_are_told_that_it_does_not_respond(mode: str) -> None:
    with running_workspace(settings(mode)) as workspace:
        assert workspace.rita.types("/regclean") == {"ok": False, "error": "app_not_responding"}
        assert workspace.rita.notes == ['/regclean failed with the error "app_not_responding"']


def test_an_app_that_is_away_is_a_failed_dispatch() -> None:
    with running_workspace(settings("http")) as workspace:
        with http_app(workspace, slow):
            workspace.rita.types("/regclean card")
        assert workspace.rita.types("/regclean card") == {"ok": False, "error": "dispatch_failed"}


def test_a_request_url_must_answer_the_challenge_and_the_signature() -> None:
    with running_workspace(settings("http")) as workspace:
        with pytest.raises(ValueError, match="start the app there first"):
            workspace.set_request_url(f"{workspace.url}/nowhere")
        stranger = WorkspaceSettings(mode="http", signing_secret="another", patience=Patience(ack=ACK))
        with running_workspace(stranger) as other, http_app(other, slow) as app:
            del app
            url = other.request_url()
            assert other.rita.types("/regclean card") == {"ok": True}
            with pytest.raises(ValueError, match="did not answer the challenge"):
                workspace.set_request_url(url)
