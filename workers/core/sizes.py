"""Sizes for people: decimal units, three significant digits."""

from typing import Final

_UNITS: Final = ("kB", "MB", "GB", "TB", "PB")


def human(size: int) -> str:
    """`412 MB`, `1.25 GB`; exact below 1,000 bytes, and in whole EB above the largest disks."""
    if size < 1000:
        return f"{size} B"
    amount = size / 1000
    for unit in _UNITS:
        if amount < 999.5:
            return f"{amount:.3g} {unit}"
        amount /= 1000
    return f"{amount:.0f} EB"


def exact(size: int) -> str:
    """`3.99 MB (3,988,659 bytes)`: for records that are compared with something."""
    return human(size) if size < 1000 else f"{human(size)} ({size:,} bytes)"
