"""The small checks that block rules are made of; each yields sentences in Slack's words, with a JSON pointer."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Check = Callable[[Any, str], Iterator[str]]


def problem(sentence: str, pointer: str) -> str:
    return f"{sentence} [json-pointer:{pointer}]"


def string(most: int, least: int = 1) -> Check:
    """Text of `least` to `most` characters."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, str):
            yield problem("must provide a string", at)
        elif len(value) > most:
            yield problem(f"must be less than {most + 1} characters", at)
        elif len(value) < least:
            yield problem(f"must be more than {least - 1} characters", at)

    return check


def boolean(value: Any, at: str) -> Iterator[str]:
    if not isinstance(value, bool):
        yield problem("must provide a boolean", at)


def integer(least: int, most: int) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, int) or isinstance(value, bool):
            yield problem("must provide an integer", at)
        elif not least <= value <= most:
            yield problem(f"must be between {least} and {most}", at)

    return check


def choice(*allowed: str) -> Check:
    def check(value: Any, at: str) -> Iterator[str]:
        if value not in allowed:
            yield problem("must be a valid enum value", at)

    return check


def web_address(value: Any, at: str) -> Iterator[str]:
    """A link of at most 3,000 characters."""
    yield from string(3000)(value, at)
    if isinstance(value, str) and not value.startswith(("http://", "https://", "mailto:", "slack:")):
        yield problem("must be a valid URL", at)


def anything(_value: Any, _at: str) -> Iterator[str]:
    """For what Slack checks and this stand-in does not."""
    return iter(())


def listing(check: Check, most: int, least: int = 1) -> Check:
    def check_all(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, list):
            yield problem("must provide an array", at)
            return
        if len(value) > most:
            yield problem(f"no more than {most} items allowed", at)
        if len(value) < least:
            yield problem(f"must provide at least {least} items", at)
        for index, item in enumerate(value):
            yield from check(item, f"{at}/{index}")

    return check_all


def shape(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """An object with these fields and no others; its `type` was looked at by whoever chose this shape."""
    known = {"type": anything, **required, **(optional or {})}

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must provide an object", at)
            return
        yield from (problem(f"missing required field: {name}", at) for name in required if name not in value)
        for name, field in value.items():
            if name not in known:
                yield problem(f"invalid additional property: {name}", at)
            else:
                yield from known[name](field, f"{at}/{name}")

    return check


def by_type(table: Mapping[str, Check]) -> Check:
    """An object whose `type` says which check of the table applies."""

    def check(value: Any, at: str) -> Iterator[str]:
        if not isinstance(value, dict):
            yield problem("must provide an object", at)
        elif "type" not in value:
            yield problem("missing required field: type", at)
        elif value["type"] not in table:
            yield problem(f"unsupported type: {value['type']}", f"{at}/type")
        else:
            yield from table[value["type"]](value, at)

    return check
