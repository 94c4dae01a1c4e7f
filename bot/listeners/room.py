"""Room: what every listener works with."""

from dataclasses import dataclass

from bot.commands import Desk
from bot.slack.web import Web


@dataclass(frozen=True, slots=True)
class Room:
    """Slack, and the desk at which commands are served."""

    web: Web
    desk: Desk
