"""A Web API call's arguments, however they came: query, form or JSON body (docs.slack.dev/apis/web-api)."""

import json
from typing import Any

from demo.workspace.records import Json
from demo.workspace.refusal import Refusal, invalid_arguments

TRUE_WORDS = frozenset({"1", "true", "True"})


class Arguments:
    """Typed access; form values are text, JSON values keep their types, and both are accepted everywhere."""

    def __init__(self, values: Json) -> None:
        self.values = {name: value for name, value in values.items() if value is not None}

    def __contains__(self, name: str) -> bool:
        return name in self.values

    def text(self, name: str, default: str = "") -> str:
        value = self.values.get(name, default)
        return value if isinstance(value, str) else str(value)

    def required(self, name: str) -> str:
        """Raise `invalid_arguments` when `name` is missing or empty."""
        value = self.text(name)
        if not value:
            raise invalid_arguments(f"missing required field: {name}")
        return value

    def flag(self, name: str, *, default: bool = False) -> bool:
        return str(self.values[name]) in TRUE_WORDS if name in self.values else default

    def number(self, name: str, default: int) -> int:
        """Raise `invalid_arguments` when `name` is there and not a whole number."""
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            raise invalid_arguments(f"must be an integer [json-pointer:/{name}]") from None

    def parsed(self, name: str, error: str) -> Any:
        """The JSON value of `name`, or None when absent; text that is no JSON raises `error`."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise Refusal(error) from None

    def names(self, name: str) -> list[str]:
        """A list given as JSON array or as text with commas."""
        value = self.values.get(name, "")
        parts = value if isinstance(value, list) else str(value).split(",")
        return [str(part).strip() for part in parts if str(part).strip()]
