"""The signing keys' check: what one process signs, every other must be able to verify."""

from collections.abc import Iterator, Sequence
from itertools import permutations
from typing import Final, TypeAlias

from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict, fine, problem, unknown, warning
from workers.config import signing_keys
from workers.core.approval import KeyRing
from workers.store.key_marks import BOT, PROCESSES, REPLIES, KeyMarks

_TALKS_TO_PEOPLE: Final = {BOT, REPLIES}
_HERE: Final = "this environment"
_Holder: TypeAlias = tuple[str, Sequence[str]]


async def equal(patient: Patient, subject: str) -> Verdict:
    del subject
    told = list(_told(KeyMarks(patient.redis)))
    if gap := _gap({name for name, _ in told}):
        return unknown(
            f"No process {gap} has told its signing keys, so they could not be compared.",
            "With different keys, requests are approved and then not carried out.",
            "Start all processes, wait until they have run for some seconds, and run this again.",
        )
    return _compared([*told, *_here(patient)])


def _told(marks: KeyMarks) -> Iterator[_Holder]:
    for process in PROCESSES:
        yield from ((process, held) for held in marks.told(process))


def _here(patient: Patient) -> Iterator[_Holder]:
    if patient.secret("REGCLEAN_SIGNING_KEY"):
        yield _HERE, KeyRing(signing_keys(patient.environ)).ids


def _gap(names: set[str]) -> str:
    """Which of the two rooms is silent."""
    if not names & _TALKS_TO_PEOPLE:
        return "that talks to Slack"
    return "" if names - _TALKS_TO_PEOPLE else "that talks to registries"


def _compared(holders: Sequence[_Holder]) -> Verdict:
    remedy = "Give all processes the same REGCLEAN_SIGNING_KEY, and restart those that had another."
    for (signer, signs), (verifier, knows) in permutations(holders, 2):
        if signs[0] not in knows:
            return problem(
                f"The key that {signer} signs with ({signs[0]}…) is none of those of {verifier} ({_listed(knows)}).",
                f"What {signer} signs is refused by {verifier}: requests stand still, or fail once approved.",
                remedy,
            )
    if len({tuple(held) for _, held in holders}) > 1:
        return warning(
            "Not all processes hold the same list of signing keys, but all know the ones that sign.",
            "A rotation stands half done: one more key taken away may stop requests.",
            "Finish it: give all processes the same list, and restart them.",
        )
    return fine(f"All processes hold the same signing keys ({_listed(holders[0][1])}).")


def _listed(held: Sequence[str]) -> str:
    return ", ".join(f"{each}…" for each in held)
