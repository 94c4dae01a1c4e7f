"""The collectors' checks: what collecting a registry's garbage will need is there, may be run, and sees the storage."""

import os
import shutil
from collections.abc import Iterator, Sequence
from typing import Final

from cli.doctor import registries
from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict, fine, halves, problem, warning
from workers.config import CommandRunnerSettings
from workers.core.errors import BadInput, CollectorError
from workers.gc.runner import StorageAccess
from workers.gc.storage import Storage
from workers.store.fences import Fences
from workers.store.transaction import Transactions

_FAILS: Final = "“gc” fails for this registry, and its bytes stay used."
_HERE: Final = "Where workers run in containers of their own, run this beside “worker gc”."


def collected(patient: Patient) -> Sequence[str]:
    """The registries whose garbage is collected at all."""
    return [registry.name for registry in patient.config.registries if registry.gc]


def by_commands(patient: Patient) -> Sequence[str]:
    return [each for each in collected(patient) if isinstance(patient.settings(each).gc, CommandRunnerSettings)]


async def programs(patient: Patient, subject: str) -> Verdict:
    gc = patient.settings(subject).gc
    if not isinstance(gc, CommandRunnerSettings):
        raise BadInput(f"{subject} is not collected by commands.")
    wanted = dict.fromkeys(command[0] for command in _commands(gc))
    path = patient.environ.get("PATH", os.defpath)
    if missing := [program for program in wanted if shutil.which(program, path=path) is None]:
        listed = ", ".join(f"“{each}”" for each in missing)
        return problem(f"There is no program {listed} here.", _FAILS, f"Install it, or correct `gc`. {_HERE}")
    return fine(f"The programs that collect {subject} are there.")


def _commands(gc: CommandRunnerSettings) -> Iterator[Sequence[str]]:
    yield from (*gc.read_only_on, gc.dry_run, gc.collect, *gc.restart, *gc.flush, *gc.stop, *gc.read_only_off)
    if gc.collecting:
        yield gc.collecting


async def runner(patient: Patient, subject: str) -> Verdict:
    """Asks whether a collector runs, and whether the registry could be fenced as it stands; nothing is changed."""
    asked = patient.runner(subject)
    try:
        running = asked.is_collecting(None)
        if not running and not _standing(patient, subject):
            asked.as_found()
    except CollectorError as error:
        finding, remedy = halves(error.sentence, f"Try by hand what `gc` is to do. {_HERE}")
        return problem(finding, f"{_FAILS} A fence would stand until somebody lifts it by hand.", remedy)
    return fine(f"A collector of {subject} runs now." if running else f"No collector of {subject} runs.")


async def storage(patient: Patient, subject: str) -> Verdict:
    try:
        found = patient.runner(subject).storage
        why_not = _why_not_writable(found) if found else ""
    except CollectorError as error:
        finding, remedy = halves(error.sentence, f"Let this user read it. {_HERE}")
        return problem(finding, f"{_FAILS} Nothing can be measured.", remedy)
    if found is None:
        return fine(f"The storage of {subject} is not read, so its bytes are planned and not measured.")
    if why_not:
        finding, remedy = halves(why_not, f"Let this user write to it. {_HERE}")
        return warning(finding, "People go on seeing empty repositories.", remedy)
    return fine(f"The storage of {subject} may be read and written.")


def _why_not_writable(found: StorageAccess) -> str:
    """One sentence, empty when it is; raises CollectorError when it cannot even be read."""
    if isinstance(found, Storage):
        found.blob_sizes(())  # on this machine a folder that is none would only be called not writable
    return found.why_not_writable


async def fence(patient: Patient, subject: str) -> Verdict:
    """Whether an upload may be started, by which a fence is proved; one that was is cancelled."""
    if standing := _standing(patient, subject):
        return standing
    if await patient.registry(subject).accepts_uploads(await registries.probe(patient, subject)):
        return fine(f"{subject} takes writes, so a fence can be proved.")
    return problem(
        f"{subject} is read-only, and not by regclean.",
        "Pushes fail, and “gc” is refused: regclean could not prove its own fence.",
        "Make it writable again, if its maintenance is over.",
    )


def _standing(patient: Patient, name: str) -> Verdict | None:
    if not patient.secret("REDIS_URL"):
        return None
    found = Fences(patient.redis, Transactions.over(patient.redis, budget=5)).load(name)
    if found is None:
        return None
    return warning(
        f"{name} is fenced by the request {found.request} since {found.since}.",
        "It takes no pushes until its collection has ended.",
        "Wait for it; if nothing collects any more, the sweeper lifts the fence or says on the card why it cannot.",
    )
