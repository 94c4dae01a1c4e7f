"""Scalars: how single values of the configuration are read, with one sentence for everything else."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import PurePosixPath
from typing import Annotated, Any, Final, TypeAlias

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic_core import CoreSchema, core_schema

_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_DURATION: Final = r"([0-9]{1,9}(?:\.[0-9]{1,6})?)\s*([smhd])"
_UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Pydantic metadata: `read` takes what YAML gave or raises ValueError with a sentence; `schema` says it in JSON."""

    read: Callable[[object], Any]
    schema: dict[str, Any]

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_plain_validator_function(self.read)

    def __get_pydantic_json_schema__(self, _schema: CoreSchema, _handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return dict(self.schema)


def shape(pattern: str, sentence: str) -> Reading:
    """A text that fits the pattern entirely."""

    def read(value: object) -> str:
        if not isinstance(value, str) or not re.fullmatch(pattern, value, re.ASCII):
            raise ValueError(sentence)
        return value

    return Reading(read, {"type": "string", "pattern": f"^(?:{pattern})$"})


def whole(low: int, high: int) -> Reading:
    """A whole number from low to high, both included."""

    def read(value: object) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise ValueError(f"Write a whole number from {low} to {high}.")
        return value

    return Reading(read, {"type": "integer", "minimum": low, "maximum": high})


def seconds(highest: str, *, zero: bool = False) -> Reading:
    """A duration above zero and at most `highest`, as a number of seconds or as 90s, 30m, 24h, 7d; read as seconds.

    With `zero`, 0 is allowed, too.
    """
    least = "of zero or more" if zero else "above zero"

    def read(value: object) -> float:
        length = _seconds(value)
        if length is None or length < 0 or (length == 0 and not zero) or length > (_seconds(highest) or 0):
            raise ValueError(f"Write a duration {least} and at most {highest}, such as 90s, 30m or 24h.")
        return length

    schema = {
        "anyOf": [
            {"type": "number", "minimum" if zero else "exclusiveMinimum": 0},
            {"type": "string", "pattern": f"^{_DURATION}$"},
        ]
    }
    return Reading(read, schema)


def duration(highest: str) -> Reading:
    """Like `seconds`, read as a timedelta."""
    inner = seconds(highest)
    return Reading(lambda value: timedelta(seconds=inner.read(value)), inner.schema)


def _seconds(value: object) -> float | None:
    if isinstance(value, timedelta):
        return value.total_seconds()
    if isinstance(value, int | float):
        return None if isinstance(value, bool) else float(value)
    match = re.fullmatch(_DURATION, value.strip(), re.ASCII) if isinstance(value, str) else None
    return float(match[1]) * _UNITS[match[2]] if match else None


def _path(value: object) -> str:
    if not isinstance(value, str) or not PurePosixPath(value).is_absolute() or _UNPRINTABLE.search(value):
        raise ValueError("Write the full path of a file, beginning with “/”.")
    return value


FullPath: TypeAlias = Annotated[str, Reading(_path, {"type": "string", "pattern": "^/"})]
Variable: TypeAlias = Annotated[
    str,
    shape(
        r"[A-Za-z_][A-Za-z0-9_]*",
        "Write the name of an environment variable, such as PROD_PASSWORD, and never the secret itself.",
    ),
]
RegistryName: TypeAlias = Annotated[
    str,
    shape(r"[a-z0-9][a-z0-9-]{0,62}", "Write lower-case letters, digits and “-”, at most 63, such as “prod”."),
]
ChannelId: TypeAlias = Annotated[
    str,
    shape(
        r"[CG][A-Z0-9]{5,30}",
        "Write the channel's id, such as C0123456789, not its name; in Slack, open the channel's details, "
        "where the id stands at the bottom.",
    ),
]
UserId: TypeAlias = Annotated[
    str,
    shape(
        r"[UW][A-Z0-9]{5,30}",
        "Write a person's member id, such as U012ABCDEF, not a name or a group; in Slack, open the person's profile, "
        "then “⋮” and “Copy member ID”.",
    ),
]
