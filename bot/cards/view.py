"""View: the form for images, and the home tab."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.cards.overview import overview
from bot.cards.shown import Overview
from bot.slack import text
from bot.slack.blocks import Block, divider, header, plain, section
from workers.core.request import Origin

FORM: Final = "clean_these_images"
IMAGES: Final = "images"
REASON: Final = "reason"
_LONGEST: Final = 3_000
LONGEST_REASON: Final = 500


def form(origin: Origin, images: Sequence[str] = (), reason: str = "") -> Block:
    """The modal with a text area; where answers go travels in its private metadata."""
    fitting, left = text.bullets(images, _LONGEST, len(images))
    hint = f"{left:,} more did not fit here; ask for them afterwards. " if left else ""
    return {
        "type": "modal",
        "callback_id": FORM,
        "title": plain("Clean images"),
        "submit": plain("Plan it"),
        "close": plain("Never mind"),
        "private_metadata": json.dumps(origin.as_json()),
        "blocks": [
            _images(fitting, f"{hint}One on each line; # begins a comment."),
            _reason(reason),
        ],
    }


def _images(initial: str, hint: str) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": IMAGES, "multiline": True, "max_length": _LONGEST}
    element |= {"placeholder": plain("prod/app:1.2"), "focus_on_load": True}
    element |= {"initial_value": initial} if initial else {}
    return {"type": "input", "block_id": IMAGES, "label": plain("Images"), "element": element, "hint": plain(hint)}


def _reason(initial: str) -> Block:
    element: Block = {"type": "plain_text_input", "action_id": REASON, "max_length": LONGEST_REASON}
    element |= {"initial_value": initial[:LONGEST_REASON]} if initial else {}
    shape: Block = {"type": "input", "block_id": REASON, "label": plain("Reason"), "element": element}
    return shape | {"hint": plain("The people who approve read it."), "optional": True}


def typed(view: Mapping[str, Any]) -> tuple[str, str]:
    """The images and the reason as they were typed into the form."""
    values = view["state"]["values"]
    return values[IMAGES][IMAGES].get("value") or "", values[REASON][REASON].get("value") or ""


def origin_of(view: Mapping[str, Any]) -> Origin:
    return Origin.from_json(json.loads(view["private_metadata"]))


def home(seen: Overview, commands: Sequence[str]) -> Block:
    """The home tab: what waits for this person, what they asked for, and what can be typed."""
    blocks = [*overview(seen).blocks, divider(), header("What you can type")]
    return {"type": "home", "blocks": [*blocks, section("\n".join(commands))][:100]}
