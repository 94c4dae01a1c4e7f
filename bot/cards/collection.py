"""Collection: what a garbage collection would free, what it freed or did not, and what it leaves alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from bot.cards.gains import eligible_bytes
from bot.slack import text
from bot.wording import count
from workers.core.plan import Collection
from workers.core.sizes import human

_REPOSITORIES: Final = 10


@dataclass(frozen=True, slots=True)
class Tense:
    """How the card speaks of a collection: its heading, and what it says of bytes, repositories and manifests.

    Of repositories and manifests there is one, or there are several.
    """

    heading: str
    bytes: str
    repositories: tuple[str, str]
    untagged: tuple[str, str]
    registry: str = ""


AHEAD: Final = Tense(
    heading="What collection would do",
    bytes="would free {}, by the collector's own dry run",
    repositories=("leaves the catalog", "leave the catalog"),
    untagged=("stays", "stay"),
    registry="takes no writes while it is collected",
)
DONE: Final = Tense(
    heading="What was collected",
    bytes="{}, by the collector's dry run before",
    repositories=("was to leave the catalog", "were to leave the catalog"),
    untagged=("stayed", "stayed"),
)
NOT_DONE: Final = Tense(
    heading="What was not collected",
    bytes="{}, by the collector's own dry run",
    repositories=("stays in the catalog", "stay in the catalog"),
    untagged=("was to stay anyway", "were to stay anyway"),
)


def lines(collection: Collection, registry: str, tense: Tense) -> Sequence[str]:
    """Bullets for the card."""
    found = [f"• {tense.bytes.format(eligible_bytes(collection))}"]
    if number := len(collection.emptied):
        names = ", ".join(text.code(str(name)) for name in collection.emptied[:_REPOSITORIES])
        rest = f" and {number - _REPOSITORIES} more" if number > _REPOSITORIES else ""
        verb = tense.repositories[number > 1]
        found.append(f"• {count(number, 'repository')} without any tag {verb}: {names}{rest}")
    if collection.untagged:
        size = f" ({human(collection.untagged_size)})" if collection.untagged_size is not None else ""
        verb = tense.untagged[collection.untagged > 1]
        command = text.code(f"/regclean rm --untagged {registry}/REPOSITORY")
        found.append(f"• {count(collection.untagged, 'untagged manifest')}{size} {verb}; {command} plans them")
    if tense.registry:
        found.append(f"• {text.line(registry)} {tense.registry}")
    return found
