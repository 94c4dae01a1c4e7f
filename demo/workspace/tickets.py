"""What Slack hands out for a short while: trigger ids, response URLs and places at the socket."""

import secrets
from dataclasses import dataclass, field

from demo.workspace.clock import Clock
from demo.workspace.refusal import Refusal
from demo.workspace.settings import Patience


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an interaction came from, and so where a response URL answers; `ts` is the message it may replace."""

    user: str
    channel: str
    ts: str = ""
    is_ephemeral: bool = False
    thread_ts: str = ""


@dataclass(slots=True, kw_only=True)
class _Ticket:
    user: str
    until: float
    spent: bool = False


@dataclass(slots=True, kw_only=True)
class _Reply:
    origin: Origin
    until: float
    uses: int = 0


@dataclass(slots=True)
class Tickets:
    clock: Clock
    patience: Patience
    _triggers: dict[str, _Ticket] = field(default_factory=dict)
    _responses: dict[str, _Reply] = field(default_factory=dict)
    _sockets: dict[str, _Ticket] = field(default_factory=dict)

    def new_trigger(self, user: str) -> str:
        name = f"{int(self.clock.now() * 1000)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        self._triggers[name] = _Ticket(user=user, until=self.clock.now() + self.patience.trigger)
        return name

    def spend_trigger(self, name: str) -> str:
        """Return whose trigger it was; it works once and for 3 s (interactivity/handling-user-interaction)."""
        ticket = self._triggers.get(name)
        if ticket is None:
            raise Refusal("invalid_trigger_id")
        if ticket.spent:
            raise Refusal("exchanged_trigger_id")
        if self.clock.now() > ticket.until:
            raise Refusal("expired_trigger_id")
        ticket.spent = True
        return ticket.user

    def new_response_path(self, origin: Origin) -> str:
        name = secrets.token_urlsafe(18)
        self._responses[name] = _Reply(origin=origin, until=self.clock.now() + self.patience.response_url)
        return name

    def response_channel(self, name: str) -> str:
        """Where this response URL answers; empty when there is none of that name."""
        reply = self._responses.get(name)
        return reply.origin.channel if reply else ""

    def spend_response(self, name: str) -> Origin:
        """Return where to answer; five times within 30 minutes, else `used_url` or `expired_url`."""
        reply = self._responses.get(name)
        if reply is None:
            raise Refusal("invalid_url")
        if self.clock.now() > reply.until:
            raise Refusal("expired_url")
        if reply.uses >= self.patience.response_url_uses:
            raise Refusal("used_url")
        reply.uses += 1
        return reply.origin

    def new_socket_ticket(self) -> str:
        name = secrets.token_hex(16)
        self._sockets[name] = _Ticket(user="", until=self.clock.now() + self.patience.socket_ticket)
        return name

    def admit_socket(self, name: str) -> bool:
        """A socket URL opens one connection, soon after it was handed out."""
        ticket = self._sockets.pop(name, None)
        return ticket is not None and self.clock.now() <= ticket.until
