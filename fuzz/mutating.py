"""Mutating: changes of JSON that keep it JSON, since most changes of its bytes only make it unreadable."""

import copy
import json
import random
from collections.abc import Callable
from typing import Any, Final, TypeAlias

Mutate: TypeAlias = Callable[[bytes, int], bytes]
Place: TypeAlias = tuple[Any, Any]

_BYTES_AS_WELL: Final = 0.25
_ODD: Final[tuple[Any, ...]] = (
    None, True, False, 0, 1, -1, 2**31, 2**63, -(2**63) - 1, 10**400, 0.5, 1e308, float("nan"), float("inf"),
    "", "0", "x" * 300, "\ud800", "\u202e", "\x00", "<!channel>", "<@U0123ABC>", "`", "&lt;", "=1+1", "9" * 50,
    "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "2026-03-01T12:00:00", [], {}, [[]], [None], {"": None},
)  # fmt: skip


def mutated(data: bytes, longest: int, rng: random.Random, mutate: Mutate) -> bytes:
    """The input with one to three changes of its JSON; with others where it has none, or the result is too long."""
    try:
        document = json.loads(data[1:])
    except (ValueError, RecursionError):
        return mutate(data, longest)
    if rng.random() < _BYTES_AS_WELL:
        return mutate(data, longest)
    whole = [document]
    for _ in range(rng.randint(1, 3)):
        _change(whole, rng, mutate)
    try:
        found = data[:1] + json.dumps(whole[0]).encode()
    except ValueError:  # a number that grew beyond what Python writes out
        return mutate(data, longest)
    return found if len(found) <= longest else mutate(data, longest)


def _change(whole: list[Any], rng: random.Random, mutate: Mutate) -> None:
    places = _places(whole)
    container, key = rng.choice(places)
    source, other = rng.choice(places)
    match rng.randrange(6):
        case 0 if container is not whole:
            del container[key]
        case 1:
            # A copy, and by way of text: a value inside itself would have no end.
            container[key] = json.loads(json.dumps(source[other]))
        case 2 if isinstance(container[key], str):
            container[key] = mutate(container[key].encode("utf-8", "surrogatepass"), 300).decode("utf-8", "replace")
        case 3 if isinstance(container, list) and container is not whole:
            container.insert(key, json.loads(json.dumps(container[key])))
        case 4 if isinstance(container[key], int | float):
            container[key] = container[key] * rng.choice((-1, 10, 2**40)) + rng.choice((-1, 0, 1))
        case _:
            container[key] = copy.deepcopy(rng.choice(_ODD))


def _places(container: Any) -> list[Place]:
    """Every place of a value in the document."""
    keys = (
        list(container) if isinstance(container, dict) else range(len(container)) if isinstance(container, list) else ()
    )
    return [place for key in keys for place in ((container, key), *_places(container[key]))]
