"""One unmodified bolt app, over Socket Mode and over HTTP, in everything that regclean uses of Slack."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from slack_bolt.app.async_app import AsyncApp

from demo.workspace import RunningWorkspace, WorkspaceSettings, running_workspace
from demo.workspace.content import PLATFORM, RANDOM, REGISTRY_CLEAN, RITA
from demo.workspace.settings import Shortcut
from tests.contract.bolt_apps import http_app, socket_app

Run = Callable[[Callable[[AsyncApp], None]], RunningWorkspace]
ABOUT = Shortcut(callback_id="about", name="About this")
START = Shortcut(callback_id="start", name="Start")


@pytest.fixture(params=["socket", "http"])
def run(request: pytest.FixtureRequest) -> Iterator[Run]:
    """Start a workspace and, with an installer of listeners, the app."""
    with ExitStack() as stack:

        def start(install: Callable[[AsyncApp], None]) -> RunningWorkspace:
            settings = WorkspaceSettings(mode=request.param, message_shortcuts=(ABOUT,), global_shortcuts=(START,))
            workspace = stack.enter_context(running_workspace(settings))
            stack.enter_context({"socket": socket_app, "http": http_app}[request.param](workspace, install))
            return workspace

        yield start


def button(label: str, action_id: str, value: str = "") -> dict[str, Any]:
    text = {"type": "plain_text", "text": label}
    return {"type": "button", "text": text, "action_id": action_id, **({"value": value} if value else {})}


def card(*buttons: dict[str, Any]) -> list[dict[str, Any]]:
    section = {"type": "section", "text": {"type": "mrkdwn", "text": "Delete *app:1.2*?"}}
    return [section, {"type": "actions", "block_id": "decide", "elements": list(buttons)}]


def modal(**more: Any) -> dict[str, Any]:
    reason = {"type": "plain_text_input", "action_id": "reason", "initial_value": "old"}
    where = {
        "type": "static_select",
        "action_id": "where",
        "options": [{"text": {"type": "plain_text", "text": name}, "value": name.lower()} for name in ("Dev", "Prod")],
    }
    blocks = [
        {"type": "input", "block_id": "why", "label": {"type": "plain_text", "text": "Why"}, "element": reason},
        {"type": "input", "block_id": "at", "label": {"type": "plain_text", "text": "Where"}, "element": where},
    ]
    title, submit = {"type": "plain_text", "text": "Deny"}, {"type": "plain_text", "text": "Send"}
    return {"type": "modal", "callback_id": "deny", "title": title, "submit": submit, "blocks": blocks, **more}


def test_a_command_is_acknowledged_with_text_for_one_person(run: Run) -> None:
    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def answer(ack: Any, command: Any) -> None:
            await ack(text=f"on it: {command['text']}", response_type="ephemeral")

    workspace = run(install)

    assert workspace.rita.types("/regclean ls  app") == {"ok": True}
    assert [(each.text, each.is_ephemeral, each.bot) for each in workspace.rita.sees()] == [
        ("on it: ls  app", True, True)
    ]
    assert workspace.ada.sees() == []


def test_a_command_can_be_acknowledged_in_silence_or_for_everyone(run: Run) -> None:
    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def answer(ack: Any, command: Any) -> None:
            await (ack(text="to all", response_type="in_channel") if command["text"] else ack())

    workspace = run(install)
    workspace.rita.types("/regclean")
    workspace.rita.types("/regclean all", channel=PLATFORM)

    assert workspace.rita.sees() == []
    assert [(each.text, each.is_ephemeral) for each in workspace.bob.sees(PLATFORM)] == [("to all", False)]


def test_a_command_says_who_where_and_what(run: Run) -> None:
    commands: list[dict[str, Any]] = []

    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def keep(ack: Any, command: Any) -> None:
            commands.append(command)
            await ack()

    workspace = run(install)
    workspace.rita.types("/regclean rm app:1 for @ada in #platform, <b> & @nobody")
    workspace.rita.types("/regclean help", channel=workspace.rita.dm)

    first, second = commands
    assert first["text"] == "rm app:1 for <@U0ADA000001|ada> in <#C0PLATFORM1|platform>, &lt;b&gt; &amp; @nobody"
    assert (first["user_id"], first["user_name"], first["command"]) == (RITA, "rita", "/regclean")
    assert (first["channel_id"], first["channel_name"]) == (REGISTRY_CLEAN, "registry-clean")
    assert (second["channel_id"], second["channel_name"]) == (workspace.rita.dm, "directmessage")
    assert {"token", "team_id", "team_domain", "api_app_id", "response_url", "trigger_id"} <= set(first)
    assert first["is_enterprise_install"] == "false"
    assert first["trigger_id"] != second["trigger_id"]


def test_respond_reaches_channels_that_the_app_is_not_in(run: Run) -> None:
    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def answer(ack: Any, respond: Any) -> None:
            await ack()
            await respond("only you", response_type="ephemeral")
            await respond("everyone", response_type="in_channel")

    workspace = run(install)
    workspace.rita.types("/regclean", channel=RANDOM)
    workspace.ada.waits_for(lambda message: message.text == "everyone", RANDOM)

    assert [each.text for each in workspace.ada.sees(RANDOM)] == ["everyone"]
    assert [each.text for each in workspace.rita.sees(RANDOM)] == ["only you", "everyone"]


def test_a_click_carries_its_message_and_can_update_it(run: Run) -> None:
    bodies: list[dict[str, Any]] = []

    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def post(ack: Any, say: Any) -> None:
            await ack()
            metadata = {"event_type": "request", "event_payload": {"id": "r1"}}
            await say(text="Delete app:1.2?", blocks=card(button("Approve", "approve", "r1")), metadata=metadata)

        @app.action("approve")
        async def approve(ack: Any, body: Any, client: Any) -> None:
            bodies.append(body)
            await ack()
            where = {"channel": body["channel"]["id"], "ts": body["message"]["ts"]}
            await client.chat_update(**where, text=f"approved by <@{body['user']['id']}>")

    workspace = run(install)
    workspace.rita.types("/regclean")
    message = workspace.ada.waits_for(lambda each: each.buttons == ["Approve"])
    assert workspace.ada.clicks(message, "Approve") == {"ok": True}
    after = workspace.rita.waits_until(message, lambda each: each.edited)

    assert message.plain == "Delete *app:1.2*?\n[Approve]"
    assert (after.text, after.blocks) == (f"approved by <@{workspace.ada.id}>", [])
    body = bodies[0]
    action = body["actions"][0]
    assert (action["type"], action["action_id"], action["block_id"]) == ("button", "approve", "decide")
    assert action["value"] == "r1"
    assert body["container"]["message_ts"] == message.ts
    assert body["message"]["metadata"]["event_payload"] == {"id": "r1"}
    assert {"response_url", "trigger_id", "state", "team", "api_app_id"} <= set(body)


def test_a_click_on_what_is_gone_is_only_sent_by_a_stale_client(run: Run) -> None:
    values: list[str] = []

    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def post(ack: Any, say: Any) -> None:
            await ack()
            await say(text="?", blocks=card(button("Approve", "approve", "r1")))

        @app.action("approve")
        async def approve(ack: Any, action: Any, body: Any, client: Any) -> None:
            await ack()
            values.append(action["value"])
            await client.chat_update(channel=body["channel"]["id"], ts=body["message"]["ts"], text="done")

    workspace = run(install)
    workspace.rita.types("/regclean")
    message = workspace.ada.waits_for(lambda each: each.buttons)
    workspace.ada.clicks(message, "approve")
    workspace.ada.waits_until(message, lambda each: each.text == "done")

    assert workspace.ben.clicks(message, "approve") == {"ok": False, "error": "action_not_found"}
    assert workspace.ben.clicks(message, "approve", stale=True) == {"ok": True}
    assert values == ["r1", "r1"]


def test_an_ephemeral_is_replaced_and_deleted_through_its_response_url(run: Run) -> None:
    bodies: list[dict[str, Any]] = []

    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def answer(ack: Any) -> None:
            await ack(text="sure?", blocks=card(button("Yes", "yes"), button("No", "no")), response_type="ephemeral")

        @app.action("yes")
        async def yes(ack: Any, body: Any, respond: Any) -> None:
            await ack()
            bodies.append(body)
            await respond(text="yes!", blocks=card(button("No", "no")), replace_original=True)

        @app.action("no")
        async def no(ack: Any, respond: Any) -> None:
            await ack()
            await respond(delete_original=True)

    workspace = run(install)
    workspace.rita.types("/regclean")
    asked = workspace.rita.waits_for(lambda each: each.buttons == ["Yes", "No"])
    workspace.rita.clicks(asked, "Yes")
    changed = workspace.rita.waits_until(asked, lambda each: each.text == "yes!")
    workspace.rita.clicks(changed, "No")
    workspace.wait_for(lambda: not workspace.rita.sees())

    assert asked.is_ephemeral
    assert changed.is_ephemeral
    assert "message" not in bodies[0]
    assert bodies[0]["container"]["is_ephemeral"] is True


def test_a_modal_is_opened_objected_to_and_closed(run: Run) -> None:
    submissions: list[dict[str, Any]] = []

    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def open_it(ack: Any, command: Any, client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=command["trigger_id"], view=modal(private_metadata="r1"))

        @app.view("deny")
        async def take(ack: Any, view: Any) -> None:
            submissions.append(view)
            if view["state"]["values"]["why"]["reason"]["value"] == "because":
                await ack(response_action="errors", errors={"why": "Say why"})
            else:
                await ack()

    workspace = run(install)
    workspace.rita.types("/regclean")
    shown = workspace.rita.waits_for_modal("deny")

    required = {"at": "Please complete this required field."}
    assert workspace.rita.submits(shown) == {"ok": True, "response_action": "errors", "errors": required}
    answer = workspace.rita.submits(shown, {"reason": "because", "where": "Prod"})
    assert answer == {"ok": True, "response_action": "errors", "errors": {"why": "Say why"}}
    assert workspace.rita.modal() is not None
    assert workspace.rita.submits(shown, {"at": "dev"}) == {"ok": True, "response_action": None}
    assert workspace.rita.modal() is None
    values = [view["state"]["values"] for view in submissions]
    assert [each["why"]["reason"]["value"] for each in values] == ["because", "old"]
    assert [each["at"]["where"]["selected_option"]["value"] for each in values] == ["prod", "dev"]
    assert {view["private_metadata"] for view in submissions} == {"r1"}


@pytest.mark.parametrize(("action", "titles"), [("update", ["Deny"]), ("push", ["Deny", "Deny"]), ("clear", [])])
def test_a_submission_can_change_the_stack_of_modals(run: Run, action: str, titles: list[str]) -> None:
    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def open_it(ack: Any, command: Any, client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=command["trigger_id"], view=modal())

        @app.view("deny")
        async def take(ack: Any) -> None:
            more = {} if action == "clear" else {"view": modal(callback_id="next")}
            await ack(response_action=action, **more)

    workspace = run(install)
    workspace.rita.types("/regclean")
    shown = workspace.rita.waits_for_modal("deny")

    assert workspace.rita.submits(shown, {"at": "dev"}) == {"ok": True, "response_action": action}
    stack = workspace.read("control/screen", user=RITA)["views"]
    assert [view["title"]["text"] for view in stack] == titles
    assert [view["callback_id"] for view in stack][-1:] == (["next"] if titles else [])


def test_a_click_in_a_modal_carries_the_view_and_what_was_entered(run: Run) -> None:
    bodies: list[dict[str, Any]] = []
    checks = {"type": "actions", "block_id": "row", "elements": [button("Check", "check")]}

    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def open_it(ack: Any, command: Any, client: Any) -> None:
            await ack()
            view = modal()
            await client.views_open(
                trigger_id=command["trigger_id"], view={**view, "blocks": [*view["blocks"], checks]}
            )

        @app.action("check")
        async def check(ack: Any, body: Any, client: Any) -> None:
            bodies.append(body)
            await ack()
            await client.views_update(
                view_id=body["view"]["id"], hash=body["view"]["hash"], view=modal(callback_id="new")
            )

    workspace = run(install)
    workspace.rita.types("/regclean")
    workspace.rita.clicks(workspace.rita.waits_for_modal("deny"), "Check")
    workspace.rita.waits_for_modal("new")

    assert bodies[0]["container"]["type"] == "view"
    assert bodies[0]["view"]["state"]["values"]["why"]["reason"]["value"] == "old"
    assert "response_url" not in bodies[0]


def test_closing_a_modal_is_told_only_when_the_view_asks(run: Run) -> None:
    closed: list[str] = []

    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def open_it(ack: Any, command: Any, client: Any) -> None:
            await ack()
            view = modal(notify_on_close=bool(command["text"]))
            await client.views_open(trigger_id=command["trigger_id"], view=view)

        @app.view_closed("deny")
        async def note(ack: Any, body: Any) -> None:
            await ack()
            closed.append(body["view"]["id"])

    workspace = run(install)
    workspace.rita.types("/regclean")
    workspace.rita.closes(workspace.rita.waits_for_modal())
    workspace.rita.types("/regclean tell")
    told = workspace.rita.waits_for_modal()
    workspace.rita.closes(told)

    assert workspace.rita.modal() is None
    assert closed == [told.id]


def test_shortcuts_reach_the_app_with_and_without_a_message(run: Run) -> None:
    def install(app: AsyncApp) -> None:
        @app.shortcut({"type": "message_action", "callback_id": "about"})
        async def about(ack: Any, shortcut: Any, respond: Any, client: Any) -> None:
            await ack()
            await respond(f"about: {shortcut['message']['text']}", response_type="ephemeral")
            await client.views_open(trigger_id=shortcut["trigger_id"], view=modal())

        @app.shortcut({"type": "shortcut", "callback_id": "start"})
        async def start(ack: Any, shortcut: Any, client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=shortcut["trigger_id"], view=modal(callback_id="started"))

    workspace = run(install)
    workspace.rita.types("app:1.2 is old")
    message = workspace.ada.waits_for(lambda each: "old" in each.text)
    assert workspace.ada.uses_shortcut("about", message) == {"ok": True}
    assert workspace.bob.uses_shortcut("start") == {"ok": True}

    workspace.ada.waits_for(lambda each: each.text == "about: app:1.2 is old")
    workspace.ada.waits_for_modal("deny")
    workspace.bob.waits_for_modal("started")
    assert workspace.bob.uses_shortcut("unheard of") == {"ok": False, "error": "unknown_shortcut"}


def test_opening_the_home_tab_lets_the_app_publish_it(run: Run) -> None:
    events: list[dict[str, Any]] = []

    def install(app: AsyncApp) -> None:
        @app.event("app_home_opened")
        async def publish(event: Any, body: Any, client: Any) -> None:
            events.append({**event, "event_id": body["event_id"], "event_time": body["event_time"]})
            blocks = card(button("Help", "help"))
            await client.views_publish(user_id=event["user"], view={"type": "home", "blocks": blocks})

        @app.action("help")
        async def answer(ack: Any, body: Any, client: Any) -> None:
            await ack()
            await client.views_open(trigger_id=body["trigger_id"], view=modal(callback_id="helping"))

    workspace = run(install)
    assert workspace.rita.home() is None
    workspace.rita.opens_home()
    home = workspace.rita.waits_for_home()
    workspace.rita.clicks(home, "Help")
    workspace.rita.waits_for_modal("helping")

    assert home.buttons == ["Help"]
    assert workspace.ada.home() is None
    assert (events[0]["user"], events[0]["tab"], events[0]["channel"]) == (RITA, "home", workspace.rita.dm)
    assert events[0]["event_id"].startswith("Ev")


def test_a_menu_in_a_message_tells_what_was_chosen(run: Run) -> None:
    chosen: list[Any] = []
    options = [{"text": {"type": "plain_text", "text": name}, "value": name.lower()} for name in ("Dev", "Prod")]
    menu = {"type": "static_select", "action_id": "where", "options": options}

    def install(app: AsyncApp) -> None:
        @app.command("/regclean")
        async def post(ack: Any, say: Any) -> None:
            await ack()
            await say(text="?", blocks=[{"type": "actions", "elements": [menu]}])

        @app.action("where")
        async def choose(ack: Any, action: Any, body: Any) -> None:
            await ack()
            state = body["state"]["values"][action["block_id"]]["where"]["selected_option"]
            chosen.extend([action["selected_option"]["value"], state["value"]])

    workspace = run(install)
    workspace.rita.types("/regclean")
    message = workspace.rita.waits_for(lambda each: each.blocks)
    workspace.rita.chooses(message, "where", "Prod")

    assert chosen == ["prod", "prod"]


def test_what_is_no_command_here_is_said_so(run: Run) -> None:
    workspace = run(lambda app: None)
    message = workspace.rita.types("hello")

    assert workspace.rita.types("/deploy now") == {"ok": False, "error": "invalid_command"}
    answer = workspace.rita.types("/regclean ls", thread_ts=message["ts"])
    assert answer == {"ok": False, "error": "not_supported_in_threads"}
    assert workspace.rita.notes == [
        "/deploy is not a valid command.",
        "/regclean is not supported in threads. Sorry!",
    ]
