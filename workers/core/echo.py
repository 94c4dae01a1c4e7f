"""Echo: what somebody gave, as it may stand in a sentence."""

from typing import Final

_UNPRINTABLE: Final = "\N{REPLACEMENT CHARACTER}"


def echo(text: str, length: int = 80) -> str:
    """At most `length` characters of the text, and nothing in it that moves, hides or breaks the rest of a line.

    Markup is left as it is: escaping belongs to the one place that knows where the sentence is going.
    """
    kept = text if len(text) <= length else f"{text[: length - 1]}…"
    return "".join(sign if sign.isprintable() else _UNPRINTABLE for sign in kept)
