"""Printing: findings as lines for people, or as JSON whose keys stay."""

import json
from collections.abc import Iterator, Sequence
from typing import Final

from cli.doctor.verdict import Finding, Level

_VERSION: Final = 1
_SHOWN: Final = {
    Level.FINE: "fine",
    Level.SKIPPED: "-",
    Level.UNKNOWN: "unknown",
    Level.WARNING: "warning",
    Level.PROBLEM: "PROBLEM",
}
_WORDS: Final = {
    Level.PROBLEM: "problem",
    Level.WARNING: "warning",
    Level.UNKNOWN: "could not be checked",
    Level.SKIPPED: "not checked here",
    Level.FINE: "fine",
}


def worst(findings: Sequence[Finding]) -> Level:
    """The level that the exit code follows; of those with the same one, the one that says more."""
    order = list(Level)
    return max((each.verdict.level for each in findings), key=order.index, default=Level.FINE)


def as_text(findings: Sequence[Finding]) -> str:
    """A line for each finding, below it what to do, and at the end how many there are of each kind."""
    width = max((len(_name(each)) for each in findings), default=0)
    return "\n".join([*(line for each in findings for line in _lines(each, width)), "", _summary(findings)])


def _lines(finding: Finding, width: int) -> Iterator[str]:
    verdict = finding.verdict
    said = f"{verdict.finding} {verdict.consequence}".rstrip()
    yield f"{_SHOWN[verdict.level]:<8} {_name(finding):<{width}}  {said}"
    if verdict.remedy:
        yield f"{'':<8} {'':<{width}}  → {verdict.remedy}"


def _name(finding: Finding) -> str:
    return f"{finding.check} {finding.subject}".rstrip()


def _summary(findings: Sequence[Finding]) -> str:
    counts = {level: sum(each.verdict.level is level for each in findings) for level in _WORDS}
    parts = [_counted(level, count) for level, count in counts.items() if count]
    return f"{', '.join(parts) or 'nothing was checked'}."


def _counted(level: Level, count: int) -> str:
    plural = "s" if count > 1 and level in {Level.PROBLEM, Level.WARNING} else ""
    return f"{count} {_WORDS[level]}{plural}"


def as_json(findings: Sequence[Finding]) -> str:
    level = worst(findings)
    document = {
        "version": _VERSION,
        "worst": level.value,
        "exit_code": level.exit_code,
        "findings": [
            {
                "check": each.check,
                "subject": each.subject,
                "level": each.verdict.level.value,
                "finding": each.verdict.finding,
                "consequence": each.verdict.consequence,
                "remedy": each.verdict.remedy,
            }
            for each in findings
        ],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)
