"""All messages of the workspace, and who is told when one comes, changes or goes."""

from collections import defaultdict
from collections.abc import Callable, Iterator

from demo.workspace.feed import Feed
from demo.workspace.records import Channel, Json, Message


class Timeline:
    """Messages by channel in the order of their timestamps; ephemerals apart, for each reader, and never in history."""

    def __init__(self, feed: Feed, channels: dict[str, Channel], show: Callable[[Message], Json]) -> None:
        self._feed = feed
        self._channels = channels
        self._show = show
        self._messages: dict[str, dict[str, Message]] = defaultdict(dict)
        self._threads: dict[tuple[str, str], dict[str, Message]] = defaultdict(dict)
        self._ephemerals: dict[str, dict[str, Message]] = defaultdict(dict)

    def post(self, message: Message) -> Message:
        for shelf in self._shelves(message):
            shelf[message.ts] = message
        self._tell(message, "message")
        self._tell_parent(message)
        return message

    def change(self, message: Message) -> None:
        self._tell(message, "message_changed")

    def remove(self, message: Message) -> None:
        """Take a message away; a parent with replies stays as a tombstone, as in Slack."""
        if not message.is_ephemeral and self.replies(message):
            message.text, message.blocks, message.deleted = "This message was deleted.", [], True
            self.change(message)
            return
        for shelf in self._shelves(message):
            del shelf[message.ts]
        item = {"channel": message.channel, "ts": message.ts, "is_ephemeral": message.is_ephemeral}
        self._feed.tell(self._readers(message), {"type": "message_deleted", **item})
        self._tell_parent(message)

    def find(self, channel: str, ts: str) -> Message | None:
        return self._messages[channel].get(ts)

    def ephemeral(self, user: str, ts: str) -> Message | None:
        return self._ephemerals[user].get(ts)

    def top_level(self, channel: str) -> list[Message]:
        return [each for each in self._messages[channel].values() if not each.is_reply or each.broadcast]

    def replies(self, parent: Message) -> list[Message]:
        return list(self._threads[parent.channel, parent.ts].values())

    def ephemerals(self, user: str, channel: str) -> Iterator[Message]:
        return (each for each in self._ephemerals[user].values() if each.channel == channel)

    def _shelves(self, message: Message) -> list[dict[str, Message]]:
        if message.is_ephemeral:
            return [self._ephemerals[message.seen_by]]
        thread = [self._threads[message.channel, message.thread_ts]] if message.is_reply else []
        return [self._messages[message.channel], *thread]

    def _tell_parent(self, reply: Message) -> None:
        """A thread's parent shows how many replies it has."""
        parent = self.find(reply.channel, reply.thread_ts) if reply.is_reply and not reply.is_ephemeral else None
        if parent is not None:
            self._tell(parent, "message_changed")

    def _readers(self, message: Message) -> set[str]:
        return {message.seen_by} if message.is_ephemeral else self._channels[message.channel].members

    def _tell(self, message: Message, kind: str) -> None:
        self._feed.tell(self._readers(message), {"type": kind, "message": self._show(message)})
