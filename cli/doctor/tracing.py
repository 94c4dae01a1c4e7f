"""Tracing's check: an empty batch of traces, sent to where the processes send theirs."""

import ssl
from collections.abc import Mapping
from importlib.util import find_spec
from typing import Final
from urllib.parse import unquote

import aiohttp

from cli.doctor.patient import Patient
from cli.doctor.verdict import Verdict, fine, halves, problem, warning
from workers.core.errors import BadInput
from workers.store.tracing_settings import receiver

_UNTOLD: Final = "Nothing is told of requests in traces; the work itself goes on."
_ENDED: Final = "No process of regclean starts with it."


async def taken(patient: Patient, subject: str) -> Verdict:
    """An empty request is a valid one (opentelemetry.io/docs/specs/otlp, "OTLP/HTTP Request")."""
    del subject
    try:
        name = receiver(patient.environ)
    except BadInput as error:
        finding, remedy = halves(error.sentence, "Correct that variable.")
        return problem(finding, _ENDED, remedy)
    if not name:
        return fine("Traces are switched off.")
    if find_spec("opentelemetry") is None:
        return problem(f"{name} is set, and OpenTelemetry is not installed.", _ENDED, "Install 'regclean[tracing]'.")
    try:
        return await _asked(patient, name)
    except (aiohttp.ClientError, TimeoutError, OSError) as error:
        remedy = f"Check the address in {name}, the certificate, and the way from here to there."
        return warning(f"The receiver of traces cannot be reached ({type(error).__name__}).", _UNTOLD, remedy)


async def _asked(patient: Patient, name: str) -> Verdict:
    environ = patient.environ
    address = environ[name] if "TRACES" in name else f"{environ[name].removesuffix('/')}/v1/traces"
    headers = {"Content-Type": "application/x-protobuf", **_headers(_given(environ, "HEADERS"))}
    async with patient.session.post(address, data=b"", headers=headers, ssl=_trust(environ)) as response:
        if response.ok:
            return fine("The receiver of traces takes them.")
        remedy = "Look at OTEL_EXPORTER_OTLP_HEADERS, at the address, and at the receiver's own log."
        return warning(f"The receiver of traces refuses them (status {response.status}).", _UNTOLD, remedy)


def _given(environ: Mapping[str, str], part: str) -> str:
    return environ.get(f"OTEL_EXPORTER_OTLP_TRACES_{part}") or environ.get(f"OTEL_EXPORTER_OTLP_{part}", "")


def _headers(written: str) -> dict[str, str]:
    pairs = (each.partition("=") for each in written.split(",") if each.strip())
    return {unquote(name).strip(): unquote(value).strip() for name, _, value in pairs}


def _trust(environ: Mapping[str, str]) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=_given(environ, "CERTIFICATE") or None)
    if own := _given(environ, "CLIENT_CERTIFICATE"):
        context.load_cert_chain(own, _given(environ, "CLIENT_KEY") or None)
    return context
