"""A workspace as tests and tools reach it, over HTTP: its people, its clock, and the troubles it can be given."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

import httpx

from demo.workspace import content
from demo.workspace.person import Person
from demo.workspace.records import Json

T = TypeVar("T")
PATIENCE = 10.0


class Driver:
    """A workspace in this process or another; close it, or use it in a `with` block."""

    def __init__(self, url: str) -> None:
        self.url = url
        self._http = httpx.Client(base_url=url, timeout=30.0, trust_env=False)
        self.rita = Person(self, content.RITA)
        self.ada = Person(self, content.ADA)
        self.ben = Person(self, content.BEN)
        self.bob = Person(self, content.BOB)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def read(self, path: str, **query: str | float) -> Json:
        """GET `/_/path`."""
        return self._json(self._http.get(f"/_/{path}", params=query))

    def send(self, path: str, body: Json) -> Json:
        """POST `/_/path`."""
        return self._json(self._http.post(f"/_/{path}", json=body))

    def wait_for(self, look: Callable[[], T], seconds: float = PATIENCE) -> T:
        """Return what `look` finds as soon as it is truthy; TimeoutError after `seconds`."""
        end = time.monotonic() + seconds
        changes = int(self.read("control/changes")["changes"])
        while not (found := look()):
            left = end - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"nothing of that kind was seen within {seconds} s")
            changes = int(self.read("control/changes", seen=changes, seconds=min(left, 0.5))["changes"])
        return found

    def sockets(self) -> int:
        """How many connections the app holds."""
        return int(self.read("control/sockets")["count"])

    def wait_connected(self, count: int = 1, seconds: float = PATIENCE) -> None:
        """Wait until the app holds `count` sockets."""
        self.wait_for(lambda: self.sockets() >= count, seconds)

    def drop_sockets(self) -> int:
        """Cut the app's connections without a word; return how many."""
        return int(self.send("control/sockets/drop", {})["dropped"])

    def announce(self, reason: str = "refresh_requested") -> None:
        """Ask the app to connect again, for `warning` or `refresh_requested`."""
        self.send("control/sockets/announce", {"reason": reason})

    def set_request_url(self, url: str) -> None:
        """Send payloads to `url` over HTTP from now on; ValueError when it does not answer Slack's challenge."""
        answer = self.send("control/request_url", {"url": url})
        if not answer["ok"]:
            raise ValueError(f"{url} did not answer the challenge: start the app there first")

    def request_url(self) -> str:
        """Where payloads go over HTTP; empty when nothing is set."""
        return str(self.read("control/request_url")["url"])

    def advance(self, seconds: float) -> None:
        """Move the workspace's clock, and with it the life of triggers, response URLs and rate limits."""
        self.send("control/clock", {"advance": seconds})

    def trouble(self, method: str, **fault: str | float | bool) -> None:
        """Let calls of a Web API method (or `response_url`, `upload`, `*`) go wrong; see `faults.Fault` for how.

        With `calls` or `seconds` it ends by itself, else with `no_trouble`.
        """
        answer = self.send("control/faults", {"method": method, **fault})
        if not answer["ok"]:
            raise ValueError(answer["error"])

    def no_trouble(self) -> None:
        self.send("control/faults/clear", {})

    def accept(self, *, on: bool) -> None:
        """With `on` False Slack cannot be reached: all the app's requests are cut; open sockets stay until dropped."""
        self.send("control/accepting", {"on": on})

    def deliver_twice(self, *, on: bool = True) -> None:
        self.send("control/twice", {"on": on})

    def new_channel(self, name: str, **how: bool) -> str:
        """The id of a new channel with all people in it; `with_app`, `private` and `archived` as wanted."""
        return str(self.send("control/channel", {"name": name, **how})["channel"])

    def new_person(self, name: str) -> Person:
        """One more member, in every public channel."""
        return Person(self, str(self.send("control/person", {"name": name})["user"]))

    def deactivate(self, user: str) -> None:
        """Close a member's account."""
        self.send("control/deactivate", {"user": user})

    def calls(self, method: str = "") -> list[Json]:
        """The app's Web API calls so far, `{"method", "arguments", "status", "outcome"}`; of one method when named."""
        calls: list[Json] = self.read("control/calls")["calls"]
        return [call for call in calls if method in ("", call["method"])]

    @property
    def early_calls(self) -> list[Json]:
        """The app's calls that came before the time a 429 had named: `{"method", "channel", "after", "seconds_early"}`.

        `after` is how many seconds after the 429; where the app has several processes, a call of another one may have
        been under way by then. A 429 is for one method, and where messages are posted, for one channel.
        """
        calls: list[Json] = self.read("control/early_calls")["calls"]
        return calls

    def payloads(self) -> list[Json]:
        """What was delivered to the app so far, `{"kind", "payload", "outcome"}`."""
        payloads: list[Json] = self.read("control/payloads")["payloads"]
        return payloads

    @staticmethod
    def _json(response: httpx.Response) -> Json:
        answer: Json = response.json()
        return answer
