"""Whether the bot says truly that it is ready, refuses what Slack did not send, and stops without losing anything."""

import asyncio
import hashlib
import hmac
import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest

from bot.app import serve, socket_mode
from bot.app.socket_mode import SlackSocket
from demo.parts.redis import RedisProcess
from demo.workspace import RunningWorkspace, WorkspaceSettings, running_workspace
from demo.workspace.content import BEN, REGISTRY_CLEAN, RITA, TEAM_ID
from tests.office import Office, at_work, configuration, office, settings_for
from tests.samples import PLAN
from workers.config import Secret
from workers.core.audit import Happened
from workers.core.errors import BadInput
from workers.core.request import Request, State


def get(at: Office, path: str) -> tuple[int, str]:
    answer = httpx.get(f"http://127.0.0.1:{at.bot.port}{path}", trust_env=False, timeout=5)
    return answer.status_code, answer.text.strip()


def becomes(at: Office, expected: tuple[int, str], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while get(at, "/readyz") != expected:
        assert time.monotonic() < end, get(at, "/readyz")
        time.sleep(0.05)


def test_alive_and_ready(both_ways: Office) -> None:
    assert get(both_ways, "/healthz") == (200, "ok")
    assert get(both_ways, "/readyz") == (200, "ready")


def test_readiness_follows_the_socket(at_office: Office) -> None:
    at_office.workspace.accept(on=False)
    at_office.workspace.drop_sockets()
    becomes(at_office, (503, "the socket to Slack is not connected"))
    assert get(at_office, "/healthz") == (200, "ok")
    at_office.workspace.accept(on=True)
    becomes(at_office, (200, "ready"))
    assert at_office.workspace.rita.types("/regclean rm prod/app:1") == {"ok": True}
    assert at_office.requests()


def test_a_socket_that_leads_nowhere_is_given_up_for_another_one(
    at_office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(socket_mode, "_CONNECTING", 0.5)
    ask = SlackSocket.issue_new_wss_url
    with socket.create_server(("127.0.0.1", 0)) as mute:
        urls = [f"ws://127.0.0.1:{mute.getsockname()[1]}/link/"]

        async def issue_new_wss_url(client: SlackSocket) -> str:
            return urls.pop() if urls else await ask(client)

        monkeypatch.setattr(SlackSocket, "issue_new_wss_url", issue_new_wss_url)
        at_office.workspace.drop_sockets()
        at_office.workspace.wait_for(lambda: not urls, seconds=20)
        becomes(at_office, (200, "ready"))
    assert at_office.workspace.rita.types("/regclean rm prod/app:1") == {"ok": True}


def test_a_refreshed_socket_loses_nothing(at_office: Office) -> None:
    at_office.workspace.announce("refresh_requested")
    for number in range(5):
        at_office.workspace.wait_connected()
        assert at_office.workspace.rita.types(f"/regclean rm prod/app:{number}") == {"ok": True}
    assert len(at_office.requests()) == 5


def test_readiness_follows_redis(tmp_path: Path) -> None:
    with RedisProcess(tmp_path, durable=False) as server, office(server.url) as at:
        assert get(at, "/readyz") == (200, "ready")
        server.kill()
        assert get(at, "/readyz") == (503, "Redis does not answer")
        assert get(at, "/healthz") == (200, "ok")
        server.restart()
        becomes(at, (200, "ready"))


@pytest.fixture
def over_http(redis_url: str) -> Iterator[Office]:
    with office(redis_url, mode="http") as running:
        yield running


def post(at: Office, body: bytes, **headers: str) -> int:
    url = f"http://127.0.0.1:{at.bot.port}/slack/events"
    return httpx.post(url, content=body, headers=headers, trust_env=False, timeout=5).status_code


def signed(body: bytes, at: Office, when: float) -> dict[str, str]:
    stamp = str(int(when))
    secret = at.workspace.signing_secret.encode()
    digest = hmac.new(secret, b"v0:" + stamp.encode() + b":" + body, hashlib.sha256).hexdigest()
    return {"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"}


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
BODY = b"command=%2Fregclean&text=rm+prod%2Fapp%3A1&user_id=U0ADA000001&channel_id=C0REGISTRY1&trigger_id=1.2.3"


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"X-Slack-Request-Timestamp": "yesterday", "X-Slack-Signature": "v0=00"},
        {"X-Slack-Request-Timestamp": "²", "X-Slack-Signature": "v0=00"},
        {"X-Slack-Request-Timestamp": "9" * 5000, "X-Slack-Signature": "v0=00"},
        {"X-Slack-Request-Timestamp": "1700000000", "X-Slack-Signature": "v0=00"},
    ],
    ids=["none", "a word", "no ASCII digit", "endless", "old"],
)
def test_what_slack_did_not_sign_is_refused(over_http: Office, headers: dict[str, str]) -> None:
    encoded = {name.encode(): value.encode() for name, value in {**FORM, **headers}.items()}
    url = f"http://127.0.0.1:{over_http.bot.port}/slack/events"
    answer = httpx.post(url, content=BODY, headers=encoded, trust_env=False)
    assert answer.status_code == 401
    assert over_http.requests() == []


