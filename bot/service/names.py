"""Names of requests and lookups: short, readable aloud, and the same for the same payload delivered twice."""

import hashlib
import re
from typing import Final

from workers.core.errors import BadName

# Crockford's base 32: no i, l, o or u, so nothing looks like something else.
_LETTERS: Final = "0123456789abcdefghjkmnpqrstvwxyz"
_LOOK_ALIKES: Final = str.maketrans("ilo", "110")
_REQUEST: Final = re.compile(rf"r-[{_LETTERS}]{{8}}")


def request_id(payload: str, number: int = 0) -> str:
    """`r-7k3m9q2x`, from the payload's own id: a command that Slack delivers again opens nothing new."""
    return f"r-{_spelled(f'{payload}/{number}', 8)}"


def lookup_id(payload: str) -> str:
    """Longer than a request's: nobody types it, and nobody may guess it."""
    return f"l-{_spelled(payload, 20)}"


def read_request_id(text: str) -> str:
    """An id as people type it, with or without `r-`, in any case; raises BadName."""
    typed = text.strip().lower().removeprefix("r-").translate(_LOOK_ALIKES)
    if not _REQUEST.fullmatch(f"r-{typed}"):
        raise BadName(f"“{text[:40]}” is not a request; a request looks like r-7k3m9q2x and stands on its card.")
    return f"r-{typed}"


def _spelled(seed: str, length: int) -> str:
    number = int.from_bytes(hashlib.sha256(seed.encode()).digest(), "big")
    return "".join(_LETTERS[(number >> (5 * place)) & 31] for place in range(length))
