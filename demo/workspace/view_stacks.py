"""The modals that each person has open, one above the other, and the home tab that the app published for them."""

import secrets
from collections import defaultdict
from typing import Literal

from demo.workspace import content
from demo.workspace.clock import Clock, new_id
from demo.workspace.feed import Feed
from demo.workspace.inputs import state_of
from demo.workspace.named import with_ids
from demo.workspace.records import Json, View
from demo.workspace.refusal import Refusal

MOST_ON_A_STACK = 3
EMPTY: Json = {
    "private_metadata": "",
    "callback_id": "",
    "external_id": "",
    "title": None,
    "submit": None,
    "close": None,
}


class Views:
    """All views by id; `open_for` is a person's stack, its last one on top."""

    def __init__(self, feed: Feed, clock: Clock) -> None:
        self._feed = feed
        self._clock = clock
        self._views: dict[str, View] = {}
        self._homes: dict[str, View] = {}
        self.open_for: dict[str, list[View]] = defaultdict(list)

    def open(self, user: str, body: Json) -> View:
        """Open a modal in place of those that are open."""
        view = self._new(user, body, "modal")
        self.open_for[user] = [view]
        return self._told(view, "open")

    def push(self, user: str, body: Json) -> View:
        """Lay a modal on the open ones; `push_limit_reached` above three, `not_found` without any."""
        stack = self.open_for[user]
        if not stack:
            raise Refusal("not_found")
        if len(stack) >= MOST_ON_A_STACK:
            raise Refusal("push_limit_reached")
        view = self._new(user, body, "modal")
        view.root_id, view.previous_id = stack[0].id, stack[-1].id
        stack.append(view)
        return self._told(view, "push")

    def update(self, view: View, body: Json, known_hash: str = "") -> View:
        """Replace what a view shows; `hash_conflict` when it changed since the caller saw it."""
        if known_hash and known_hash != view.hash:
            raise Refusal("hash_conflict")
        view.content, view.hash, view.values = _content(body), self._hash(), {}
        return self._told(view, "update")

    def publish(self, user: str, body: Json, known_hash: str = "") -> View:
        home = self._homes.get(user)
        if home is None:
            home = self._homes[user] = self._new(user, body, "home")
        elif known_hash and known_hash != home.hash:
            raise Refusal("hash_conflict")
        home.content, home.hash = _content(body), self._hash()
        self._feed.tell([user], {"type": "home", "view": shape(home)})
        return home

    def close(self, view: View, *, all_of_them: bool = False) -> None:
        """Take a modal from its stack, with all above it, or the whole stack."""
        stack = self.open_for[view.user]
        keep = 0 if all_of_them else stack.index(view)
        while len(stack) > keep:
            self._told(stack.pop(), "close")

    def home(self, user: str) -> View | None:
        return self._homes.get(user)

    def find(self, view_id: str, external_id: str = "") -> View:
        """A view that is still shown, by its id or the app's own id for it; else `not_found`."""
        shown = [*self._homes.values(), *(view for stack in self.open_for.values() for view in stack)]
        for view in shown:
            if view.id == view_id or (external_id and view.content["external_id"] == external_id):
                return view
        raise Refusal("not_found")

    def _new(self, user: str, body: Json, kind: Literal["modal", "home"]) -> View:
        external_id = body.get("external_id")
        if external_id and any(view.content["external_id"] == external_id for view in self._views.values()):
            raise Refusal("duplicate_external_id")
        view_id = new_id("V")
        view = View(id=view_id, type=kind, user=user, content=_content(body), hash=self._hash(), root_id=view_id)
        self._views[view_id] = view
        return view

    def _hash(self) -> str:
        return f"{int(self._clock.now())}.{secrets.token_hex(4)}"

    def _told(self, view: View, mode: str) -> View:
        self._feed.tell([view.user], {"type": "view", "view": shape(view), "mode": mode})
        return view


def _content(body: Json) -> Json:
    return {**EMPTY, **body, "blocks": with_ids(body["blocks"])}


def shape(view: View) -> Json:
    """A view as payloads, answers and the page have it, with the state of its inputs."""
    return {
        "id": view.id,
        "team_id": content.TEAM_ID,
        "type": view.type,
        "clear_on_close": False,
        "notify_on_close": False,
        **view.content,
        "state": {"values": state_of(view.content["blocks"], view.values)},
        "hash": view.hash,
        "root_view_id": view.root_id,
        "previous_view_id": view.previous_id or None,
        "app_id": content.APP_ID,
        "bot_id": content.BOT_ID,
        "app_installed_team_id": content.TEAM_ID,
    }
