"""The environment's checks: the configuration file, and the signing key of this very environment."""

from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict, fine, halves, problem
from workers.config import BadConfig, signing_keys
from workers.core.errors import BadInput


async def configuration(patient: Patient, subject: str) -> Verdict:
    del subject
    consequence = "No process of regclean starts with it."
    try:
        config = patient.config
    except BadConfig as error:
        first, more = str(error.mistakes[0]), len(error.mistakes) - 1
        rest = f" And {more} more." if more else ""
        remedy = "Run “regclean config check”, which lists every mistake with its place."
        return problem(f"The configuration has mistakes: {first}{rest}", consequence, remedy)
    except BadInput as error:
        finding, remedy = halves(error.sentence, "Set REGCLEAN_CONFIG to the path of the configuration file.")
        return problem(finding, consequence, remedy)
    return fine(f"The configuration names {', '.join(each.name for each in config.registries)}.")


async def signing_key(patient: Patient, subject: str) -> Verdict:
    del subject
    try:
        keys = signing_keys(patient.environ)
    except BadInput as error:
        consequence = "No process starts with it: approvals could not be signed, and jobs could be forged."
        otherwise = "Put what “openssl rand -hex 32” prints into REGCLEAN_SIGNING_KEY, the same for every process."
        finding, remedy = halves(error.sentence, otherwise)
        return problem(finding, consequence, remedy)
    held = "one signing key" if len(keys) == 1 else f"{len(keys)} signing keys"
    return fine(f"There is {held}, long enough.")
