"""View: the form for images, the one for a reason, and the home tab."""

import json
from collections.abc import Mapping, Sequence
from typing import Any, Final

from bot.cards.overview import overview
from bot.cards.shown import Overview
from bot.slack import text
from bot.slack.blocks import Block, divider, header, plain, section
from workers.core.request import Origin

FORM: Final = "clean_these_images"
EXPLANATION: Final = "explain_this_denial"
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


def explanation(request_id: str, response_url: str) -> Block:
    """The modal that asks somebody why they denied a request; `response_url` is that of the offer to say so."""
    element: Block = {"type": "plain_text_input", "action_id": REASON, "multiline": True, "focus_on_load": True}
    element |= {"min_length": 1, "max_length": LONGEST_REASON}
    field: Block = {"type": "input", "block_id": REASON, "label": plain(f"Why did you deny {request_id}?")}
    hint = plain("It goes on the card and into its thread, for everybody to read.")
    return {
        "type": "modal",
        "callback_id": EXPLANATION,
        "title": plain("Add a reason"),
        "submit": plain("Add it"),
        "close": plain("Never mind"),
        "private_metadata": json.dumps({"request": request_id, "response_url": response_url}),
        "blocks": [field | {"element": element, "hint": hint}],
    }


def explained(view: Mapping[str, Any]) -> tuple[str, str]:
    """The request that a reason is for, and the response URL of the offer."""
    data = json.loads(view["private_metadata"])
    return str(data["request"]), str(data["response_url"])


def typed_reason(view: Mapping[str, Any]) -> str:
    return str(view["state"]["values"][REASON][REASON].get("value") or "")


def origin_of(view: Mapping[str, Any]) -> Origin:
    return Origin.from_json(json.loads(view["private_metadata"]))


def home(seen: Overview, commands: Sequence[str]) -> Block:
    """The home tab: what waits for this person, what they asked for, and what can be typed."""
    blocks = [*overview(seen).blocks, divider(), header("What you can type")]
    return {"type": "home", "blocks": [*blocks, section("\n".join(commands))][:100]}
