"""The tests' API under `/_/control/`: what the server knows, and how it is made to misbehave."""

import secrets
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass, fields, replace

from aiohttp import web

from demo.workspace import content, view_stacks
from demo.workspace.browser import json_object
from demo.workspace.clock import new_id
from demo.workspace.delivery.dispatcher import Dispatcher
from demo.workspace.delivery.posts import Posts
from demo.workspace.delivery.sockets import Sockets
from demo.workspace.faults import Fault
from demo.workspace.journal import Journal
from demo.workspace.records import Channel, Json, User
from demo.workspace.slack_side import SlackSide
from demo.workspace.state import Workspace

LONGEST_WAIT = 30.0
FAULT_FIELDS = {field.name for field in fields(Fault)} - {"until"}


@dataclass(frozen=True, slots=True)
class Machinery:
    """The parts that the control API turns."""

    workspace: Workspace
    sockets: Sockets
    posts: Posts
    dispatcher: Dispatcher
    slack_side: SlackSide
    journal: Journal


class Control:
    def __init__(self, machinery: Machinery) -> None:
        self._machinery = machinery

    def routes(self) -> list[web.RouteDef]:
        reads = {
            "changes": self.changes,
            "sockets": self.sockets,
            "screen": self.screen,
            "calls": self.calls,
            "early_calls": self.early_calls,
            "payloads": self.payloads,
            "request_url": self.read_request_url,
        }
        acts = {
            "clock": self.clock,
            "request_url": self.request_url,
            "sockets/drop": self.drop_sockets,
            "sockets/announce": self.announce,
            "faults": self.faults,
            "faults/clear": self.clear_faults,
            "accepting": self.accepting,
            "twice": self.twice,
            "channel": self.channel,
            "person": self.person,
            "deactivate": self.deactivate,
        }
        return [
            *(web.get(f"/_/control/{name}", _reading(read)) for name, read in reads.items()),
            *(web.post(f"/_/control/{name}", _acting(act)) for name, act in acts.items()),
        ]

    async def changes(self, query: Json) -> Json:
        """Wait until something happened after `seen`, at most `seconds`."""
        seen, seconds = int(query.get("seen", "0")), float(query.get("seconds", "0"))
        return {"changes": await self._machinery.workspace.feed.wait_past(seen, min(seconds, LONGEST_WAIT))}

    async def sockets(self, _: Json) -> Json:
        return {"count": self._machinery.sockets.count}

    async def screen(self, query: Json) -> Json:
        """What `user` has on the screen beside messages: the notices so far, open modals (top last), the home tab."""
        workspace, user = self._machinery.workspace, query.get("user", "")
        home = workspace.views.home(user)
        return {
            "notes": workspace.feed.notes[user],
            "views": [view_stacks.shape(view) for view in workspace.views.open_for[user]],
            "home": view_stacks.shape(home) if home else None,
        }

    async def calls(self, _: Json) -> Json:
        return {"calls": list(self._machinery.journal.calls)}

    async def early_calls(self, _: Json) -> Json:
        return {"calls": self._machinery.workspace.pauses.early}

    async def payloads(self, _: Json) -> Json:
        return {"payloads": list(self._machinery.journal.payloads)}

    async def read_request_url(self, _: Json) -> Json:
        return {"url": self._machinery.posts.url}

    async def clock(self, body: Json) -> Json:
        """Move the clock by `advance` seconds."""
        self._machinery.workspace.clock.advance(float(body.get("advance", 0)))
        return {"now": self._machinery.workspace.clock.now()}

    async def request_url(self, body: Json) -> Json:
        """Set the app's request URL, as in its configuration page: only once it has answered the challenge."""
        token = self._machinery.workspace.settings.verification_token
        if await self._machinery.posts.verify(body.get("url", ""), secrets.token_urlsafe(24), token):
            return {}
        return {"ok": False, "error": "url_did_not_answer_the_challenge"}

    async def drop_sockets(self, _: Json) -> Json:
        return {"dropped": self._machinery.sockets.drop()}

    async def announce(self, body: Json) -> Json:
        """Tell every socket to come again, for `reason` `warning` or `refresh_requested`."""
        await self._machinery.sockets.announce(body.get("reason", "refresh_requested"))
        return {}

    async def faults(self, body: Json) -> Json:
        """Order a trouble: the fields of `Fault`, and `seconds` for how long it lasts."""
        unknown = set(body) - FAULT_FIELDS - {"seconds"}
        if unknown:
            return {"ok": False, "error": f"faults take {sorted(FAULT_FIELDS)} and seconds, not {sorted(unknown)}"}
        seconds = body.pop("seconds", None)
        self._machinery.workspace.faults.order(Fault(**body), seconds)
        return {"pending": [asdict(each) for each in self._machinery.workspace.faults.pending()]}

    async def clear_faults(self, _: Json) -> Json:
        self._machinery.workspace.faults.clear()
        return {}

    async def accepting(self, body: Json) -> Json:
        """With `on` false every connection of the app is cut without an answer."""
        self._machinery.slack_side.accepting = bool(body.get("on", True))
        return {}

    async def twice(self, body: Json) -> Json:
        """With `on` every payload is delivered twice."""
        self._machinery.dispatcher.twice = bool(body.get("on", True))
        return {}

    async def channel(self, body: Json) -> Json:
        """Make a channel with all people in it: `name`, and `private`, `archived` and `with_app` as wanted."""
        people = {user.id for user in content.PEOPLE}
        members = people | {content.BOT_USER} if body.get("with_app") else people
        channel = Channel(id=new_id("C"), name=body.get("name", "new-channel"), members=members)
        channel.is_private, channel.is_archived = bool(body.get("private")), bool(body.get("archived"))
        self._machinery.workspace.channels[channel.id] = channel
        return {"channel": channel.id}

    async def person(self, body: Json) -> Json:
        """Make a member called `name`, who is in every public channel."""
        workspace = self._machinery.workspace
        made = User(id=new_id("U"), name=body["name"], real_name=body["name"], color="9f69e7", role="bystander")
        workspace.users[made.id] = made
        direct = content.im_of(made.id)
        workspace.channels[direct.id] = direct
        for channel in workspace.channels.values():
            if not (channel.is_im or channel.is_private):
                channel.members.add(made.id)
        return {"user": made.id}

    async def deactivate(self, body: Json) -> Json:
        """Close the account of `user`, who stays in all messages."""
        users = self._machinery.workspace.users
        users[body["user"]] = replace(users[body["user"]], deleted=True)
        return {}


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Act = Callable[[Json], Awaitable[Json]]


def _reading(read: Act) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, **await read(dict(request.query))})

    return handle


def _acting(act: Act) -> Handler:
    async def handle(request: web.Request) -> web.StreamResponse:
        return web.json_response({"ok": True, **await act(await json_object(request))})

    return handle
