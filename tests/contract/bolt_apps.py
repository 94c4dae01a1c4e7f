"""Unmodified bolt apps, each on an event loop in a thread of its own, for tests that act as people."""

import asyncio
import logging
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from aiohttp import web
from slack_bolt.adapter.socket_mode.aiohttp import AsyncSocketModeHandler
from slack_bolt.app.async_app import AsyncApp
from slack_sdk.web.async_client import AsyncWebClient

from demo.workspace import RunningWorkspace

T = TypeVar("T")
Install = Callable[[AsyncApp], None]
SILENT = logging.getLogger("silent-bolt")
SILENT.setLevel(logging.CRITICAL + 1)


class LoopThread:
    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=20)

    def close(self) -> None:
        self.run(_cancel_leftovers())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(timeout=10)
        self._loop.close()


async def _cancel_leftovers() -> None:
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


def new_app(workspace: RunningWorkspace, install: Install) -> AsyncApp:
    client = AsyncWebClient(token=workspace.bot_token, base_url=workspace.api_url, logger=SILENT)
    app = AsyncApp(client=client, signing_secret=workspace.signing_secret, logger=SILENT)
    install(app)
    return app


@contextmanager
def socket_app(workspace: RunningWorkspace, install: Install) -> Iterator[AsyncApp]:
    """A bolt app connected over Socket Mode while the block runs."""
    loop = LoopThread()

    async def connect() -> tuple[AsyncApp, AsyncSocketModeHandler]:
        app = new_app(workspace, install)
        handler = AsyncSocketModeHandler(app, workspace.app_token, logger=SILENT, ping_interval=1)
        await handler.connect_async()  # type: ignore[no-untyped-call]  # bolt leaves it untyped
        return app, handler

    before = workspace.sockets()
    app, handler = loop.run(connect())
    try:
        workspace.wait_connected(before + 1)
        yield app
    finally:
        loop.run(handler.close_async())  # type: ignore[no-untyped-call]  # as above
        loop.close()


@contextmanager
def http_app(workspace: RunningWorkspace, install: Install) -> Iterator[AsyncApp]:
    """A bolt app behind a request URL that the workspace has verified."""
    loop = LoopThread()

    async def serve() -> tuple[AsyncApp, web.AppRunner, str]:
        app = new_app(workspace, install)
        runner = web.AppRunner(app.server(port=0).web_app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        return app, runner, f"http://127.0.0.1:{runner.addresses[0][1]}/slack/events"

    app, runner, url = loop.run(serve())
    try:
        workspace.set_request_url(url)
        yield app
    finally:
        loop.run(runner.cleanup())
        loop.close()
