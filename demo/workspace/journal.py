"""What passed between the workspace and the app, for people who look into a failed test."""

from collections import deque
from dataclasses import dataclass, field

from demo.workspace.records import Json

KEPT = 1000


@dataclass(slots=True)
class Journal:
    """The last thousand Web API calls and the last thousand payloads, oldest first."""

    calls: deque[Json] = field(default_factory=lambda: deque(maxlen=KEPT))
    payloads: deque[Json] = field(default_factory=lambda: deque(maxlen=KEPT))

    def call(self, method: str, arguments: Json, status: int, answer: Json) -> None:
        outcome = "ok" if answer.get("ok") else answer.get("error", "")
        self.calls.append({"method": method, "arguments": arguments, "status": status, "outcome": outcome})

    def payload(self, kind: str, payload: Json, outcome: str) -> None:
        self.payloads.append({"kind": kind, "payload": payload, "outcome": outcome})
