"""How a workspace is set up: the app's registration, its secrets, and the figures Slack's rules use."""

from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["socket", "http"]

COMMANDS_SCOPE = "commands"  # for slash commands and shortcuts
DEFAULT_SCOPES = frozenset(
    {
        COMMANDS_SCOPE,
        "chat:write",
        "files:write",
        "usergroups:read",
        "users:read",
        "im:write",
        "channels:history",
        "groups:history",
        "im:history",
        "channels:read",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Subcommand:
    name: str
    hint: str = ""
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A slash command as registered in the app's configuration; `subcommands` only feed the page's suggestions."""

    command: str
    usage_hint: str = ""
    description: str = ""
    should_escape: bool = True
    subcommands: tuple[Subcommand, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortcut:
    callback_id: str
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rates:
    """Slack's rate limits (docs.slack.dev/apis/web-api/rate-limits): calls a minute for each tier, and posting."""

    per_minute: dict[int, int] = field(default_factory=lambda: {1: 1, 2: 20, 3: 50, 4: 100})
    posts_per_second: float = 1.0
    post_burst: int = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long Slack waits, in seconds: for an ack, between redeliveries, and until a ticket is worthless."""

    ack: float = 3.0
    # Slack itself waits nothing, 1 minute and 5 minutes; tests and demonstrations have less time.
    event_retries: tuple[float, ...] = (0.1, 0.5, 1.0)
    trigger: float = 3.0
    response_url: float = 1800.0
    response_url_uses: int = 5
    socket_ticket: float = 30.0


REGCLEAN_COMMAND = Command(
    command="/regclean",
    usage_hint="help | ls | rm REPOSITORY:TAG…",
    description="Free space in your registries, with approvals",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkspaceSettings:
    """Everything that a workspace is told at its start; `port` 0 takes a free one, and only loopback is served.

    `scopes` are the bot token's, `app_scopes` those of the app-level token.
    """

    port: int = 0
    mode: Mode = "socket"
    request_url: str = ""
    bot_token: str = "xoxb-demo-workspace-bot"  # noqa: S105 - opens a stand-in on this machine, nothing else
    app_token: str = "xapp-demo-workspace-app"  # noqa: S105 - as above
    signing_secret: str = "demo-workspace-signing"  # noqa: S105 - as above
    verification_token: str = "demo-workspace-verification"  # noqa: S105 - as above
    scopes: frozenset[str] = DEFAULT_SCOPES
    app_scopes: frozenset[str] = frozenset({"connections:write"})
    commands: tuple[Command, ...] = (REGCLEAN_COMMAND,)
    message_shortcuts: tuple[Shortcut, ...] = ()
    global_shortcuts: tuple[Shortcut, ...] = ()
    events: frozenset[str] = frozenset({"app_home_opened"})
    rates: Rates = field(default_factory=Rates)
    patience: Patience = field(default_factory=Patience)
