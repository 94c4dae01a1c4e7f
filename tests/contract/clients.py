"""Our client for the registries that tests start."""

from dataclasses import replace
from typing import Any, Final

from demo.parts.registry import RegistryProcess
from workers.registries.distribution import Registry
from workers.registries.endpoint import Anonymous, Endpoint, Login
from workers.registries.patience import Patience
from workers.registries.transport import MayWrite

HASTY: Final = Patience(first=0.01, longest=0.02, longest_asked=0.3)


def client_of(
    registry: RegistryProcess | str, login: Login | None = None, *, may_write: MayWrite | None = None, **changes: Any
) -> Registry:
    """A client for a registry named “main”, which tries three times; `changes` go into its endpoint."""
    url = registry if isinstance(registry, str) else registry.url
    endpoint = replace(Endpoint(name="main", url=url, timeout=10.0, attempts=3), **changes)
    return Registry(endpoint, lambda: login or Anonymous(), may_write=may_write, patience=HASTY)
