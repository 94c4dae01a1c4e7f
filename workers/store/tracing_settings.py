"""Tracing's settings: OpenTelemetry's own variables, looked at before it is imported, since it only grumbles at them.

See opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables and …/protocol/exporter.
"""

from collections.abc import Iterator, Mapping
from math import inf
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from workers.core.echo import echo
from workers.core.errors import BadInput

_PREFIX: Final = "OTEL_EXPORTER_OTLP_"
_SAMPLERS: Final = ("always_on", "always_off", "traceidratio")
_CHOICES: Final = {
    "PROTOCOL": ("http/protobuf",),
    "COMPRESSION": ("none", "gzip", "deflate"),
}
_FILES: Final = ("CERTIFICATE", "CLIENT_CERTIFICATE", "CLIENT_KEY")
_NUMBERS: Final = {
    "OTEL_TRACES_SAMPLER_ARG": (0.0, 1.0),
    "OTEL_EXPORTER_OTLP_TIMEOUT": (0.001, inf),
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT": (0.001, inf),
}
_WHOLE: Final = ("OTEL_BSP_SCHEDULE_DELAY", "OTEL_BSP_MAX_QUEUE_SIZE", "OTEL_BSP_MAX_EXPORT_BATCH_SIZE")
_QUEUE, _BATCH = 2_048, 512  # the specification's defaults


def receiver(environ: Mapping[str, str]) -> str:
    """The variable that says where traces go; empty when tracing is off.

    Raises BadInput for what cannot be used, naming the variable and, where it may hold a secret, not its value.
    """
    name = next((each for each in _names("ENDPOINT") if environ.get(each)), "")
    if not name or environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return ""
    exporter = environ.get("OTEL_TRACES_EXPORTER") or "otlp"
    if exporter == "none":
        return ""
    _check_choice("OTEL_TRACES_EXPORTER", exporter, ("otlp", "none"))
    _check_address(name, environ[name])
    _check_sending(environ)
    _check_numbers(environ)
    sampler = environ.get("OTEL_TRACES_SAMPLER")
    if sampler:
        _check_choice(
            "OTEL_TRACES_SAMPLER", sampler.lower(), [*_SAMPLERS, *(f"parentbased_{each}" for each in _SAMPLERS)]
        )
    return name


def _names(part: str) -> tuple[str, str]:
    """The variable for traces alone, which wins, and the one for everything."""
    return f"{_PREFIX}TRACES_{part}", f"{_PREFIX}{part}"


def _set(environ: Mapping[str, str], part: str) -> Iterator[tuple[str, str]]:
    return ((name, environ[name]) for name in _names(part) if environ.get(name))


def _check_choice(name: str, value: str, choices: tuple[str, ...] | list[str]) -> None:
    if value not in choices:
        raise BadInput(f"{name} is “{echo(value)}”; regclean knows {', '.join(choices)}.")


def _check_address(name: str, value: str) -> None:
    try:
        parts = urlsplit(value)
        is_known = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_known = False
    if not is_known:
        raise BadInput(f"{name} is no address that traces can be sent to; write it as http://HOST:4318.")


def _check_sending(environ: Mapping[str, str]) -> None:
    for part, choices in _CHOICES.items():
        for name, value in _set(environ, part):
            _check_choice(name, value.strip().lower(), choices)
    for part in _FILES:
        for name, value in _set(environ, part):
            if not Path(value).is_file():
                raise BadInput(f"There is no file {echo(value)}, which {name} names.")
    for name, value in _set(environ, "HEADERS"):
        if not all("=" in each.strip()[1:] for each in value.split(",") if each.strip()):
            raise BadInput(f"{name} cannot be read; write it as NAME=VALUE,NAME=VALUE.")


def _check_numbers(environ: Mapping[str, str]) -> None:
    for name, (least, most) in _NUMBERS.items():
        if name in environ and not least <= _number(environ[name]) <= most:
            limit = f"from {least:g} to {most:g}" if most < inf else "of seconds"
            raise BadInput(f"{name} is “{echo(environ[name])}”; write a number {limit}.")
    for name in _WHOLE:
        if name in environ and not (environ[name].isascii() and environ[name].isdigit() and int(environ[name])):
            raise BadInput(f"{name} is “{echo(environ[name])}”; write a whole number above 0.")
    if int(environ.get(_WHOLE[2], _BATCH)) > int(environ.get(_WHOLE[1], _QUEUE)):
        raise BadInput(f"{_WHOLE[2]} is more than {_WHOLE[1]}; a batch comes out of the queue.")


def _number(text: str) -> float:
    """-1 for what is none."""
    try:
        return float(text)
    except ValueError:
        return -1.0
