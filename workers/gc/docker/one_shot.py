"""OneShot: a container made for one errand beside a registry's container, with its volumes, and removed afterwards.

Its labels tell any process what it is for, should the one that made it be gone.
"""

import secrets
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from typing import Any, Final, Self

from workers.core.errors import CollectorError
from workers.gc.docker.connection import asking
from workers.gc.docker.container import REGISTRY, REQUEST, TASK, RegistryContainer
from workers.gc.docker.engine import Details, Engine, State
from workers.gc.docker.frames import frames, requested
from workers.gc.execution import last_complaint

_COMPLAINTS: Final = 20
_GRACE: Final = 30.0
_FIRST_PAUSE: Final = 0.05
_LONGEST_PAUSE: Final = 1.0
# What it takes to reach the same storage with the same rights; limits and published ports are the registry's own.
_LIKE_THE_REGISTRY: Final = (
    "CapAdd", "CapDrop", "Dns", "DnsOptions", "DnsSearch", "ExtraHosts", "GroupAdd", "Privileged", "ReadonlyRootfs",
    "SecurityOpt", "Tmpfs", "UsernsMode",
)  # fmt: skip
# Everything it prints is read when it ended: an engine's own limit on logs must not cut it.
_LOG: Final = {"Type": "json-file", "Config": {"max-size": "1000g"}}


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What to run: a program with its arguments, no shell.

    `task` and `request` become labels. With `writes` the registry's volumes can be written; `offline`: without network.
    `image` is another one than the registry's, as `user` of its own.
    """

    task: str
    program: str
    arguments: tuple[str, ...]
    writes: bool = False
    offline: bool = True
    image: str | None = None
    user: str | None = None
    request: str = ""


@dataclass(frozen=True, slots=True)
class OneShot:
    """A container that runs its errand once; it is made first and started later, so that it can be written down."""

    engine: Engine
    id: str
    errand: Errand

    @classmethod
    @contextmanager
    def prepared(cls, engine: Engine, registry: RegistryContainer, errand: Errand) -> Iterator[Self]:
        """Made and not started; gone when the block is left. Raises CollectorError."""
        name = f"regclean-{errand.task}-{secrets.token_hex(4)}"
        one_shot = cls(engine, engine.create(name, _described(registry, errand)), errand)
        try:
            if not errand.offline:
                one_shot._join_networks(registry)
            yield one_shot
        except BaseException:
            # What went wrong first is what to tell; one that cannot be removed now is seen by whoever lifts the fence.
            with suppress(CollectorError):
                see_gone(engine, one_shot.id)
            raise
        see_gone(engine, one_shot.id)

    def start(self) -> None:
        """Raises CollectorError when its program cannot be started."""
        try:
            self.engine.start(self.id)
        except CollectorError as error:
            raise CollectorError(f"“{self.errand.program}” cannot be started: {error.sentence}") from error

    def ended(self, timeout: float, watch: Callable[[], None] = lambda: None) -> "Ended":
        """Wait for it; raises CollectorError when it takes longer than `timeout` seconds, or when `watch` does."""
        until, pause = time.monotonic() + timeout, _FIRST_PAUSE
        while not (state := self._state()).ended:
            watch()
            if time.monotonic() > until:
                raise CollectorError(
                    f"“{self.errand.program}” was stopped: it took longer than the {timeout:g} seconds of `timeout`."
                )
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        return Ended(self.engine, self.id, state.code)

    def _state(self) -> State:
        details = self.engine.inspect(self.id)
        if details is None:
            raise CollectorError(f"The container of “{self.errand.program}” was removed before it was done.")
        return State.of(details)

    def _join_networks(self, registry: RegistryContainer) -> None:
        """All networks of the registry; the first came with its network mode."""
        networks = (registry.details.get("NetworkSettings") or {}).get("Networks") or {}
        mode = registry.host.get("NetworkMode")
        for network in networks if mode in networks else ():
            if network != mode:
                self.engine.join(network, self.id)


@dataclass(frozen=True, slots=True)
class Ended:
    """A container that ended and was not removed yet, as something that ran."""

    engine: Engine
    id: str
    code: int

    def lines(self) -> Iterator[str]:
        rest = b""
        for part in self._printed(stdout=1):
            *whole, rest = (rest + part).split(b"\n")
            yield from (line.decode(errors="replace") for line in whole)
        if rest:
            yield rest.decode(errors="replace")

    @property
    def reason(self) -> str:
        return last_complaint(b"".join(self._printed(stderr=1, tail=_COMPLAINTS)).decode(errors="replace"))

    def _printed(self, **which: int) -> Iterator[bytes]:
        with (
            asking("give what a container printed"),
            closing(requested(self.engine, "GET", f"/containers/{self.id}/logs", params=which)) as answer,
        ):
            for _, part in frames(answer):
                yield part


def see_gone(engine: Engine, container: str) -> None:
    """Kill and remove a container; returns when the engine knows it no more. Raises CollectorError."""
    until = time.monotonic() + _GRACE
    while True:
        engine.remove(container)
        if engine.inspect(container) is None:
            return
        if time.monotonic() > until:
            raise CollectorError(f"The container {container[:12]} cannot be removed; look at the engine's log.")
        time.sleep(_FIRST_PAUSE)


def _described(registry: RegistryContainer, errand: Errand) -> Details:
    own = errand.image is None
    labels = {REGISTRY: registry.name, TASK: errand.task, **({REQUEST: errand.request} if errand.request else {})}
    return {
        "Image": errand.image or registry.image,
        "Entrypoint": [errand.program],
        "Cmd": list(errand.arguments),
        "Env": list(registry.environment if own else ()),
        "User": errand.user if errand.user is not None else str(registry.config.get("User") or ""),
        "WorkingDir": str(registry.config.get("WorkingDir") or "") if own else "",
        "Labels": labels,
        "Healthcheck": {"Test": ["NONE"]},
        "HostConfig": _host(registry, errand),
    }


def _host(registry: RegistryContainer, errand: Errand) -> Mapping[str, Any]:
    host = registry.host
    return {
        **{key: host[key] for key in _LIKE_THE_REGISTRY if host.get(key)},
        "VolumesFrom": [registry.id if errand.writes else f"{registry.id}:ro"],
        "NetworkMode": "none" if errand.offline else host.get("NetworkMode") or "default",
        "RestartPolicy": {"Name": "no"},
        "LogConfig": _LOG,
    }
