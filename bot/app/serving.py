"""Serving: starts the bot, says truly whether it is ready, and stops it without losing what is in flight."""

import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Final

import stamina
import structlog
from redis import Redis
from redis.exceptions import RedisError
from slack_bolt.async_app import AsyncApp
from slack_sdk.errors import SlackApiError

from bot.app.building import build_app
from bot.app.http import Listening, listen, web_app
from bot.app.in_flight import InFlight
from bot.app.metrics import Metrics
from bot.app.socket_mode import SlackSocket
from bot.settings import BotSettings
from bot.slack.access import Access
from bot.slack.patience import pause_asked
from bot.slack.web import Web, error_codes, open_web
from workers.config import Config
from workers.core.errors import BadInput, Unavailable
from workers.store.connection import LISTENER, connect
from workers.store.starting import check

_GRACE: Final = 10.0
_THREADS: Final = 32
_FIRST_LOOK: Final = 3.0
_NEXT_LOOK: Final = 1.0
"""Seconds that the start waits for Redis, and between two tries after that."""
_REMEDIES: Final = {"missing_scope": "make one that has the scope connections:write."}
log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Running:
    """A bot at work; `port` is where it answers /readyz. `checking` ends once Redis was seen to lose nothing."""

    settings: BotSettings
    redis: Redis
    checking: asyncio.Task[None]
    port: int = 0
    app: AsyncApp | None = None
    socket: SlackSocket | None = None
    metrics: Metrics = field(default_factory=Metrics)
    _stopping: bool = field(default=False)

    async def missing(self) -> str:
        """What keeps it from working, in a few words; empty when nothing does."""
        if self._stopping:
            return "stopping"
        if self.app is None:
            return "Slack has not accepted the tokens yet"
        if self.settings.uses_sockets and not (self.socket and await self.socket.is_connected()):
            return "the socket to Slack is not connected"
        return await asyncio.to_thread(self._redis_missing)

    def _redis_missing(self) -> str:
        try:
            self.redis.ping()
        except RedisError:
            return "Redis does not answer"
        return ""

    def over_http(self) -> AsyncApp | None:
        return None if self.settings.uses_sockets else self.app

    def stop(self) -> None:
        self._stopping = True


async def serve(settings: BotSettings, config: Config, stop: asyncio.Event | None = None) -> None:
    """Serve until SIGTERM or SIGINT, or until `stop` is set; raises BadInput when Slack refuses the tokens.

    Raises Unfit when Redis would lose what it is given, also where it was away at the start.
    """
    stopped = asyncio.create_task((stop or _on_signals()).wait())
    async with AsyncExitStack() as stack:
        starting = asyncio.create_task(stack.enter_async_context(running(settings, config)))
        await asyncio.wait({starting, stopped}, return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            bot = await starting
            log.info("bot.ready", port=bot.port, mode="socket" if settings.uses_sockets else "http")
            await _until(stopped, bot.checking)
            log.info("bot.stopping")
        starting.cancel()
        with suppress(asyncio.CancelledError):
            await starting


async def _until(stopped: asyncio.Task[object], checking: asyncio.Task[None]) -> None:
    await asyncio.wait({stopped, checking}, return_when=asyncio.FIRST_COMPLETED)
    if checking.done():
        checking.result()
    await stopped


def _on_signals() -> asyncio.Event:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    return stop


@asynccontextmanager
async def running(settings: BotSettings, config: Config) -> AsyncIterator[Running]:
    """A bot that is connected when the block starts, and has let its listeners finish when it ends."""
    # While Redis is away each save holds a thread for seconds, and the others must not wait for one.
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(_THREADS, "saving"))
    access = Access.of(settings, config)
    async with AsyncExitStack() as stack:
        redis = connect(settings.redis_url.reveal(), LISTENER)
        stack.callback(redis.close)
        bot = Running(settings, redis, asyncio.create_task(_checked(settings, redis)))
        stack.callback(bot.checking.cancel)
        listening = listen(web_app(bot.missing, bot.over_http, bot.metrics), settings)
        stack.push_async_callback(listening.stop)
        bot.port = listening.port
        await asyncio.wait({bot.checking}, timeout=_FIRST_LOOK)
        if bot.checking.done():
            bot.checking.result()
        web = await stack.enter_async_context(open_web(access))
        await _accepted("SLACK_BOT_TOKEN", web.client.auth_test)
        app = build_app(settings, config, web, bot.metrics)
        in_flight = InFlight(app)
        if settings.app_token:
            bot.socket = await _connected(app, settings.app_token.reveal(), web, access)
            stack.push_async_callback(bot.socket.close)
        bot.app = app
        try:
            yield bot
        finally:
            await _finish(bot, listening, in_flight)


async def _checked(settings: BotSettings, redis: Redis) -> None:
    """Return once Redis was seen to lose nothing; raises Unfit. While it is away there is nothing it could take."""
    while True:
        try:
            await asyncio.to_thread(check, redis, allow_volatile=settings.allow_volatile)
        except Unavailable:
            await asyncio.sleep(_NEXT_LOOK)
        else:
            return


async def _finish(bot: Running, listening: Listening, in_flight: InFlight) -> None:
    """Say that nothing more should come, take nothing more where that can be told, and let listeners end."""
    bot.stop()
    if not bot.settings.uses_sockets:
        await listening.stop()
    if not await in_flight.wait(_GRACE):
        log.warning("bot.unfinished", seconds=_GRACE)


async def _connected(app: AsyncApp, app_token: str, web: Web, access: Access) -> SlackSocket:
    async def ask() -> object:
        return await web.client.apps_connections_open(app_token=app_token)

    await _accepted("SLACK_APP_TOKEN", ask)
    socket = SlackSocket(app, app_token, web, access)
    await socket.connect()
    return socket


async def _accepted(name: str, ask: Callable[[], Awaitable[object]]) -> None:
    """Wait for Slack to answer; raises BadInput when it refuses the token."""
    try:
        async for attempt in stamina.retry_context(on=pause_asked, attempts=None, timeout=None, wait_max=10.0):
            with attempt:
                await ask()
    except SlackApiError as error:
        why = ", ".join(error_codes(error))
        remedy = _REMEDIES.get(why, "copy it again from the app's pages in Slack.")
        raise BadInput(f"Slack does not accept {name} ({why}); {remedy}") from error
