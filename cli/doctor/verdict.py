"""Verdict: what one check found, what follows from it, and what to do; nothing here looks at anything itself."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Level(StrEnum):
    """How bad it is; `UNKNOWN` could not be seen, `SKIPPED` is for another place or for later."""

    FINE = "fine"
    SKIPPED = "skipped"
    UNKNOWN = "unknown"
    WARNING = "warning"
    PROBLEM = "problem"

    @property
    def exit_code(self) -> int:
        return _EXIT_CODES[self]


_EXIT_CODES: Final = {Level.FINE: 0, Level.SKIPPED: 0, Level.UNKNOWN: 1, Level.WARNING: 1, Level.PROBLEM: 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Whole sentences for people; only what is fine or skipped has neither consequence nor remedy."""

    level: Level
    finding: str
    consequence: str = ""
    remedy: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A verdict with the name of its check, and what was looked at where there are several."""

    check: str
    subject: str
    verdict: Verdict


def fine(finding: str) -> Verdict:
    return Verdict(level=Level.FINE, finding=finding)


def skipped(finding: str) -> Verdict:
    return Verdict(level=Level.SKIPPED, finding=finding)


def unknown(finding: str, consequence: str, remedy: str) -> Verdict:
    return Verdict(level=Level.UNKNOWN, finding=finding, consequence=consequence, remedy=remedy)


def warning(finding: str, consequence: str, remedy: str) -> Verdict:
    return Verdict(level=Level.WARNING, finding=finding, consequence=consequence, remedy=remedy)


def problem(finding: str, consequence: str, remedy: str) -> Verdict:
    return Verdict(level=Level.PROBLEM, finding=finding, consequence=consequence, remedy=remedy)


def halves(sentence: str, otherwise: str) -> tuple[str, str]:
    """What is wrong and what to do, out of one sentence of regclean's, where a semicolon stands between the two.

    `otherwise` is what to do where the sentence does not say it.
    """
    wrong, _, todo = sentence.partition("; ")
    return f"{wrong.rstrip('.')}.", f"{todo[:1].upper()}{todo[1:]}" if todo else otherwise
