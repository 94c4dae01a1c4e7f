"""Our client for the registries that tests start."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, Final

from demo.parts.registry import RegistryProcess
from workers.credentials import Anonymous, Credentials
from workers.registries.distribution import Registry
from workers.registries.endpoint import Endpoint
from workers.registries.patience import Patience
from workers.registries.transport import MayWrite

HASTY: Final = Patience(first=0.01, longest=0.02, longest_asked=0.3)


def client_of(
    registry: RegistryProcess | str,
    login: Credentials | Callable[[], Credentials] | None = None,
    *,
    may_write: MayWrite | None = None,
    **changes: Any,
) -> Registry:
    """A client for a registry named “main”, which tries three times; `changes` go into its endpoint."""
    url = registry if isinstance(registry, str) else registry.url
    endpoint = replace(Endpoint(name="main", url=url, timeout=10.0, attempts=3), **changes)
    find = login if callable(login) else lambda: login or Anonymous()
    return Registry(endpoint, find, may_write=may_write, patience=HASTY)