def test_a_signature_holds_for_five_minutes_and_for_its_body_only(over_http: Office) -> None:
    now = time.time()
    assert post(over_http, BODY, **FORM, **signed(BODY, over_http, now - 400)) == 401
    assert post(over_http, BODY + b"0", **FORM, **signed(BODY, over_http, now)) == 401
    assert over_http.requests() == []
    assert post(over_http, BODY, **FORM, **signed(BODY, over_http, now)) == 200
    assert len(over_http.requests()) == 1


def test_a_request_that_somebody_recorded_and_sends_again_changes_nothing(over_http: Office) -> None:
    headers = {**FORM, **signed(BODY, over_http, time.time())}
    for _ in range(3):
        assert post(over_http, BODY, **headers) == 200
    (request,) = over_http.requests()
    assert request.revision == 1
    entries = list(over_http.store.ledger.chain.of(request.id))
    assert [entry.action for entry in entries] == [Happened.OPENED]


def test_a_click_that_somebody_recorded_and_sends_again_decides_nothing(over_http: Office) -> None:
    assert post(over_http, BODY, **FORM, **signed(BODY, over_http, time.time())) == 200
    request = over_http.plans(over_http.only_request(), PLAN)
    body = _click(request, BEN)
    headers = {**FORM, **signed(body, over_http, time.time())}
    for _ in range(3):
        assert post(over_http, body, **headers) == 200
    actions = [entry.action for entry in over_http.store.ledger.chain.of(request.id)]
    assert actions == [Happened.OPENED, Happened.PLANNED, Happened.APPROVED]


def test_a_click_in_somebody_elses_name_is_not_signed(over_http: Office) -> None:
    assert post(over_http, BODY, **FORM, **signed(BODY, over_http, time.time())) == 200
    request = over_http.plans(over_http.only_request(), PLAN)
    recorded = _click(request, RITA)
    headers = {**FORM, **signed(recorded, over_http, time.time())}
    assert post(over_http, recorded.replace(RITA.encode(), BEN.encode()), **headers) == 401
    assert over_http.only_request().state is State.PENDING


def _click(request: Request, user: str) -> bytes:
    """What Slack sends when somebody clicks on Approve."""
    payload = {
        "type": "block_actions",
        "user": {"id": user},
        "team": {"id": TEAM_ID},
        "trigger_id": "4.5.6",
        "container": {"type": "message", "channel_id": REGISTRY_CLEAN},
        "channel": {"id": REGISTRY_CLEAN},
        "response_url": "https://hooks.slack.com/actions/1",
        "actions": [
            {
                "type": "button",
                "action_id": "approve",
                "block_id": "b",
                "value": f"{request.id} {request.fingerprint}",
                "action_ts": "1.0",
            }
        ],
    }
    return urlencode({"payload": json.dumps(payload)}).encode()


