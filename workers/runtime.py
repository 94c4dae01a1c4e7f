"""Runtime: what a worker process opens once: its configuration, its store, its clock, and its way to registries."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Self

from workers.config import Config, RegistrySettings, from_environment, redis_url, signing_keys
from workers.core.approval import KeyRing
from workers.core.errors import BadInput
from workers.gc.runner import Runner
from workers.gc.table import RUNNERS
from workers.registries.distribution import Registry
from workers.registries.table import open_registry
from workers.registries.transport import MayWrite
from workers.store.connection import WORKER, connect
from workers.store.store import Store


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """Opened from the environment; tests build their own."""

    config: Config
    store: Store
    environ: Mapping[str, str]

    @classmethod
    def open(cls, environ: Mapping[str, str]) -> Self:
        """Raises BadInput when the environment or the configuration cannot be used."""
        url = redis_url(environ)
        if url is None:
            raise BadInput("REDIS_URL is not set; point it at the Redis that the bot uses.")
        store = Store.open(connect(url.reveal(), WORKER), KeyRing(signing_keys(environ)))
        return cls(config=from_environment(environ), store=store, environ=environ)

    def registry(self, settings: RegistrySettings, may_write: MayWrite | None = None) -> Registry:
        """A client for one configured registry; its credentials are resolved here and nowhere else."""
        return open_registry(settings, self.environ, may_write=may_write)

    def runner(self, settings: RegistrySettings) -> Runner | None:
        """How this registry's garbage is collected; None where none is configured."""
        return RUNNERS[settings.gc.runner](settings.gc) if settings.gc else None


@cache
def runtime() -> Runtime:
    """This process's runtime, opened at first use."""
    return Runtime.open(os.environ)
