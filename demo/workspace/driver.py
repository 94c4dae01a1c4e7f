"""People for tests: they type, click and read over the same API that the page uses."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Self, TypeVar

import httpx

from demo.workspace import content
from demo.workspace.records import Json
from demo.workspace.seen import Seen

T = TypeVar("T")
PATIENCE = 10.0


class Driver:
    """A workspace reached over HTTP, whether in this process or another."""

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
        self._http.close()

    def read(self, path: str, **query: str | float) -> Json:
        return self._json(self._http.get(f"/_/{path}", params=query))

    def send(self, path: str, body: Json) -> Json:
        return self._json(self._http.post(f"/_/{path}", json=body))

    def advance(self, seconds: float) -> None:
        """Move the workspace's clock, and with it the life of triggers, response URLs and rate limits."""
        self.send("control/clock", {"advance": seconds})

    def set_request_url(self, url: str) -> None:
        """Send payloads to `url` over HTTP from now on; ValueError when it does not answer Slack's challenge."""
        answer = self.send("control/request_url", {"url": url})
        if not answer["ok"]:
            raise ValueError(f"{url} did not answer the challenge: start the app there first")

    def sockets(self) -> int:
        return int(self.read("control/sockets")["count"])

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

    def wait_connected(self, count: int = 1, seconds: float = PATIENCE) -> None:
        """Wait until the app holds `count` sockets."""
        self.wait_for(lambda: self.sockets() >= count, seconds)

    @staticmethod
    def _json(response: httpx.Response) -> Json:
        answer: Json = response.json()
        return answer


class Person:
    """One user of the workspace; actions return the client's answer, `{"ok": …, "error": …}`."""

    def __init__(self, driver: Driver, user: str) -> None:
        self._driver = driver
        self.id = user

    @property
    def dm(self) -> str:
        """The direct message between this person and the app."""
        return content.im_id(self.id)

    @property
    def notes(self) -> list[str]:
        """The notices shown so far, such as Slackbot's about a failed command."""
        return [note["text"] for note in self._driver.read("control/screen", user=self.id)["notes"]]

    def types(self, text: str, channel: str = content.REGISTRY_CLEAN, thread_ts: str = "") -> Json:
        """Enter a line: a command when it begins with `/`, otherwise a message."""
        path = "command" if text.startswith("/") else "post"
        body = {"user": self.id, "channel": channel, "text": text, "thread_ts": thread_ts}
        return self._driver.send(path, body)

    def sees(self, channel: str = content.REGISTRY_CLEAN) -> list[Seen]:
        """The channel's messages with this person's ephemerals, oldest first, without thread replies."""
        return self._messages(channel=channel)

    def thread(self, message: Seen) -> list[Seen]:
        """The message's thread, its parent first."""
        return self._messages(channel=message.channel, thread_ts=message.thread_ts or message.ts)

    def waits_for(
        self, wanted: Callable[[Seen], object], channel: str = content.REGISTRY_CLEAN, seconds: float = PATIENCE
    ) -> Seen:
        """The newest message in `channel` that is `wanted`, as soon as there is one."""
        found = self._driver.wait_for(lambda: [each for each in self.sees(channel) if wanted(each)], seconds)
        return found[-1]

    def _messages(self, **query: str) -> list[Seen]:
        return [Seen.read(each) for each in self._driver.read("history", user=self.id, **query)["messages"]]