@pytest.mark.parametrize(
    ("body", "kind", "status"),
    [
        (b"\xff\xfe", FORM["Content-Type"], 400),
        (b"{", "application/json", 400),
        (b"payload={", FORM["Content-Type"], 400),
        (b"", FORM["Content-Type"], 404),
    ],
    ids=["no UTF-8", "no JSON", "no JSON in a form", "nothing"],
)
def test_a_body_that_cannot_be_read_is_refused(over_http: Office, body: bytes, kind: str, status: int) -> None:
    headers = {"Content-Type": kind, **signed(body, over_http, time.time())}
    assert post(over_http, body, **headers) == status


def test_a_huge_body_is_refused(over_http: Office) -> None:
    assert post(over_http, b"x" * (5 * 2**20), **FORM) == 413


def test_an_endless_body_is_not_taken_in(over_http: Office) -> None:
    sent = 0

    def endless() -> Iterator[bytes]:
        nonlocal sent
        for _ in range(1_000):
            sent += 1
            yield b"x" * 2**20

    url = f"http://127.0.0.1:{over_http.bot.port}/slack/events"
    with suppress(httpx.WriteError, httpx.ReadError):  # what is sent after the answer meets a closed connection
        assert httpx.post(url, content=endless(), headers=FORM, trust_env=False, timeout=10).status_code == 413
    assert sent < 100


def test_with_a_socket_nothing_is_taken_over_http(at_office: Office) -> None:
    assert post(at_office, BODY, **FORM) == 503


@pytest.fixture
def workspace() -> Iterator[RunningWorkspace]:
    with running_workspace(WorkspaceSettings()) as running:
        yield running


@pytest.mark.parametrize(("name", "token"), [("bot_token", "xoxb-wrong"), ("app_token", "xapp-wrong")])
def test_refused_tokens_are_told_at_the_start(
    workspace: RunningWorkspace, redis_url: str, name: str, token: str
) -> None:
    changes: dict[str, Any] = {name: Secret(token)}
    settings = replace(settings_for(workspace, redis_url, "socket"), **changes)
    with pytest.raises(BadInput) as caught, at_work(settings, configuration()):
        pass
    assert caught.value.sentence == (
        f"Slack does not accept SLACK_{name.upper()} (invalid_auth); copy it again from the app's pages in Slack."
    )


def test_an_app_token_without_its_scope_is_told(workspace: RunningWorkspace, redis_url: str) -> None:
    workspace.trouble("apps.connections.open", error="missing_scope")
    with pytest.raises(BadInput) as caught, at_work(settings_for(workspace, redis_url, "socket"), configuration()):
        pass
    assert "SLACK_APP_TOKEN (missing_scope); make one that has the scope connections:write." in caught.value.sentence


def test_a_taken_port_is_told(workspace: RunningWorkspace, redis_url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        settings = replace(settings_for(workspace, redis_url, "socket"), port=other.getsockname()[1])
        with pytest.raises(BadInput, match="set PORT to a free one"), at_work(settings, configuration()):
            pass


def test_it_waits_for_slack_and_can_be_stopped_meanwhile(workspace: RunningWorkspace, redis_url: str) -> None:
    workspace.accept(on=False)

    async def run() -> None:
        stop = asyncio.Event()
        serving = asyncio.create_task(serve(settings_for(workspace, redis_url, "socket"), configuration(), stop))
        await asyncio.sleep(0.3)
        assert not serving.done()
        stop.set()
        await asyncio.wait_for(serving, 5)

    asyncio.run(run())


def test_sigterm_lets_listeners_finish(workspace: RunningWorkspace, redis_url: str) -> None:
    """In the main thread, as the process does it: a command is on its way when the signal comes."""
    answers: list[dict[str, object]] = []

    def type_and_stop() -> None:
        workspace.wait_connected()
        typing = threading.Thread(target=lambda: answers.append(workspace.rita.types("/regclean rm prod/app:1")))
        typing.start()
        workspace.wait_for(workspace.payloads)
        os.kill(os.getpid(), signal.SIGTERM)
        typing.join()

    acting = threading.Thread(target=type_and_stop)
    acting.start()
    asyncio.run(serve(settings_for(workspace, redis_url, "socket"), configuration()))
    acting.join()
    assert answers == [{"ok": True}]
    assert workspace.sockets() == 0
