"""The page's API, and the server's own manners: what it serves, and whom it serves."""

import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from demo.workspace import Driver, RunningWorkspace, WorkspaceSettings, running_workspace
from demo.workspace.content import APP_ID, BOT_USER, PEOPLE, PLATFORM, RANDOM, REGISTRY_CLEAN, RITA, TEAM_ID
from demo.workspace.settings import Command, Shortcut, Subcommand
from tests.contract.workspace_clients import sync_caller

COMMAND = Command(command="/regclean", usage_hint="ls", subcommands=(Subcommand(name="ls", hint="[REGISTRY]"),))


@pytest.fixture(scope="module")
def workspace() -> Iterator[RunningWorkspace]:
    shortcuts = (Shortcut(callback_id="about", name="About this"),)
    with running_workspace(WorkspaceSettings(commands=(COMMAND,), message_shortcuts=shortcuts)) as running:
        yield running


def test_boot_tells_a_page_all_it_needs(workspace: RunningWorkspace) -> None:
    boot = workspace.read("boot", user=RITA)

    assert (boot["team"], boot["me"]) == ({"id": TEAM_ID, "name": "Acme"}, RITA)
    assert [each["id"] for each in boot["users"]] == [*(person.id for person in PEOPLE), BOT_USER]
    assert set(boot["users"][0]) == {"id", "name", "real_name", "color", "role", "is_bot", "deleted"}
    channels = {each["id"]: each for each in boot["channels"]}
    assert {REGISTRY_CLEAN, PLATFORM, RANDOM, workspace.rita.dm} == set(channels)
    assert [channels[each]["bot_member"] for each in (REGISTRY_CLEAN, RANDOM)] == [True, False]
    assert channels[workspace.rita.dm]["is_im"] is True
    assert boot["commands"][0]["subcommands"] == [{"name": "ls", "hint": "[REGISTRY]", "description": ""}]
    assert boot["message_shortcuts"] == [{"callback_id": "about", "name": "About this"}]
    assert boot["apps"] == [{"id": APP_ID, "name": "regclean", "bot_user": BOT_USER}]
    assert boot["groups"][0]["handle"] == "registry-approvers"


def test_a_message_looks_as_the_page_expects(workspace: RunningWorkspace) -> None:
    ts = workspace.rita.types("hello *you*", channel=PLATFORM)["ts"]
    message = workspace.read("history", user=RITA, channel=PLATFORM)["messages"][-1]

    wanted = {"ts": ts, "channel": PLATFORM, "user": RITA, "bot": False, "username": "rita", "text": "hello *you*"}
    assert message.items() >= wanted.items()
    assert message["permalink"] == f"/?channel={PLATFORM}&ts={ts}"
    assert (message["edited"], message["is_ephemeral"], message["files"], message["blocks"]) == (False, False, [], [])


def test_a_file_is_served_as_it_came_and_can_do_no_harm(workspace: RunningWorkspace) -> None:
    call = sync_caller(workspace)
    page = "<script>alert(1)</script>"
    call("files_upload_v2", channel=PLATFORM, filename="a.html", content=page)
    file = workspace.rita.sees(PLATFORM)[-1].files[0]
    served = httpx.get(workspace.url + file["url"], trust_env=False)

    assert served.text == page
    assert served.headers["Content-Security-Policy"] == "sandbox"
    assert httpx.get(f"{workspace.url}/_/file/F0NOWHERE01", trust_env=False).status_code == 404


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("command", {}, 400, "send a JSON object with user, channel, text"),
        ("command", {"user": "U0NOBODY001", "channel": PLATFORM, "text": "/x"}, 200, "user_not_found"),
        ("post", {"user": RITA, "channel": "C0NOWHERE01", "text": "x"}, 200, "channel_not_found"),
        ("post", {"user": RITA, "channel": "D0ADA000001", "text": "x"}, 200, "channel_not_found"),
        ("post", {"user": RITA, "channel": PLATFORM, "text": "x", "thread_ts": "1.1"}, 200, "thread_not_found"),
        ("view_submit", {"user": RITA, "view_id": "V0NOWHERE01", "values": {}}, 200, "not_found"),
        ("view_close", {"user": RITA, "view_id": "V0NOWHERE01"}, 200, "not_found"),
        ("shortcut", {"user": RITA, "callback_id": "about"}, 200, "unknown_shortcut"),
        (
            "shortcut",
            {"user": RITA, "callback_id": "about", "channel": PLATFORM, "message_ts": "1.1"},
            200,
            "message_not_found",
        ),
        (
            "action",
            {
                "user": RITA,
                "container": {"type": "message", "channel": PLATFORM, "ts": "1.1"},
                "block_id": "b",
                "action": {"action_id": "a"},
            },
            200,
            "message_not_found",
        ),
    ],
)
def test_what_cannot_be_done_is_said(
    workspace: RunningWorkspace, path: str, body: dict[str, Any], status: int, error: str
) -> None:
    answer = httpx.post(f"{workspace.url}/_/{path}", json=body, trust_env=False)
    assert (answer.status_code, answer.json()) == (status, {"ok": False, "error": error})


