"""Collection: what a garbage collection would free, and what it leaves alone."""

from collections.abc import Sequence

from bot.cards.titles import eligible_bytes
from bot.slack import text
from bot.wording import count
from workers.core.plan import Collection
from workers.core.sizes import human

_REPOSITORIES = 10


def lines(collection: Collection, registry: str) -> Sequence[str]:
    """Bullets for the card."""
    found = [f"• would free {eligible_bytes(collection)}, by the collector's own dry run"]
    if collection.emptied:
        number = len(collection.emptied)
        verb = "leaves" if number == 1 else "leave"
        names = ", ".join(text.code(str(name)) for name in collection.emptied[:_REPOSITORIES])
        rest = f" and {number - _REPOSITORIES} more" if number > _REPOSITORIES else ""
        found.append(f"• {_repositories(number)} without any tag {verb} the catalog: {names}{rest}")
    if collection.untagged:
        size = f" ({human(collection.untagged_size)})" if collection.untagged_size is not None else ""
        verb = "stays" if collection.untagged == 1 else "stay"
        command = text.code(f"/regclean rm --untagged {registry}/REPOSITORY")
        found.append(f"• {count(collection.untagged, 'untagged manifest')}{size} {verb}; {command} plans them")
    found.append(f"• {text.line(registry)} takes no writes while it is collected")
    return found


def _repositories(number: int) -> str:
    return count(number, "repository")
