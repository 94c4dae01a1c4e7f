"""Label selectors of queries, read strictly (Kubernetes API concepts, “Labels and Selectors”)."""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

Labels: TypeAlias = Mapping[str, str]
_KEY: Final = r"(?:[a-z0-9.-]+/)?[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?"
_EQUALS: Final = re.compile(rf"(?P<key>{_KEY})(?P<op>==?|!=)(?P<value>[A-Za-z0-9._-]*)")
_SET: Final = re.compile(rf"(?P<key>{_KEY}) (?P<op>in|notin) \((?P<values>[^()]*)\)")
_HAS: Final = re.compile(rf"(?P<op>!?)(?P<key>{_KEY})")


def selects(selector: str) -> Callable[[Labels], bool]:
    """Raises ValueError for what an API server would not understand."""
    requirements = [_requirement(part.strip()) for part in _parts(selector)]
    return lambda labels: all(each(labels) for each in requirements)


def _parts(selector: str) -> list[str]:
    return re.split(r",(?![^(]*\))", selector) if selector else []


def _requirement(text: str) -> Callable[[Labels], bool]:
    if found := _EQUALS.fullmatch(text):
        key, value, negated = found["key"], found["value"], found["op"] == "!="
        return lambda labels: (labels.get(key) == value) is not negated
    if found := _SET.fullmatch(text):
        key, values, negated = found["key"], set(found["values"].split(",")), found["op"] == "notin"
        return lambda labels: (labels.get(key) in values) is not negated
    if found := _HAS.fullmatch(text):
        key, negated = found["key"], found["op"] == "!"
        return lambda labels: (key in labels) is not negated
    raise ValueError(f"unable to parse requirement: {text}")
