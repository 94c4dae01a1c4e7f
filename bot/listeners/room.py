"""Room: what every listener works with."""

from dataclasses import dataclass, field

from bot.commands import Desk
from bot.listeners.gate import Gate
from bot.slack.web import Web


@dataclass(frozen=True, slots=True)
class Room:
    """Slack, the desk at which commands are served, and the gate before it."""

    web: Web
    desk: Desk
    gate: Gate = field(default_factory=Gate)
