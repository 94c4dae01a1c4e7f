"""The registries' checks: reached, let in, and able to do what requests will ask of them. Nothing there is changed."""

from collections.abc import Sequence
from typing import Final

from cli.doctor import clocks
from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict, fine, halves, problem, warning
from workers.core.abilities import Abilities
from workers.core.choosing import Policy
from workers.core.deciding import untagging
from workers.core.errors import BadInput, RegistryError, Unavailable
from workers.core.names import RepositoryName
from workers.registries.endpoint import Origin
from workers.surveyor import probe_of

_UNUSABLE: Final = "Nothing on it can be listed, planned or removed."
_LOG: Final = "Look at the registry's log, and at whatever stands before it."


def registries(patient: Patient) -> Sequence[str]:
    return [registry.name for registry in patient.config.registries]


async def reached(patient: Patient, subject: str) -> Verdict:
    try:
        await patient.registry(subject).ping()
    except RegistryError as error:
        if not _is_refusal(patient, subject, error):
            return _problem(error.sentence, _UNUSABLE)
    except Unavailable:
        pass  # a credential helper's; that is for the next check
    except BadInput as error:
        if patient.settings(subject).credentials is None:
            return _problem(error.sentence, _UNUSABLE)
    return fine(f"{subject} answers at {patient.settings(subject).url}.")


def _is_refusal(patient: Patient, name: str, error: RegistryError) -> bool:
    """Whether it, or its token server, says that it does not know us."""
    elsewhere = bool(error.answer.url) and Origin.of(error.answer.url) != Origin.of(patient.settings(name).url)
    return error.answer.status in {401, 403} or (error.answer.status == 400 and elsewhere)


async def login(patient: Patient, subject: str) -> Verdict:
    try:
        await patient.registry(subject).ping()
    except (RegistryError, BadInput, Unavailable) as error:
        return _problem(error.sentence, _UNUSABLE)
    given = patient.settings(subject).credentials is not None
    return fine(f"{subject} accepts the configured login." if given else f"{subject} asks for no login.")


async def catalog(patient: Patient, subject: str) -> Verdict:
    try:
        names = await patient.registry(subject).catalog()
    except RegistryError as error:
        return _problem(
            error.sentence,
            "“ls” of the whole registry fails, and so does every plan, which has to know what else needs a blob.",
        )
    return fine(f"{subject} lists its repositories: {len(names)}.")


async def delete(patient: Patient, subject: str) -> Verdict:
    """Seen by deleting a digest that cannot exist."""
    try:
        why_not = (await _abilities(patient, subject)).why_not
    except RegistryError as error:
        why_not = error.sentence
    if why_not:
        return _problem(why_not, "Every “rm” is refused before anybody is asked to approve.")
    return fine(f"{subject} lets this login delete.")


async def untag(patient: Patient, subject: str) -> Verdict:
    wanted = patient.settings(subject).untag
    if wanted == "refuse":
        return fine(f"Single tags of {subject} are never taken off, as it is configured.")
    how = untagging(await _abilities(patient, subject), Policy(untag=wanted))
    if how is None:
        lacks = "its own deletion of tags" if wanted == "native" else "a way to take off a single tag"
        return warning(
            f"{subject} lacks {lacks}.",
            "A tag whose digest other tags share stays; the plan says so.",
            "Let the login push as well, or set untag to auto, or to refuse if that is as it should be.",
        )
    return fine(f"{subject} can take off a single tag ({how.value}).")


async def clock(patient: Patient, subject: str) -> Verdict:
    there = await patient.registry(subject).clock()
    consequence = "Logins by token may be refused, and how long ago a push was is misjudged before a collection."
    return clocks.compared(subject, there, patient.clock(), consequence)


async def _abilities(patient: Patient, name: str) -> Abilities:
    registry = patient.registry(name)
    return await registry.abilities(await probe(patient, name))


async def probe(patient: Patient, name: str) -> RepositoryName:
    """Where it is tried out what can be done."""
    return probe_of(await patient.registry(name).catalog())


def _problem(sentence: str, consequence: str) -> Verdict:
    finding, remedy = halves(sentence, _LOG)
    return problem(finding, consequence, remedy)
