"""Room: what reply jobs work with, opened from the environment on first use; tests put their own in its place."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

from bot.service import Service
from bot.settings import BotSettings
from bot.slack.access import Access
from bot.slack.pacer import RATES, Pacer, Rate
from bot.slack.patience import Patience
from workers.config import Config
from workers.config import from_environment as config_from_environment
from workers.store.connection import WORKER, connect
from workers.store.store import Store


@dataclass(frozen=True, kw_only=True)
class Room:
    """`longest`: seconds that one call to Slack may take with all its tries."""

    store: Store
    config: Config
    access: Access
    longest: float = 120.0
    rates: Mapping[str, Rate] = field(default_factory=lambda: RATES)

    @cached_property
    def service(self) -> Service:
        return Service(self.store, self.config)

    @cached_property
    def patience(self) -> Patience:
        return Patience(Pacer(self.store.redis, self.rates), self.longest)


_rooms: Final[list[Room]] = []


def room() -> Room:
    """The room of this process; raises BadSettings or BadConfig when the environment cannot be used."""
    if not _rooms:
        use(_from_environment())
    return _rooms[-1]


def forget() -> None:
    """Open a new room at the next use."""
    _rooms.clear()


def use(room: Room) -> None:
    """Put a room in place of the one there was."""
    _rooms[:] = [room]


def _from_environment() -> Room:
    settings, config = BotSettings.read(os.environ), config_from_environment(os.environ)
    redis = connect(settings.redis_url.reveal(), WORKER)
    return Room(store=Store.open(redis, settings.keys), config=config, access=Access.of(settings, config))
