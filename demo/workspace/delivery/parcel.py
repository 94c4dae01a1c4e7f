"""What is sent to the app, what comes back, and how it can fail."""

from dataclasses import dataclass
from typing import Literal, Protocol

from demo.workspace.records import Json

Kind = Literal["slash_commands", "interactive", "events_api"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parcel:
    """A payload on its way; `wants_answer` is whether the ack may carry a body that Slack uses.

    `attempt` counts redeliveries of an event, and `reason` says why it is sent again.
    """

    kind: Kind
    payload: Json
    wants_answer: bool = False
    attempt: int = 0
    reason: str = ""


class DispatchFailed(Exception):  # noqa: N818 - Slack's own word
    """The app did not take the payload: `code` is what the user is told, `reason` what a redelivery says."""

    def __init__(self, code: str, reason: str) -> None:
        super().__init__(code)
        self.code = code
        self.reason = reason


class Road(Protocol):
    async def send(self, parcel: Parcel) -> Json | None:
        """Return the ack's body, None for an empty one; raise DispatchFailed."""
