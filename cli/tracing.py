"""Tracing: switched on for one process where OpenTelemetry's variables ask for it; else nothing of it is imported."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from workers.core.errors import BadInput
from workers.store import tracing
from workers.store.tracing_settings import receiver

_AT_THE_END: Final = 2.0
"""Seconds for the last spans of a process that ends."""


@contextmanager
def traced(process: str, environ: Mapping[str, str]) -> Iterator[None]:
    """Tell the spans of the block; raises BadInput when the variables, or what is installed, do not allow it."""
    name = receiver(environ)
    if not name:
        yield
        return
    tracing.use(_telemetry(name)(process))
    try:
        yield
    finally:
        tracing.flush(_AT_THE_END)
        tracing.use(None)


def check(environ: Mapping[str, str]) -> None:
    """Raise what `traced` would, for whoever only starts the others."""
    if name := receiver(environ):
        _telemetry(name)


def _telemetry(name: str) -> Callable[[str], tracing.Tracer]:
    try:
        from workers.store.telemetry import Telemetry  # noqa: PLC0415 - only who wants traces pays for it
    except ModuleNotFoundError as error:
        raise BadInput(
            f"{name} is set, and OpenTelemetry is not installed; run pip install 'regclean[tracing]', or unset it."
        ) from error
    return Telemetry
