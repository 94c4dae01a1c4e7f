"""Traceparent: which trace and which span of it some work belongs to, as W3C writes it (w3.org/TR/trace-context)."""

import re
from dataclasses import dataclass
from typing import Final, Self

_WRITTEN: Final = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_SAMPLED: Final = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Traceparent:
    """`trace` and `span` are numbers of 128 and 64 bits and never 0; `sampled` says whether the trace is recorded."""

    trace: int
    span: int
    sampled: bool

    @classmethod
    def parse(cls, written: object) -> Self | None:
        """None for anything that is not in the form of version 00, ASCII and lower case: it may be from anybody."""
        found = _WRITTEN.fullmatch(written) if isinstance(written, str) else None
        if found is None:
            return None
        trace, span, flags = (int(part, 16) for part in found.groups())
        return cls(trace=trace, span=span, sampled=bool(flags & _SAMPLED)) if trace and span else None

    def __str__(self) -> str:
        return f"00-{self.trace:032x}-{self.span:016x}-{int(self.sampled):02x}"
