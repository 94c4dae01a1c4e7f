"""Access: how Slack is reached: the token, the address, and whether a proxy is in between."""

from dataclasses import dataclass
from typing import Final, Self
from urllib.parse import urlsplit

from bot.settings import BotSettings
from workers.config import Config, Secret
from workers.config.no_proxy import is_direct

_PORTS: Final = {"http": 80, "ws": 80}
_SLACKS: Final = (".slack.com", ".slack-gov.com")


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """`proxy` comes from the configuration, never from the environment."""

    token: Secret
    api_url: str
    proxy: str | None = None
    no_proxy: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: BotSettings, config: Config) -> Self:
        return cls(
            token=settings.bot_token,
            api_url=settings.api_url,
            proxy=config.slack.proxy,
            no_proxy=config.slack.no_proxy,
        )

    def is_slack(self, url: str) -> bool:
        """Whether an address is Slack's, or that of what stands in for it.

        Response URLs are kept in Redis, where somebody could have put an address of their own, to have us call it.
        """
        try:
            parts, api = urlsplit(url), urlsplit(self.api_url)
            if (parts.scheme, parts.netloc) == (api.scheme, api.netloc):
                return True
            return parts.scheme == "https" and (parts.hostname or "").endswith(_SLACKS)
        except ValueError:
            return False

    def proxy_for(self, url: str) -> str | None:
        """The proxy on the way to `url`, if any."""
        parts = urlsplit(url)
        port = parts.port or _PORTS.get(parts.scheme, 443)
        return None if is_direct(parts.hostname or "", port, self.no_proxy) else self.proxy
