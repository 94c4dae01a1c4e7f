"""Tools: programs run on a registry's storage, in a container beside it or inside it, as argument lists."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Final

from workers.config.gc_docker import DockerRunnerSettings
from workers.gc.docker.container import RegistryContainer
from workers.gc.docker.engine import Engine
from workers.gc.docker.execution import prepare, run
from workers.gc.docker.one_shot import Errand, OneShot
from workers.gc.docker.reports import Ran

STORAGE: Final = "storage"
_BY_NUMBER: Final = re.compile(r"[0-9]+(:[0-9]+)?")


@contextmanager
def ran(
    engine: Engine,
    registry: RegistryContainer,
    settings: DockerRunnerSettings,
    words: Sequence[str],
    *,
    writes: bool = False,
) -> Iterator[Ran]:
    """A program and its arguments, run to the end; raises CollectorError when it cannot be started."""
    if settings.mode == "exec" and settings.tools_image is None:
        with run(engine, prepare(engine, registry.id, words), settings.timeout) as outcome:
            yield outcome
        return
    errand = Errand(
        task=STORAGE,
        program=words[0],
        arguments=tuple(words[1:]),
        writes=writes,
        image=settings.tools_image,
        user=None if settings.tools_image is None else _user(registry),
    )
    with OneShot.prepared(engine, registry, errand) as one_shot:
        one_shot.start()
        yield one_shot.ended(settings.timeout)


def _user(registry: RegistryContainer) -> str:
    """The registry's own user in another image, which does not know its name: then root, who may do the same."""
    user = str(registry.config.get("User") or "")
    return user if _BY_NUMBER.fullmatch(user) else "0:0"
