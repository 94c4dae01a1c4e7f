"""How the app's drafts become messages: who may post where, and in which thread."""

from demo.workspace import content
from demo.workspace.drafts import Draft
from demo.workspace.records import Channel, Message
from demo.workspace.refusal import Refusal
from demo.workspace.state import Workspace


def channel_to_post_in(workspace: Workspace, name: str) -> Channel:
    """The channel that `chat.postMessage` means by an id, `#name`, or a user's id for the direct message.

    Raises:
        Refusal: `channel_not_found`, `not_in_channel` or `is_archived`.
    """
    channel = find_channel(workspace, name)
    if channel is None:
        raise Refusal("channel_not_found")
    return writable(channel)


def find_channel(workspace: Workspace, name: str) -> Channel | None:
    direct = workspace.channels.get(content.im_id(name)) if name in workspace.users else None
    return workspace.channels.get(name) or direct or workspace.channel_named(name)


def writable(channel: Channel) -> Channel:
    if channel.is_archived:
        raise Refusal("is_archived")
    if content.BOT_USER not in channel.members:
        raise Refusal("channel_not_found" if channel.is_private else "not_in_channel")
    return channel


def thread_root(workspace: Workspace, channel: str, thread_ts: str) -> str:
    """The parent of the thread; answering a reply answers its thread, and an unknown parent is `thread_not_found`."""
    if not thread_ts:
        return ""
    parent = workspace.timeline.find(channel, thread_ts)
    if parent is None:
        raise Refusal("thread_not_found")
    return parent.thread_ts or parent.ts


def say(workspace: Workspace, channel: Channel, draft: Draft, *, seen_by: str = "") -> Message:
    """Post `draft` as the app: to everyone, or as an ephemeral that only `seen_by` sees."""
    message = Message(
        ts=workspace.clock.next_ts(),
        channel=channel.id,
        user=content.BOT_USER,
        bot=True,
        text=draft.text,
        blocks=draft.blocks,
        thread_ts=thread_root(workspace, channel.id, draft.thread_ts),
        broadcast=draft.broadcast and bool(draft.thread_ts) and not seen_by,
        metadata=draft.metadata,
        seen_by=seen_by,
    )
    return workspace.timeline.post(message)


def rewrite(workspace: Workspace, message: Message, draft: Draft) -> None:
    """Replace a message's body; text without blocks deletes the blocks (reference/methods/chat.update)."""
    message.text = draft.text
    message.blocks = draft.blocks
    if draft.metadata is not None:
        message.metadata = draft.metadata
    message.edited_ts = workspace.clock.next_ts()
    workspace.timeline.change(message)
