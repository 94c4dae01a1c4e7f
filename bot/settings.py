"""Settings: what the bot takes from the environment, read once; every mistake is told together with the others."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Final, Self, TypeVar
from urllib.parse import urlsplit

from workers.config import Secret, redis_url, secret_from_environment, signing_keys
from workers.core.approval import KeyRing
from workers.core.errors import BadInput
from workers.store.starting import allows_volatile

T = TypeVar("T")

SLACK_API: Final = "https://slack.com/api/"
_NO_KEYS: Final = KeyRing((b"none",))
ANYWHERE: Final = "0.0.0.0"
"""In a container, what reaches the port is the operator's choice."""


class BadSettings(BadInput):
    """The environment cannot be used."""

    def __init__(self, mistakes: list[str]) -> None:
        self.mistakes = tuple(mistakes)
        super().__init__("\n".join(mistakes))


@dataclass(frozen=True, slots=True, kw_only=True)
class BotSettings:
    """With an `app_token` the bot uses Socket Mode, else HTTP and then it has a `signing_secret`.

    `host` and `port`: where it serves Slack's requests (HTTP only), /healthz and /readyz. `allow_volatile`: whether
    Redis may be one that loses what it was given.
    """

    bot_token: Secret
    app_token: Secret | None
    signing_secret: Secret | None
    redis_url: Secret
    keys: KeyRing
    api_url: str = SLACK_API
    host: str = ANYWHERE
    port: int = 3000
    allow_volatile: bool = False

    @property
    def uses_sockets(self) -> bool:
        return self.app_token is not None

    @classmethod
    def read(cls, environ: Mapping[str, str]) -> Self:
        """Read SLACK_…, REDIS_URL, REGCLEAN_… and PORT; raises BadSettings."""
        reading = _Reading(environ)
        bot_token = reading.required(
            "SLACK_BOT_TOKEN", "give it the bot token (xoxb-…) from the app's “Install App” page."
        )
        _check_prefix(reading, bot_token, "SLACK_BOT_TOKEN", "xoxb-")
        app_token = reading.secret("SLACK_APP_TOKEN")
        _check_prefix(reading, app_token, "SLACK_APP_TOKEN", "xapp-")
        settings = cls(
            bot_token=bot_token,
            app_token=app_token,
            signing_secret=_signing_secret(reading),
            redis_url=_redis_url(reading),
            keys=reading.attempt(lambda: KeyRing(signing_keys(environ)), _NO_KEYS),
            api_url=_api_url(reading),
            host=environ.get("REGCLEAN_HOST") or ANYWHERE,
            port=reading.attempt(lambda: _port(environ), 0),
            allow_volatile=reading.attempt(lambda: allows_volatile(environ), fallback=False),
        )
        if reading.mistakes:
            raise BadSettings(reading.mistakes)
        return settings


@dataclass(slots=True)
class _Reading:
    """The environment while it is read; what is wrong gathers in `mistakes`."""

    environ: Mapping[str, str]
    mistakes: list[str] = field(default_factory=list)

    def attempt(self, read: Callable[[], T], fallback: T) -> T:
        try:
            return read()
        except BadInput as error:
            self.mistakes.append(error.sentence)
            return fallback

    def secret(self, name: str) -> Secret | None:
        return self.attempt(lambda: secret_from_environment(self.environ, name), None)

    def required(self, name: str, remedy: str) -> Secret:
        before = len(self.mistakes)
        found = self.secret(name)
        if found is None and len(self.mistakes) == before:
            self.mistakes.append(f"{name} is not set; {remedy}")
        return found or Secret("")


def _check_prefix(reading: _Reading, token: Secret | None, name: str, prefix: str) -> None:
    if token and token.reveal() and not token.reveal().startswith(prefix):
        reading.mistakes.append(f"{name} is not a token of the right kind; it begins with {prefix}.")


def _signing_secret(reading: _Reading) -> Secret | None:
    """Needed only where Slack's requests come over HTTP: a socket has no signatures."""
    if reading.environ.get("SLACK_APP_TOKEN") or reading.environ.get("SLACK_APP_TOKEN_FILE"):
        return reading.secret("SLACK_SIGNING_SECRET")
    return reading.required(
        "SLACK_SIGNING_SECRET",
        "without SLACK_APP_TOKEN the bot takes requests over HTTP and needs the signing secret to trust them.",
    )


def _redis_url(reading: _Reading) -> Secret:
    before = len(reading.mistakes)
    url = reading.attempt(lambda: redis_url(reading.environ), None)
    if url is None and len(reading.mistakes) == before:
        reading.mistakes.append("REDIS_URL is not set; give it the address of Redis, such as redis://localhost:6379/0.")
    return url or Secret("")


def _api_url(reading: _Reading) -> str:
    url = reading.environ.get("SLACK_API_URL") or SLACK_API
    if urlsplit(url).scheme not in {"http", "https"} or not urlsplit(url).netloc:
        reading.mistakes.append("SLACK_API_URL is not a web address; leave it out to use Slack itself.")
    return url if url.endswith("/") else f"{url}/"


def _port(environ: Mapping[str, str]) -> int:
    text = environ.get("PORT") or "3000"
    if not (text.isascii() and text.isdigit() and len(text) < 6 and int(text) < 65_536):
        raise BadInput(f"PORT is “{text[:20]}”; write a number from 0 to 65535, where 0 takes any free port.")
    return int(text)
