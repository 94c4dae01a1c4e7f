"""Blocks as plain text, for tests and people that read rather than look."""

from collections.abc import Iterator, Sequence

from demo.workspace.records import Json


def plain(blocks: Sequence[Json]) -> str:
    """One line for each text in the blocks, in order; a button reads `[Label]`, a table's row `cell | cell`."""
    return "\n".join(line for block in blocks for line in _lines(block) if line)


def _lines(block: Json) -> Iterator[str]:
    kind = block.get("type")
    if kind == "table":
        yield from (" | ".join(plain([cell]) for cell in row) for row in block.get("rows", []))
    elif kind == "actions":
        yield " ".join(_label(element) for element in block.get("elements", []))
    elif kind == "divider":
        yield "---"
    else:
        yield from _parts(block)


def _parts(part: object) -> Iterator[str]:
    """The texts of anything else: a text object's own, or those of what it holds."""
    if isinstance(part, list):
        for each in part:
            yield from _parts(each)
    elif isinstance(part, dict):
        if part.get("type") == "button":
            yield _label(part)
        elif part.get("type") == "rich_text_section":
            yield "".join(_inline(each) for each in part.get("elements", []))
        elif isinstance(text := part.get("text", part.get("alt_text")), str):
            yield text
        else:
            for name in ("label", "text", "title", "fields", "elements", "element", "accessory", "hint"):
                yield from _parts(part.get(name))


def _label(element: Json) -> str:
    text = element.get("text") or element.get("placeholder") or {}
    return f"[{text.get('text', '')}]"


def _inline(element: Json) -> str:
    """A piece of rich text, mentions in the form that mrkdwn gives them."""
    if element.get("type") == "user":
        return f"<@{element['user_id']}>"
    if element.get("type") == "channel":
        return f"<#{element['channel_id']}>"
    return str(element.get("text") or element.get("url", ""))
