"""Records: how domain objects are spelt in Redis, and what is said when what is there cannot be read."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from workers.core.errors import BadRecord, RegcleanError
from workers.core.plan import canonical

T = TypeVar("T")


def write(data: Mapping[str, Any]) -> bytes:
    return canonical(data)


def read(stored: bytes | str | None, build: Callable[[Mapping[str, Any]], T], what: str) -> T:
    """Build an object from stored JSON; raises BadRecord naming `what` when there is none or it is damaged."""
    if stored is None:
        raise BadRecord(f"There is no {what}.")
    try:
        return build(json.loads(stored))
    except BadRecord:
        raise
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, RegcleanError) as error:
        raise BadRecord(f"The record of {what} in Redis is damaged; restore Redis from a backup.") from error


def text(value: object) -> str:
    """What Redis returned, as text; its clients answer bytes or str, depending on how they were made."""
    return value.decode() if isinstance(value, bytes) else str(value)
