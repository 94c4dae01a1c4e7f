"""Records: how domain objects are spelt in Redis, and what is said when what is there cannot be read."""

import json
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from workers.core.echo import echo
from workers.core.errors import BadRecord, NewerRecord, RegcleanError
from workers.core.plan import canonical

T = TypeVar("T")


def write(data: Mapping[str, Any]) -> bytes:
    return canonical(data)


def read(stored: bytes | str | None, build: Callable[[Mapping[str, Any]], T], what: str, newest: int = 1) -> T:
    """Build an object from stored JSON; raises BadRecord naming `what`, without article, if there is no sound one.

    `newest` is the newest version that `build` knows; a record that names none is of the first. Raises NewerRecord for
    what only a newer regclean understands: nothing is wrong with it, and nothing may be concluded from it.
    """
    if stored is None:
        raise BadRecord(f"There is no {echo(what)}.")
    try:
        data = json.loads(stored)
        _check_version(data, what, newest)
        return build(data)
    except (BadRecord, NewerRecord):
        raise
    except (
        ValueError,
        LookupError,
        TypeError,
        AttributeError,
        ArithmeticError,
        RecursionError,
        RegcleanError,
    ) as error:
        raise damaged(what) from error


def _check_version(data: Mapping[str, Any], what: str, newest: int) -> None:
    if data.get("version", 1) > newest:
        raise NewerRecord(f"The {echo(what)} was written by a newer regclean; upgrade this process.")


def damaged(what: str) -> BadRecord:
    return BadRecord(f"The {echo(what)} in Redis is damaged; restore Redis from a backup.")


def text(value: object) -> str:
    """What Redis returned, as text; its clients answer bytes or str, depending on how they were made."""
    return value.decode(errors="replace") if isinstance(value, bytes) else str(value)


def number(value: object, what: str) -> int:
    """What Redis returned, as a whole number; raises BadRecord naming `what`."""
    try:
        return int(text(value))
    except ValueError as error:
        raise damaged(what) from error
