"""Socket Mode: one connection to Slack, its real state, and the configured proxy."""

import asyncio
import logging
from time import time
from typing import Final

import aiohttp
from slack_bolt.adapter.socket_mode.async_internals import run_async_bolt_app, send_async_response
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError
from slack_sdk.socket_mode.aiohttp import SocketModeClient
from slack_sdk.socket_mode.async_client import AsyncBaseSocketModeClient
from slack_sdk.socket_mode.request import SocketModeRequest

from bot.slack.access import Access
from bot.slack.web import Web

_PING: Final = 5
_CONNECTING: Final = 15.0
"""Seconds for one URL; the SDK alone would wait five minutes for an answer, and try an old URL for ever."""
log = logging.getLogger("regclean.socket")


class SlackSocket(SocketModeClient):
    """Bolt's payloads over one socket that connects again by itself."""

    def __init__(self, app: AsyncApp, app_token: str, web: Web, access: Access) -> None:
        super().__init__(app_token=app_token, logger=log, web_client=web.client, ping_interval=_PING)
        self._access = access
        self._app = app
        self.socket_mode_request_listeners.append(self._take)

    async def connect(self) -> None:
        """Connect, each time with a URL that is fresh: one is good for some seconds, and its line may be dead."""
        while not self.closed:
            try:
                self.wss_uri = self.wss_uri or await self.issue_new_wss_url()
                async with asyncio.timeout(_CONNECTING):
                    await super().connect()  # type: ignore[no-untyped-call]  # the SDK leaves it untyped
            except (TimeoutError, SlackApiError, aiohttp.ClientError) as error:
                log.warning("Slack's socket cannot be reached (%s); asking for another one.", type(error).__name__)
                self.wss_uri = None
                await asyncio.sleep(_PING)
            else:
                return

    async def issue_new_wss_url(self) -> str:
        """Where to connect next, and by which way: the SDK would take a proxy from the environment."""
        url = await super().issue_new_wss_url()
        self.proxy = self._access.proxy_for(url)
        return url

    async def _take(self, client: AsyncBaseSocketModeClient, request: SocketModeRequest) -> None:
        began = time()
        answer = await run_async_bolt_app(self._app, request)
        await send_async_response(client, request, answer, began)
