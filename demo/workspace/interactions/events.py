"""Events that the app subscribed to (docs.slack.dev/reference/events), delivered until acknowledged."""

from demo.workspace import content, payloads, view_stacks
from demo.workspace.delivery.parcel import Parcel
from demo.workspace.interactions.asking import Asker
from demo.workspace.records import Channel, Json, Message


def home_opened(asker: Asker, user: str) -> None:
    home = asker.workspace.views.home(user)
    event: Json = {"type": "app_home_opened", "user": user, "channel": content.im_id(user), "tab": "home"}
    if home is not None:
        event["view"] = view_stacks.shape(home)
    _send(asker, "app_home_opened", event)


def message_posted(asker: Asker, channel: Channel, message: Message) -> None:
    """`message` events by the kind of channel, and `app_mention` when the text names the app, where it is a member."""
    if content.BOT_USER not in channel.members:
        return
    kind = ("im", "im") if channel.is_im else (("groups", "group") if channel.is_private else ("channels", "channel"))
    inner: Json = {"user": message.user, "ts": message.ts, "text": message.text, "channel": channel.id}
    inner |= {"team": content.TEAM_ID} | ({"thread_ts": message.thread_ts} if message.thread_ts else {})
    _send(asker, f"message.{kind[0]}", {"type": "message", "channel_type": kind[1], **inner})
    if f"<@{content.BOT_USER}" in message.text:
        _send(asker, "app_mention", {"type": "app_mention", **inner})


def _send(asker: Asker, subscription: str, event: Json) -> None:
    workspace = asker.workspace
    if subscription in workspace.settings.events:
        inner = {**event, "event_ts": workspace.clock.next_ts()}
        payload = payloads.event(workspace.settings, inner, workspace.clock.now())
        asker.dispatcher.tell(Parcel(kind="events_api", payload=payload))
