"""Wording: small phrases in plain English, and the one function that turns errors into a sentence for a person.

Nothing here knows Slack's markup; what is returned still has to be escaped.
"""

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from difflib import get_close_matches
from typing import Final

from workers.core.errors import NotCertain, RegcleanError, Unavailable

_AGES: Final = (("y", 365 * 86_400), ("mo", 30 * 86_400), ("d", 86_400), ("h", 3_600), ("min", 60))


def told(error: BaseException, incident: str) -> str:
    """What a person reads of an error; `incident` names an unexpected one in the log."""
    if isinstance(error, NotCertain):
        return f"Not certain: {_lower_first(error.sentence)}"
    if isinstance(error, Unavailable):
        return f"Not taken: {_lower_first(error.sentence)}"
    if isinstance(error, RegcleanError):
        return error.sentence
    return f"Something went wrong here, and nothing was changed by it; tell whoever runs regclean: incident {incident}."


def _lower_first(sentence: str) -> str:
    """A sentence as the second half of another one; names such as Redis keep their capital."""
    first = sentence.split(" ", 1)[0]
    return sentence if first in {"Redis", "Slack"} or not first.istitle() else sentence[0].lower() + sentence[1:]


def count(number: int, noun: str) -> str:
    """`1 tag`, `3 tags`, `1,204 repositories`."""
    if number == 1:
        return f"1 {noun}"
    plural = f"{noun[:-1]}ies" if re.search("[^aeiou]y$", noun) else f"{noun}s"
    return f"{number:,} {plural}"


def enumerated(items: Sequence[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {last} {items[-1]}"


def age(since: datetime, now: datetime) -> str:
    """How long ago in its largest unit: `5 mo`, `3 d`, `12 min`; under a minute `now`."""
    seconds = max(now - since, timedelta()).total_seconds()
    return next((f"{int(seconds // size)} {unit}" for unit, size in _AGES if seconds >= size), "now")


def near(word: str, known: Sequence[str]) -> str | None:
    """The known word that was probably meant."""
    found = get_close_matches(word.lower(), known, n=1)
    return found[0] if found else None
