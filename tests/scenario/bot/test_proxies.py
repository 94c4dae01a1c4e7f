"""The way to Slack is the configured one, and the environment has no say in it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import pytest
from aiohttp import web

from tests.contract.bolt_apps import LoopThread
from tests.office import configuration, office
from tests.samples import PLAN

HOPS = {"host", "content-length"}
NOWHERE = "http://127.0.0.1:9"


@pytest.fixture(params=["socket", "http"])
def mode(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_the_environments_proxy_is_not_used(redis_url: str, mode: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"):
        monkeypatch.setenv(name, NOWHERE)
    with office(redis_url, mode=mode) as at:
        at.workspace.rita.types("/regclean rm prod/app:1")
        request = at.plans(at.only_request(), PLAN)
        at.settle()
        at.workspace.bob.clicks(at.card(request), "Approve")
        at.workspace.bob.waits_for(lambda each: "You are not an approver" in each.plain)


@contextmanager
def forwarding() -> Iterator[tuple[str, list[str]]]:
    """A plain HTTP proxy: its address, and the paths that went through it."""
    seen: list[str] = []

    async def forward(request: web.BaseRequest) -> web.Response:
        seen.append(request.path)
        headers = {
            name: value for name, value in request.headers.items() if name.lower() not in {"host", "content-length"}
        }
        async with (
            aiohttp.ClientSession() as session,
            session.request(request.method, request.url, data=await request.read(), headers=headers) as answer,
        ):
            return web.Response(body=await answer.read(), status=answer.status, content_type=answer.content_type)

    async def start() -> tuple[web.ServerRunner, int]:
        runner = web.ServerRunner(web.Server(forward))
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        return runner, runner.addresses[0][1]

    loop = LoopThread()
    runner, port = loop.run(start())
    try:
        yield f"http://127.0.0.1:{port}", seen
    finally:
        loop.run(runner.cleanup())
        loop.close()


def test_the_configured_proxy_is_used_for_everything(redis_url: str) -> None:
    with (
        forwarding() as (proxy, seen),
        office(redis_url, mode="http", config=configuration(slack={"proxy": proxy})) as at,
    ):
        at.workspace.rita.types("/regclean rm prod/app:1")
        request = at.plans(at.only_request(), PLAN)
        at.settle()
        at.workspace.bob.clicks(at.card(request), "Approve")
        at.workspace.bob.waits_for(lambda each: "You are not an approver" in each.plain)
        assert {"/api/auth.test", "/api/chat.postMessage", "/api/chat.getPermalink"} <= set(seen)
        assert any(path.startswith("/response/") for path in seen)


def test_no_proxy_is_honoured(redis_url: str, mode: str) -> None:
    config = configuration(slack={"proxy": NOWHERE, "no_proxy": ["127.0.0.0/8"]})
    with office(redis_url, mode=mode, config=config) as at:
        assert at.workspace.rita.types("/regclean rm prod/app:1") == {"ok": True}


def test_a_dead_proxy_keeps_the_bot_waiting(redis_url: str) -> None:
    config = configuration(slack={"proxy": NOWHERE})
    with pytest.raises(asyncio.TimeoutError), office(redis_url, config=config, patience=1.0):
        pass
