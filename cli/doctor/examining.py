"""Examining: makes the checks one by one, and turns whatever keeps one from being made into a finding of its own."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from typing import Final

import aiohttp
from redis.exceptions import RedisError
from slack_sdk.errors import SlackApiError

from bot.slack.web import error_codes
from cli.doctor.patient import Patient
from cli.doctor.table import CHECKS, Check
from cli.doctor.verdict import Finding, Level, Verdict, halves, skipped, unknown
from workers.core.errors import RegcleanError
from workers.store.connection import unavailable

_LONGEST: Final = 60.0
_LATER: Final = "Mend what is said above, and run this again."
_UNSEEN: Final = "What it looks at may be wrong, and will only show when it is needed."
_TROUBLES: Final = (RegcleanError, RedisError, SlackApiError, aiohttp.ClientError, TimeoutError)

Groups = Collection[str]
"""The first words of the names of checks; none stands for all."""


def groups() -> Sequence[str]:
    return list(dict.fromkeys(name.partition(".")[0] for name in CHECKS))


async def examine(patient: Patient, only: Groups = ()) -> Sequence[Finding]:
    """The findings in the order of CHECKS."""
    findings: dict[tuple[str, str], Finding] = {}
    for name, check in CHECKS.items():
        if only and name.partition(".")[0] not in only:
            continue
        for subject in _subjects(patient, check):
            verdict = _blocked(check, subject, findings) or await _made(patient, check, subject)
            findings[name, subject] = Finding(check=name, subject=subject, verdict=verdict)
    return list(findings.values())


def _subjects(patient: Patient, check: Check) -> Sequence[str]:
    """Without a configuration nobody knows them; the check then says itself why it is not made."""
    try:
        return check.subjects(patient)
    except RegcleanError:
        return ("",)


def _blocked(check: Check, subject: str, findings: Mapping[tuple[str, str], Finding]) -> Verdict | None:
    earlier = (findings.get((name, each)) for name in check.after for each in (subject, ""))
    failed = next((each for each in earlier if each and each.verdict.level is Level.PROBLEM), None)
    return skipped(f"Not checked, since {failed.check} found a problem.") if failed else None


async def _made(patient: Patient, check: Check, subject: str) -> Verdict:
    try:
        lacks = next((lack for need in check.needs if (lack := need(patient, subject))), "")
        if lacks:
            return skipped(f"Not checked here: {lacks}.")
        async with asyncio.timeout(_LONGEST):
            return await check.run(patient, subject)
    except _TROUBLES as error:
        finding, remedy = halves(_sentence(error), _LATER)
        return unknown(f"Could not check whether {check.about}: {finding}", _UNSEEN, remedy)


def _sentence(error: Exception) -> str:
    """The trouble in words, without anything secret."""
    if isinstance(error, RegcleanError):
        return error.sentence
    if isinstance(error, RedisError):
        return unavailable(error).sentence
    if isinstance(error, SlackApiError):
        return f"Slack answers {', '.join(error_codes(error)) or 'without a reason'}."
    return f"no answer came in time ({type(error).__name__})."
