"""People for tests: they type, click and read over the same API that the page uses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from demo.workspace import content
from demo.workspace.entering import entry_for
from demo.workspace.seen import Seen, SeenView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from demo.workspace.driver import Driver
    from demo.workspace.records import Json

PATIENCE = 10.0


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
        return [note["text"] for note in self._screen()["notes"]]

    def types(self, text: str, channel: str = content.REGISTRY_CLEAN, thread_ts: str = "") -> Json:
        """Enter a line: a command when it begins with `/`, otherwise a message."""
        path = "command" if text.startswith("/") else "post"
        return self._send(path, channel=channel, text=text, thread_ts=thread_ts)

    def clicks(self, surface: Seen | SeenView, button: str, *, stale: bool = False) -> Json:
        """Click a button by its label or action_id; `stale` clicks one that others no longer see."""
        block, element = surface.element(button)
        return self._act(surface, block, element, stale=stale)

    def chooses(self, surface: Seen | SeenView, name: str, value: object) -> Json:
        """Choose in a menu, checkboxes or the like, by the value or label of the option."""
        block, element = surface.element(name)
        return self._act(surface, block, {**element, **entry_for(element, value)})

    def submits(self, view: SeenView, values: Mapping[str, object] | None = None) -> Json:
        """Submit a modal with `values` by action_id or block_id; other inputs keep what they began with.

        The answer has `response_action`, and `errors` by block_id when the modal stays open for them.
        """
        entered: dict[str, dict[str, Any]] = {}
        for name, value in (values or {}).items():
            block, element = view.element(name)
            entered.setdefault(block["block_id"], {})[element["action_id"]] = entry_for(element, value)
        return self._send("view_submit", view_id=view.id, values=entered)

    def closes(self, view: SeenView) -> Json:
        return self._send("view_close", view_id=view.id)

    def opens_home(self) -> Json:
        return self._send("home")

    def uses_shortcut(self, callback_id: str, message: Seen | None = None) -> Json:
        """Use a message's shortcut, or a global one without a message."""
        where = {"channel": message.channel, "message_ts": message.ts} if message else {}
        return self._send("shortcut", callback_id=callback_id, **where)

    def sees(self, channel: str = content.REGISTRY_CLEAN) -> list[Seen]:
        """The channel's messages with this person's ephemerals, oldest first, without thread replies."""
        return self._messages(channel=channel)

    def thread(self, message: Seen) -> list[Seen]:
        """The message's thread, its parent first."""
        return self._messages(channel=message.channel, thread_ts=message.thread_ts or message.ts)

    def again(self, message: Seen) -> Seen:
        """The same message as it is now; LookupError when it is gone."""
        for each in [*self.sees(message.channel), *self.thread(message)]:
            if each.ts == message.ts:
                return each
        raise LookupError(f"the message is gone: {message.plain}")

    def modal(self) -> SeenView | None:
        """The modal on top, if one is open."""
        views = self._screen()["views"]
        return SeenView.read(views[-1]) if views else None

    def home(self) -> SeenView | None:
        home = self._screen()["home"]
        return SeenView.read(home) if home else None

    def waits_for(
        self, wanted: Callable[[Seen], object], channel: str = content.REGISTRY_CLEAN, seconds: float = PATIENCE
    ) -> Seen:
        """The newest message in `channel` that is `wanted`, as soon as there is one; TimeoutError after `seconds`."""
        found = self._driver.wait_for(lambda: [each for each in self.sees(channel) if wanted(each)], seconds)
        return found[-1]

    def waits_for_reply(self, message: Seen, wanted: Callable[[Seen], object], seconds: float = PATIENCE) -> Seen:
        """The newest reply in the message's thread that is `wanted`."""
        found = self._driver.wait_for(lambda: [each for each in self.thread(message)[1:] if wanted(each)], seconds)
        return found[-1]

    def waits_until(self, message: Seen, wanted: Callable[[Seen], object], seconds: float = PATIENCE) -> Seen:
        """The same message once it is `wanted`, such as a card that was updated."""

        def look() -> list[Seen]:
            now = self.again(message)
            return [now] if wanted(now) else []

        return self._driver.wait_for(look, seconds)[0]

    def waits_for_modal(self, callback_id: str = "", seconds: float = PATIENCE) -> SeenView:
        """The modal on top once one is open, of that callback_id when given."""

        def look() -> list[SeenView]:
            modal = self.modal()
            return [modal] if modal and callback_id in ("", modal.callback_id) else []

        return self._driver.wait_for(look, seconds)[0]

    def waits_for_home(self, wanted: Callable[[SeenView], object] = bool, seconds: float = PATIENCE) -> SeenView:
        def look() -> list[SeenView]:
            home = self.home()
            return [home] if home and wanted(home) else []

        return self._driver.wait_for(look, seconds)[0]

    def waits_for_note(self, part: str, seconds: float = PATIENCE) -> str:
        """The newest notice with `part` in it."""
        return self._driver.wait_for(lambda: [note for note in self.notes if part in note], seconds)[-1]

    def _act(self, surface: Seen | SeenView, block: Json, element: Json, *, stale: bool = False) -> Json:
        if isinstance(surface, Seen):
            where = {"channel": surface.channel, "ts": surface.ts, "is_ephemeral": surface.is_ephemeral}
            container = {"type": "message", **where}
        else:
            container = {"type": "view", "view_id": surface.id}
        return self._send("action", container=container, block_id=block["block_id"], action=element, stale=stale)

    def _screen(self) -> Json:
        return self._driver.read("control/screen", user=self.id)

    def _send(self, path: str, **body: Any) -> Json:
        return self._driver.send(path, {"user": self.id, **body})

    def _messages(self, **query: str) -> list[Seen]:
        return [Seen.read(each) for each in self._driver.read("history", user=self.id, **query)["messages"]]
