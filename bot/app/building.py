"""Building: the one place where settings, configuration, store and listeners become a bolt app."""

import logging
from collections.abc import Awaitable, Callable
from typing import Final

from slack_bolt.async_app import AsyncApp
from slack_bolt.authorization import AuthorizeResult

from bot.app.metrics import MeasuredApp, Metrics
from bot.commands import Desk
from bot.listeners import Room, install
from bot.service import Service
from bot.settings import BotSettings
from bot.slack.web import Web
from workers.config import Config
from workers.store.connection import LISTENER, connect
from workers.store.store import Store

SAVED_WITHIN: Final = 1.5
"""Seconds; Slack waits three for an acknowledgement."""

log = logging.getLogger("regclean.bolt")


def open_store(settings: BotSettings) -> Store:
    """Redis, with the patience that a listener has."""
    return Store.open(connect(settings.redis_url.reveal(), LISTENER), settings.keys, budget=SAVED_WITHIN)


def build_app(settings: BotSettings, config: Config, web: Web, metrics: Metrics) -> AsyncApp:
    """The app with all its listeners; nothing is sent yet."""
    log.addFilter(_is_news)
    app = MeasuredApp(
        metrics,
        logger=log,
        name="regclean",
        client=web.client,
        signing_secret=settings.signing_secret.reveal() if settings.signing_secret else "",
        request_verification_enabled=not settings.uses_sockets,
        authorize=_identity(web),
    )
    install(app, Room(web, Desk(Service(open_store(settings), config), config)))
    return app


def _is_news(record: logging.LogRecord) -> bool:
    """Bolt warns at every start that it takes its token from us and not from the environment, as it should."""
    return "`token`" not in record.getMessage()


def _identity(web: Web) -> Callable[..., Awaitable[AuthorizeResult]]:
    """Who the bot is, asked once: bolt's own way would ask again through a client of its own making."""
    known: list[AuthorizeResult] = []

    async def authorize(team_id: str | None, enterprise_id: str | None) -> AuthorizeResult:
        if not known:
            answer = await web.client.auth_test()
            bot = {"bot_user_id": answer.get("user_id"), "bot_id": answer.get("bot_id"), "bot_token": web.client.token}
            known.append(AuthorizeResult(enterprise_id=enterprise_id, team_id=team_id, **bot))
        return known[0]

    return authorize
