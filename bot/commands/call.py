"""Call: one command as it was typed, with everything its handler needs."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.words import Words
from bot.service import Asked, Service
from workers.config import Config
from workers.core.addressing import Known
from workers.core.request import Origin


@dataclass(frozen=True, slots=True)
class Desk:
    """Where commands are served: the service, and the registries people may name."""

    service: Service
    config: Config

    @property
    def known(self) -> Sequence[Known]:
        return [Known(name=each.name, hosts=each.hosts) for each in self.config.registries]


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """`asker` is the Slack user id in the payload; `payload` is its trigger id, which names this very command."""

    words: Words
    asker: str
    channel: str
    response_url: str
    payload: str

    @property
    def origin(self) -> Origin:
        return Origin(channel=self.channel, response_url=self.response_url, share=self.words.share)

    @property
    def asked(self) -> Asked:
        return Asked(requester=self.asker, origin=self.origin, payload=self.payload, reason=self.words.reason)
