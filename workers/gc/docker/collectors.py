"""Collectors: the containers that collect a registry; made here, and found by their labels or by a kept token."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from typing import Final

from workers.config.gc_docker import DockerRunnerSettings
from workers.gc.docker import files
from workers.gc.docker.container import REGISTRY, TASK, RegistryContainer
from workers.gc.docker.engine import Engine, State
from workers.gc.docker.one_shot import Errand, OneShot, see_gone
from workers.gc.docker.reports import arguments
from workers.gc.docker.served import Served
from workers.gc.docker.token import Token

COLLECT: Final = "collect"
DRY_RUN: Final = "dry-run"
# Beyond its longest time, so that nobody can still be waiting for it.
_LEFT_BEHIND: Final = 3600.0


@contextmanager
def prepared(
    engine: Engine, registry: RegistryContainer, settings: DockerRunnerSettings, *, dry: bool = False, request: str = ""
) -> Iterator[OneShot]:
    """A collector with the registry's own configuration, not yet started; gone when the block is left.

    Raises CollectorError, also when it would not be alone with the storage, or not see it.
    """
    served = Served.of(engine, registry, settings)
    if served.root:
        registry.refuse_own_storage(served.root)
        registry.refuse_replicas(engine, served.root)
    errand = Errand(
        task=DRY_RUN if dry else COLLECT,
        program=settings.program,
        arguments=arguments(served.path, dry=dry),
        writes=not dry,
        offline=served.root is not None,
        request=request,
    )
    with OneShot.prepared(engine, registry, errand) as collector:
        if registry.keeps(PurePosixPath(served.path)):
            files.write(engine, collector.id, served.path, served.file)
        yield collector


def alive(engine: Engine, registry: str, token: str | None) -> tuple[str, ...]:
    """Those that run, or were made and may yet start; raises CollectorError when that cannot be seen.

    The labels also tell of one that another regclean started.
    """
    known = {str(each["Id"]) for each in engine.labelled(REGISTRY, registry) if each["Labels"].get(TASK) == COLLECT}
    if token:
        kept = Token.parse(token)
        kept.refuse_elsewhere(engine)
        known.add(kept.container)
    return tuple(sorted(container for container in known if _may_work(engine, container)))


def remove_idle(engine: Engine, registry: str) -> None:
    """Remove the collectors that do not run, also those not yet started: afterwards they cannot start any more.

    For whoever holds the registry's lock.
    """
    for each in engine.labelled(REGISTRY, registry):
        if each["Labels"].get(TASK) == COLLECT and not _runs(engine, str(each["Id"])):
            see_gone(engine, str(each["Id"]))


def clear_away(engine: Engine, registry: str, longest: float) -> None:
    """Remove what workers that died left behind and what has ended; `longest` is in seconds what an errand may take."""
    for each in engine.labelled(REGISTRY, registry):
        old = time.time() - float(each["Created"]) > longest + _LEFT_BEHIND
        if old and each["Labels"].get(TASK) != COLLECT and not _runs(engine, str(each["Id"])):
            see_gone(engine, str(each["Id"]))


def _may_work(engine: Engine, container: str) -> bool:
    details = engine.inspect(container)
    return details is not None and not State.of(details).ended


def _runs(engine: Engine, container: str) -> bool:
    details = engine.inspect(container)
    return details is not None and State.of(details).running
