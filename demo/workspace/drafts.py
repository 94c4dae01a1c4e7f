"""What an app wants said, read from a call, a response URL's body or an ack, and checked as Slack checks it."""

from dataclasses import dataclass, field

from demo.workspace import named
from demo.workspace.arguments import Arguments
from demo.workspace.records import Json
from demo.workspace.refusal import Refusal
from demo.workspace.rules.messages import check_blocks, check_metadata

CUT_AT = 40_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The body of a message; `was_cut` is whether its text exceeded the 40,000 characters that Slack keeps."""

    text: str
    was_cut: bool = False
    blocks: list[Json] = field(default_factory=list)
    thread_ts: str = ""
    broadcast: bool = False
    metadata: Json | None = None


def read_draft(arguments: Arguments) -> Draft:
    """Raise `no_text` for an empty message, and the codes of `rules` for blocks and metadata that break them."""
    text = arguments.text("text") or arguments.text("markdown_text")
    blocks = arguments.parsed("blocks", "invalid_blocks_format")
    metadata = arguments.parsed("metadata", "invalid_metadata_format")
    if not text.strip() and not blocks:
        raise Refusal("no_text")
    return Draft(
        text=text[:CUT_AT],
        was_cut=len(text) > CUT_AT,
        blocks=named.with_ids(check_blocks(blocks)) if blocks else [],
        thread_ts=arguments.text("thread_ts"),
        broadcast=arguments.flag("reply_broadcast"),
        metadata=check_metadata(metadata) if metadata is not None else None,
    )
