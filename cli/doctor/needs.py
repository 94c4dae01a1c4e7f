"""Needs: what a check takes to be made here at all; each answers with what is lacking, or with nothing.

In the chart no pod holds all secrets, so a check whose secret is elsewhere is no finding: it says where to run it.
"""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

from cli.doctor.patient import Patient
from workers.config import BadConfig, CredentialSettings
from workers.core.errors import BadInput

Need: TypeAlias = Callable[[Patient, str], str]


def configuration(patient: Patient, subject: str) -> str:
    del subject
    try:
        _ = patient.config
    except (BadConfig, BadInput):
        return "the configuration cannot be used"
    return ""


def variable(name: str) -> Need:
    """The secret in the environment variable `name`, or in the file that `name`_FILE names."""

    def need(patient: Patient, subject: str) -> str:
        del subject
        return "" if patient.secret(name) else f"run it where {name} is set"

    return need


def one_of(*names: str) -> Need:
    """At least one of these secrets."""

    def need(patient: Patient, subject: str) -> str:
        del subject
        return "" if any(patient.secret(name) for name in names) else f"run it where {' or '.join(names)} is set"

    return need


def login(patient: Patient, registry: str) -> str:
    """The registry's credentials, where it has any."""
    given = patient.settings(registry).credentials
    if given is None:
        return ""
    name = given.password_env or given.token_env
    if name:
        return "" if patient.environ.get(name) else f"run it where {name} is set"
    missing = [path for path in _files(given) if not Path(path).exists()]
    return f"run it where the file {missing[0]} is" if missing else ""


def _files(given: CredentialSettings) -> Sequence[str]:
    return [path for path in (given.password_file, given.token_file, given.docker_config) if path]
