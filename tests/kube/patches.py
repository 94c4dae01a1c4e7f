"""JSON Patch (RFC 6902) and JSON Merge Patch (RFC 7386), as an API server applies them."""

import copy
from collections.abc import Sequence
from typing import Any


class PatchError(Exception):
    """The patch does not fit the object."""


def merged(target: Any, patch: Any) -> Any:
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            result.pop(key, None)
        else:
            result[key] = merged(result.get(key), value)
    return result


def patched(target: Any, operations: Sequence[Any]) -> Any:
    result = copy.deepcopy(target)
    for operation in operations:
        _apply(result, operation)
    return result


def _apply(target: Any, operation: Any) -> None:
    if not isinstance(operation, dict) or operation.get("op") not in {"add", "remove", "replace", "test"}:
        raise PatchError(f"unknown operation {operation}")
    if operation.keys() - {"op", "path", "value"} or ("value" not in operation and operation["op"] != "remove"):
        raise PatchError(f"malformed operation {operation}")
    *way, last = [part.replace("~1", "/").replace("~0", "~") for part in operation["path"].split("/")[1:]]
    holder = target
    for part in way:
        holder = _at(holder, part)
    _change(holder, last, operation)


def _change(holder: Any, last: str, operation: Any) -> None:
    op, value = operation["op"], copy.deepcopy(operation.get("value"))
    if op == "add" and isinstance(holder, list):
        position = len(holder) if last == "-" else int(last)
        if position > len(holder):
            raise PatchError(f"no place for {operation['path']}")
        holder.insert(position, value)
        return
    if op == "add":
        holder[last] = value
        return
    old = _at(holder, last)
    key = int(last) if isinstance(holder, list) else last
    if op == "test" and old != value:
        raise PatchError(f"{operation['path']} is not {value}")
    if op == "replace":
        holder[key] = value
    elif op == "remove":
        del holder[key]


def _at(holder: Any, part: str) -> Any:
    try:
        return holder[int(part)] if isinstance(holder, list) else holder[part]
    except (KeyError, IndexError, ValueError, TypeError) as error:
        raise PatchError(f"nothing at {part}") from error
