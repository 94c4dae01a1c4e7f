"""A message as a person sees it in their client."""

from dataclasses import dataclass, field

from demo.workspace.plain import plain
from demo.workspace.records import Json

INTERACTIVE_BLOCKS = ("actions", "section", "input")


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A message; `plain` is its blocks as text, or its text when it has no blocks."""

    ts: str
    channel: str
    user: str
    bot: bool
    text: str
    blocks: list[Json]
    is_ephemeral: bool
    edited: bool
    thread_ts: str = ""
    reply_count: int = 0
    files: list[Json] = field(default_factory=list)
    metadata: Json | None = None
    permalink: str = ""

    @classmethod
    def read(cls, shape: Json) -> "Seen":
        return cls(**{name: shape[name] for name in cls.__slots__ if name in shape})

    @property
    def plain(self) -> str:
        return plain(self.blocks) if self.blocks else self.text

    @property
    def buttons(self) -> list[str]:
        """The labels of the buttons, in order."""
        return [each["text"]["text"] for _, each in elements(self.blocks) if each.get("type") == "button"]


def elements(blocks: list[Json]) -> list[tuple[str, Json]]:
    """Every interactive element with the id of its block."""
    found = []
    for block in blocks:
        if block.get("type") in INTERACTIVE_BLOCKS:
            parts = [*block.get("elements", []), block.get("accessory"), block.get("element")]
            found += [(block.get("block_id", ""), part) for part in parts if part and part.get("action_id")]
    return found
