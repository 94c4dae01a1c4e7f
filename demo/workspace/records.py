"""The nouns of a workspace: users, channels, messages, views and files, as plain records without behaviour."""

from dataclasses import dataclass, field
from typing import Any, Literal

Json = dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    id: str
    name: str
    real_name: str
    color: str
    role: str
    is_bot: bool = False
    deleted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class UserGroup:
    id: str
    handle: str
    name: str
    members: tuple[str, ...]


@dataclass(slots=True, kw_only=True)
class Channel:
    """A channel, or the direct message between one user and the app (`is_im`, then `im_user` is that user)."""

    id: str
    name: str
    members: set[str]
    topic: str = ""
    im_user: str = ""
    is_private: bool = False
    is_archived: bool = False

    @property
    def is_im(self) -> bool:
        return bool(self.im_user)


@dataclass(slots=True, kw_only=True)
class Message:
    """A message; `seen_by` names the only reader of an ephemeral one and is empty for all others."""

    ts: str
    channel: str
    user: str
    bot: bool
    text: str
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    broadcast: bool = False
    metadata: Json | None = None
    edited_ts: str = ""
    seen_by: str = ""
    files: list[str] = field(default_factory=list)
    reactions: dict[str, list[str]] = field(default_factory=dict)
    deleted: bool = False

    @property
    def is_ephemeral(self) -> bool:
        return bool(self.seen_by)

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts


@dataclass(slots=True, kw_only=True)
class View:
    """A modal or a home tab; `content` is the app's JSON, `values` what the user last typed into it."""

    id: str
    type: Literal["modal", "home"]
    user: str
    content: Json
    hash: str
    root_id: str
    previous_id: str = ""
    values: Json = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class File:
    id: str
    name: str
    size: int
    content: bytes | None = None
    title: str = ""
    user: str = ""
    shared_in: list[str] = field(default_factory=list)
