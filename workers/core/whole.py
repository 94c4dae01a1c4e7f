"""Whole: a whole number as it is stored."""

from typing import Final

from workers.core.errors import BadRecord

LARGEST: Final = 2**63 - 1
"""Sizes and counts are int64, as those of manifests are; larger ones would not fit on a card."""


def whole(value: object, least: int = 0) -> int:
    """Read a whole number from `least` up; raises BadRecord."""
    if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= LARGEST:
        raise BadRecord("A number in Redis is damaged; restore Redis from a backup.")
    return value
