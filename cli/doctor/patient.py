"""Patient: what is examined: an environment, and what it leads to, each opened when a check first needs it."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import cached_property, partial
from types import TracebackType
from typing import Final, Self

import aiohttp
from redis import Redis
from slack_sdk.web.async_client import AsyncWebClient

from bot.settings import SLACK_API
from bot.slack.access import Access
from bot.slack.web import new_client
from workers.config import Config, RegistrySettings, Secret, from_environment, redis_url, secret_from_environment
from workers.core.errors import BadInput
from workers.credentials import resolve
from workers.gc.runner import Runner
from workers.gc.table import RUNNERS
from workers.registries.distribution import Registry
from workers.registries.table import endpoint_of
from workers.store.connection import Patience, connect
from workers.store.store import utc_now

_SECONDS: Final = 20.0
_REDIS: Final = Patience(timeout=3, retries=1, cap=0.2)
_ATTEMPTS: Final = 2


@dataclass(kw_only=True)
class Patient:
    """To be used in `async with`. `request_url`: where Slack sends requests, as far as it was told."""

    environ: Mapping[str, str]
    clock: Callable[[], datetime] = utc_now
    request_url: str = ""
    _open: AsyncExitStack = field(default_factory=AsyncExitStack)
    _registries: dict[str, Registry] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self._open.aclose()

    @cached_property
    def config(self) -> Config:
        """Raises BadInput, or BadConfig with every mistake."""
        return from_environment(self.environ)

    def secret(self, name: str) -> Secret | None:
        """Raises BadInput when the file that should hold it cannot be used."""
        return secret_from_environment(self.environ, name)

    def required(self, name: str) -> Secret:
        """The same for what the check's `needs` have asked for."""
        found = self.secret(name)
        if found is None:
            raise BadInput(f"{name} is not set.")
        return found

    @cached_property
    def redis(self) -> Redis:
        given = redis_url(self.environ)
        if given is None:
            raise BadInput("REDIS_URL is not set.")
        redis = connect(given.reveal(), _REDIS)
        self._open.callback(redis.close)
        return redis

    @property
    def access(self) -> Access:
        """Raises BadInput for a configuration that cannot be used: it may name a proxy."""
        url = self.environ.get("SLACK_API_URL") or SLACK_API
        return Access(
            token=self.required("SLACK_BOT_TOKEN"),
            api_url=url if url.endswith("/") else f"{url}/",
            proxy=self.config.slack.proxy,
            no_proxy=self.config.slack.no_proxy,
        )

    @cached_property
    def session(self) -> aiohttp.ClientSession:
        session = aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=_SECONDS), trust_env=False)
        self._open.push_async_callback(session.close)
        return session

    @cached_property
    def slack(self) -> AsyncWebClient:
        return new_client(self.access, self.session)

    def registry(self, name: str) -> Registry:
        """A client that gives up soon."""
        if name not in self._registries:
            settings = self.settings(name)
            endpoint = replace(endpoint_of(settings), attempts=_ATTEMPTS, timeout=min(settings.timeout, _SECONDS))
            self._registries[name] = Registry(endpoint, partial(resolve, settings, self.environ))
            self._open.push_async_callback(self._registries[name].aclose)
        return self._registries[name]

    def settings(self, name: str) -> RegistrySettings:
        return self.config.registry(name)

    def runner(self, name: str) -> Runner:
        """How its garbage is collected, with little time for each command; raises BadInput where nothing says how."""
        gc = self.settings(name).gc
        if gc is None:
            raise BadInput(f"{name} has no gc.")
        return RUNNERS[gc.runner](gc.model_copy(update={"timeout": min(gc.timeout, _SECONDS)}))
