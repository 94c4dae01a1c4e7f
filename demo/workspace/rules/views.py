"""What a modal or a home tab must keep to (docs.slack.dev/reference/views)."""

from collections.abc import Iterator
from typing import Any

from demo.workspace.records import Json
from demo.workspace.refusal import Refusal, invalid_arguments
from demo.workspace.rules import texts
from demo.workspace.rules.blocks import IN_VIEWS, repeated_ids
from demo.workspace.rules.checks import Check, boolean, by_type, listing, problem, shape, string

MOST_BLOCKS = 100
MOST_BYTES = 250_000
ANY: dict[str, Check] = {"private_metadata": string(3000, 0), "callback_id": string(255), "external_id": string(255, 0)}
MODAL: dict[str, Check] = {
    "submit": texts.plain(24),
    "close": texts.plain(24),
    "clear_on_close": boolean,
    "notify_on_close": boolean,
}
_BLOCKS: dict[str, Check] = {"blocks": listing(IN_VIEWS, MOST_BLOCKS, least=0)}
VIEWS: dict[str, Check] = {
    "modal": shape({"title": texts.plain(24), **_BLOCKS}, {**ANY, **MODAL}),
    "home": shape(_BLOCKS, ANY),
}


def check_view(view: Any, *kinds: str) -> Json:
    """Return the view, which must be of one of `kinds`.

    Raises:
        Refusal: `invalid_arguments` with a sentence for each thing wrong, or `view_too_large` above 250 kB.
    """
    problems = list(_problems(view, kinds))
    if problems:
        raise invalid_arguments(*problems)
    if len(str(view)) > MOST_BYTES:
        raise Refusal("view_too_large")
    return dict(view)


def _problems(view: Any, kinds: tuple[str, ...]) -> Iterator[str]:
    found = list(by_type({kind: VIEWS[kind] for kind in kinds})(view, "/view"))
    yield from found
    if found:
        return
    yield from repeated_ids(view["blocks"], "/view/blocks")
    if view["type"] == "modal" and "submit" not in view:
        for index, block in enumerate(view["blocks"]):
            if block["type"] == "input":
                yield problem("must define `submit` to use an `input` block in modals", f"/view/blocks/{index}/input")
