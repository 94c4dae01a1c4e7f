"""HTTP: /healthz, /readyz and /metrics in both modes, and Slack's requests where there is no socket."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Final

import uvicorn
from prometheus_client import CONTENT_TYPE_LATEST
from slack_bolt.adapter.starlette.async_handler import AsyncSlackRequestHandler
from slack_bolt.async_app import AsyncApp
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Message, Receive

from bot.app.metrics import Metrics
from bot.settings import BotSettings
from workers.core.errors import BadInput

EVENTS: Final = "/slack/events"
_LONGEST_TIMESTAMP: Final = 15
_LARGEST_BODY: Final = 4 * 2**20

Ready = Callable[[], Awaitable[str]]
"""What is missing before the bot can work, in a few words; empty when nothing is."""


def web_app(ready: Ready, bolt: Callable[[], AsyncApp | None], metrics: Metrics) -> Starlette:
    """`bolt` is the app that Slack's requests go to, None while there is none or where they come over a socket."""

    async def healthz(_: Request) -> Response:
        return PlainTextResponse("ok\n")

    async def readyz(_: Request) -> Response:
        missing = await ready()
        return PlainTextResponse(f"{missing or 'ready'}\n", status_code=503 if missing else 200)

    async def figures(_: Request) -> Response:
        page = metrics.page(is_ready=not await ready())
        return Response(page, media_type=CONTENT_TYPE_LATEST)

    async def events(request: Request) -> Response:
        app = bolt()
        if app is None:
            return PlainTextResponse("Not ready, or Slack is reached by a socket.\n", status_code=503)
        return await _events(request, app)

    return Starlette(
        routes=[
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/metrics", figures),
            Route(EVENTS, events, methods=["POST"]),
        ]
    )


async def _events(request: Request, app: AsyncApp) -> Response:
    """Hand a request to bolt, unless its timestamp or body would make bolt fail instead of refusing it."""
    timestamp = request.headers.get("x-slack-request-timestamp", "0")
    if not (timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= _LONGEST_TIMESTAMP):
        return PlainTextResponse("The timestamp is not a number.\n", status_code=401)
    bounded = Request(request.scope, _Bounded(request.receive))
    try:
        return await AsyncSlackRequestHandler(app).handle(bounded)
    except _TooLargeError:
        return PlainTextResponse("The body is too large.\n", status_code=413, headers={"Connection": "close"})
    except ValueError:
        # Neither UTF-8 nor JSON, so never signed by Slack.
        return PlainTextResponse("The body cannot be read.\n", status_code=400)


class _TooLargeError(Exception):
    """More than Slack ever sends."""


class _Bounded:
    """Receives a body piece by piece, no more than there is room for: nobody has looked at a signature yet."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._left = _LARGEST_BODY

    async def __call__(self) -> Message:
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            raise _TooLargeError
        return message


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are ours: the socket is closed and listeners finish before the process ends."""
        yield


class Listening:
    """A server at work on `port`."""

    def __init__(self, server: uvicorn.Server, bound: socket.socket) -> None:
        self.port = int(bound.getsockname()[1])
        self._server = server
        self._task = asyncio.create_task(server.serve(sockets=[bound]))

    async def stop(self) -> None:
        """Take no more requests, and answer those that were taken; may be called again."""
        self._server.should_exit = True
        await self._task


def listen(app: Starlette, settings: BotSettings) -> Listening:
    """Begin to serve; raises BadInput when the port cannot be had."""
    try:
        bound = socket.create_server((settings.host, settings.port), backlog=128)
    except OSError as error:
        raise BadInput(
            f"The bot cannot listen on {settings.host} port {settings.port} ({error.strerror}); set PORT to a free one."
        ) from error
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=10)
    return Listening(_Server(config), bound)
