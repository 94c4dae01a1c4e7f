"""Sizes for people: decimal units, three significant digits."""

from typing import Final

_UNITS: Final = ("B", "kB", "MB", "GB", "TB", "PB")


def human(size: int) -> str:
    """`412 MB`, `1.25 GB`; exact below 1,000 bytes."""
    amount = float(size)
    for unit in _UNITS:
        if amount < 999.5 or unit == _UNITS[-1]:
            return f"{size} B" if unit == "B" else f"{amount:.3g} {unit}"
        amount /= 1000
    raise AssertionError(size)
