"""Starting: no process works with a Redis that would lose decisions without a word, unless its operator said so."""

from collections.abc import Mapping
from typing import Final

import structlog
from redis import Redis

from workers.core.errors import BadInput
from workers.store.health import Finding, Risk, examine

ALLOW_VOLATILE: Final = "REGCLEAN_ALLOW_VOLATILE_REDIS"
_HOW_TO_ALLOW: Final = f"To work with it all the same, and lose that, set {ALLOW_VOLATILE}=1."
_ALLOWED: Final = {"": False, "0": False, "1": True}
_log = structlog.get_logger(__name__)


class Unfit(BadInput):
    """Redis cannot be worked with as it is set up."""


def allows_volatile(environ: Mapping[str, str]) -> bool:
    """Whether the operator accepts a Redis that loses what it was given; raises BadInput for anything but 1 or 0."""
    given = environ.get(ALLOW_VOLATILE, "")
    if given not in _ALLOWED:
        raise BadInput(
            f"{ALLOW_VOLATILE} is “{given[:20]}”; set it to 1 to work with a Redis that loses data, or not at all."
        )
    return _ALLOWED[given]


def check(redis: Redis, *, allow_volatile: bool) -> None:
    """Look at Redis' settings once, and log what is less than well, a line each.

    Raises Unfit saying what would be lost, and Unavailable when Redis does not answer.
    """
    found = [each for each in examine(redis) if each.risk is not Risk.NONE]
    unusable = [each for each in found if each.risk is Risk.UNUSABLE]
    volatile = [each for each in found if each.risk is Risk.VOLATILE]
    if unusable or (volatile and not allow_volatile):
        remedy = [] if unusable else [_HOW_TO_ALLOW]
        raise Unfit("\n".join([*(each.sentence for each in (*unusable, *volatile)), *remedy]))
    for each in found:
        _tell(each)


def _tell(found: Finding) -> None:
    level = _log.error if found.risk is Risk.VOLATILE else _log.warning
    level(f"redis.{found.risk.value}", finding=found.finding, consequence=found.consequence, remedy=found.remedy)
