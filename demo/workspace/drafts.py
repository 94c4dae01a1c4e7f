"""What an app wants said, read from a call, a response URL's body or an ack, and checked as Slack checks it."""

from dataclasses import dataclass, field

from demo.workspace.arguments import Arguments
from demo.workspace.records import Json
from demo.workspace.refusal import Refusal

CUT_AT = 40_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The body of a message; `has_blocks` tells an empty list of blocks from none given."""

    text: str
    blocks: list[Json] = field(default_factory=list)
    has_blocks: bool = False
    thread_ts: str = ""
    broadcast: bool = False
    metadata: Json | None = None


def read_draft(arguments: Arguments) -> Draft:
    """Raise `no_text` for an empty message, and the codes of `rules` for blocks and metadata that break them."""
    text = arguments.text("text") or arguments.text("markdown_text")
    blocks = arguments.parsed("blocks", "invalid_blocks_format")
    if not text.strip() and not blocks:
        raise Refusal("no_text")
    return Draft(
        text=text[:CUT_AT],
        blocks=blocks or [],
        has_blocks=blocks is not None,
        thread_ts=arguments.text("thread_ts"),
        broadcast=arguments.flag("reply_broadcast"),
        metadata=arguments.parsed("metadata", "invalid_metadata_format"),
    )
