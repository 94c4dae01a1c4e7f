"""KINDS: which client speaks to which kind of registry; a new kind is one more line."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Final

from workers.config import RegistrySettings
from workers.credentials import resolve
from workers.registries.distribution import Registry
from workers.registries.endpoint import Endpoint
from workers.registries.logins import GetLogin
from workers.registries.transport import MayWrite


def endpoint_of(settings: RegistrySettings) -> Endpoint:
    """The part of the settings that says where a registry is and how it may be talked to."""
    return Endpoint(
        name=settings.name,
        url=settings.url,
        ca_file=Path(settings.ca_file) if settings.ca_file else None,
        proxy=settings.proxy,
        no_proxy=settings.no_proxy,
        concurrency=settings.concurrency,
        timeout=settings.timeout,
    )


def _distribution(settings: RegistrySettings, login: GetLogin, may_write: MayWrite | None) -> Registry:
    return Registry(endpoint_of(settings), login, may_write=may_write)


KINDS: Final[Mapping[str, Callable[[RegistrySettings, GetLogin, MayWrite | None], Registry]]] = {
    "distribution": _distribution,
}


def open_registry(
    settings: RegistrySettings, environ: Mapping[str, str], *, may_write: MayWrite | None = None
) -> Registry:
    """A client for one configured registry, to be closed; its login is looked up in `environ` when a call needs it.

    `may_write` is called with the seconds that a write may take, right before each is sent, and raises to forbid it.

    Raises:
        BadInput: its CA file cannot be used.
    """
    return KINDS[settings.kind](settings, partial(resolve, settings, environ), may_write)
