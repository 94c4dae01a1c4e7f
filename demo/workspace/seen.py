"""Messages and views as a person sees them in their client."""

from collections.abc import Iterator
from dataclasses import dataclass, field, fields
from typing import Self

from demo.workspace.inputs import interactive
from demo.workspace.plain import plain
from demo.workspace.records import Json


class _Surface:
    """Anything with blocks: what of it can be read and used."""

    blocks: list[Json]

    @property
    def plain(self) -> str:
        """The blocks as text."""
        return plain(self.blocks)

    @property
    def buttons(self) -> list[str]:
        """The labels of the buttons, in order."""
        return [element["text"]["text"] for _, element in self.elements() if element["type"] == "button"]

    def elements(self) -> Iterator[tuple[Json, Json]]:
        """Every interactive element, with its block."""
        return interactive(self.blocks)

    def element(self, name: str) -> tuple[Json, Json]:
        """The element whose action_id, label or block_id is `name`; LookupError, with what there is, when none is."""
        known = []
        for block, element in self.elements():
            names = (element["action_id"], label_of(element), block["block_id"])
            if name in names:
                return block, element
            known.append(names[:2])
        raise LookupError(f"there is no {name!r} among {known} in: {self.plain}")


@dataclass(frozen=True, kw_only=True)
class Seen(_Surface):
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
    reactions: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, shape: Json) -> Self:
        return cls(**{each.name: shape[each.name] for each in fields(cls) if each.name in shape})

    @property
    def plain(self) -> str:
        return plain(self.blocks) if self.blocks else self.text


@dataclass(frozen=True, kw_only=True)
class SeenView(_Surface):
    """A modal or the home tab."""

    id: str
    type: str
    blocks: list[Json]
    callback_id: str
    private_metadata: str
    title: str = ""
    submit: str = ""
    state: Json = field(default_factory=dict)

    @classmethod
    def read(cls, shape: Json) -> Self:
        names = ("id", "type", "blocks", "callback_id", "private_metadata")
        texts = {name: (shape.get(name) or {}).get("text", "") for name in ("title", "submit")}
        return cls(**{name: shape[name] for name in names}, **texts, state=shape["state"]["values"])


def label_of(element: Json) -> str:
    """What a button says; empty for everything else."""
    return str(element["text"]["text"]) if element["type"] == "button" else ""