def test_no_one_reads_another_persons_direct_message(workspace: RunningWorkspace) -> None:
    answer = httpx.get(f"{workspace.url}/_/history?user={RITA}&channel=D0ADA000001", trust_env=False)
    assert (answer.status_code, answer.json()["error"]) == (404, "channel_not_found")


def test_a_click_on_another_persons_modal_is_refused(workspace: RunningWorkspace) -> None:
    call = sync_caller(workspace)
    button = {"type": "button", "action_id": "a", "text": {"type": "plain_text", "text": "A"}}
    home = {"type": "home", "blocks": [{"type": "actions", "elements": [button]}]}
    call("views_publish", user_id=workspace.ada.id, view=home)
    shown = workspace.ada.waits_for_home()
    assert workspace.rita.clicks(shown, "A") == {"ok": False, "error": "not_found"}


def test_the_page_is_served_and_nothing_beside_it(workspace: RunningWorkspace) -> None:
    index = httpx.get(workspace.url, trust_env=False)
    assert index.headers["Content-Type"].startswith("text/html")
    assert httpx.get(f"{workspace.url}/style.css", trust_env=False).status_code == 200
    for outside in ("/server.py", "/%2e%2e/server.py", "/..%2fserver.py"):
        assert httpx.get(workspace.url + outside, trust_env=False).status_code == 404


@pytest.mark.parametrize("headers", [{"Host": "evil.example"}, {"Origin": "https://evil.example"}, {"Origin": "null"}])
def test_other_web_sites_are_kept_out(workspace: RunningWorkspace, headers: dict[str, str]) -> None:
    body = {"user": RITA, "channel": PLATFORM, "text": "forged"}
    answer = httpx.post(f"{workspace.url}/_/post", json=body, headers=headers, trust_env=False)
    own = httpx.post(f"{workspace.url}/_/post", json=body, headers={"Origin": workspace.url}, trust_env=False)

    assert answer.status_code == 403
    assert own.json()["ok"]


def test_a_taken_port_is_told(workspace: RunningWorkspace) -> None:
    threads = threading.active_count()
    with (
        pytest.raises(OSError, match="address already in use"),
        running_workspace(WorkspaceSettings(port=workspace.port)),
    ):
        pytest.fail("two servers on one port")
    assert threading.active_count() == threads


def test_it_runs_by_itself_and_says_when_it_is_ready() -> None:
    words = [
        sys.executable,
        "-m",
        "demo.workspace",
        "--mode",
        "http",
        "--request-url",
        "http://127.0.0.1:9/slack/events",
    ]
    process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        ready = process.stdout.readline()
        with Driver(ready.removeprefix("ready: ").strip()) as driver:
            assert driver.request_url() == "http://127.0.0.1:9/slack/events"
            assert driver.rita.types("/regclean ls") == {"ok": False, "error": "dispatch_failed"}
    finally:
        process.send_signal(signal.SIGTERM)
        output, _ = process.communicate(timeout=10)
    assert (process.returncode, output) == (0, "")


def test_http_mode_by_itself_needs_a_request_url() -> None:
    words = [sys.executable, "-m", "demo.workspace", "--mode", "http"]
    refused = subprocess.run(words, capture_output=True, text=True, check=False)
    assert refused.returncode == 2
    assert "needs --request-url" in refused.stderr
