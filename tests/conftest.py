"""The real parts as fixtures, and a clean environment for each test."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NoReturn, Protocol

import pytest
import redis
from structlog.contextvars import clear_contextvars

from demo.parts import binaries, sample
from demo.parts.engine import DOCKER, ENGINES, EngineProcess
from demo.parts.errors import PartMissingError
from demo.parts.redis import RedisProcess
from demo.parts.registry import RegistryProcess
from demo.parts.registry_config import RegistrySettings
from demo.parts.registry_container import RegistryContainer, Wanted, registry_image

# Read before the first test takes it out of the environment.
EVERYTHING_REQUIRED = bool(os.environ.get("REGCLEAN_CI"))
FOREIGN = ("SLACK_", "REGCLEAN_", "REDIS_URL", "OTEL_")


class GetEngine(Protocol):
    """A container engine of that kind, one for the whole run."""

    def __call__(self, kind: str = DOCKER) -> EngineProcess: ...


class MakeContainer(Protocol):
    """Starts a registry in a container, removed when the test ends; `wanted` is what differs from the usual one."""

    def __call__(
        self, engine: EngineProcess, version: str = binaries.OLD_REGISTRY, **wanted: Any
    ) -> RegistryContainer: ...


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Long tests run where they are asked for, and are no part of any other run."""
    if "long" not in config.getoption("-m"):
        items[:] = [item for item in items if item.get_closest_marker("long") is None]


class MakeRegistry(Protocol):
    """Starts one more registry, stopped when the test ends; without a version, one that this machine has."""

    def __call__(
        self, settings: RegistrySettings | None = None, *, version: str = "", folder: Path | None = None
    ) -> RegistryProcess: ...


@pytest.fixture(autouse=True)
def clean_log_context() -> None:
    """What an earlier test had its log lines name is nothing of this one's."""
    clear_contextvars()


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing of the developer's own Slack, Redis, proxies or settings reaches a test."""
    for name in list(os.environ):
        if name.startswith(FOREIGN) or name.upper().endswith("_PROXY"):
            monkeypatch.delenv(name)


@pytest.fixture(scope="session")
def missing_part() -> Callable[[str], NoReturn]:
    """What to call when a real part is not on this machine: skips the test; in CI it fails instead."""

    def give_up(reason: str) -> NoReturn:
        if EVERYTHING_REQUIRED:
            pytest.fail(reason)
        pytest.skip(reason)

    return give_up


@pytest.fixture
def make_registry(
    tmp_path_factory: pytest.TempPathFactory, missing_part: Callable[[str], NoReturn]
) -> Iterator[MakeRegistry]:
    with ExitStack() as running:

        def make(
            settings: RegistrySettings | None = None, *, version: str = "", folder: Path | None = None
        ) -> RegistryProcess:
            place = folder or tmp_path_factory.mktemp("registry")
            try:
                return running.enter_context(RegistryProcess(place, settings, version=version))
            except PartMissingError as missing:
                missing_part(str(missing))

        yield make


@pytest.fixture(params=binaries.REGISTRY_VERSIONS)
def registry_version(request: pytest.FixtureRequest) -> str:
    """Each registry version in turn."""
    return str(request.param)


@pytest.fixture
def registry(make_registry: MakeRegistry, registry_version: str) -> RegistryProcess:
    """An empty registry with delete enabled, of each version in turn."""
    return make_registry(version=registry_version)


@pytest.fixture
def empty_registry(make_registry: MakeRegistry) -> RegistryProcess:
    """An empty registry of one version only."""
    return make_registry()


@pytest.fixture
def sample_registry(make_registry: MakeRegistry) -> RegistryProcess:
    """A registry of one version with the sample images in it."""
    seeded = make_registry()
    sample.seed(seeded.url)
    return seeded


@pytest.fixture(scope="session")
def redis_server(
    tmp_path_factory: pytest.TempPathFactory, missing_part: Callable[[str], NoReturn]
) -> Iterator[RedisProcess]:
    """One Redis for the whole run, which writes nothing to disk."""
    try:
        server = RedisProcess(tmp_path_factory.mktemp("redis"), durable=False)
    except PartMissingError as missing:
        missing_part(str(missing))
    with server:
        yield server


@pytest.fixture
def redis_url(redis_server: RedisProcess) -> str:
    """The address of an empty Redis."""
    with redis.Redis.from_url(redis_server.url) as client:
        client.flushall()
    return redis_server.url


@pytest.fixture(scope="session")
def get_engine(
    tmp_path_factory: pytest.TempPathFactory, missing_part: Callable[[str], NoReturn]
) -> Iterator[GetEngine]:
    """Engines are started when they are first asked for, and end with the run, with all their containers."""
    engines: dict[str, EngineProcess] = {}
    with ExitStack() as running:

        def get(kind: str = DOCKER) -> EngineProcess:
            if kind not in engines:
                try:
                    engines[kind] = running.enter_context(EngineProcess(tmp_path_factory.mktemp(kind), kind))
                except PartMissingError as missing:
                    missing_part(str(missing))
            return engines[kind]

        yield get


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest, get_engine: GetEngine) -> EngineProcess:
    """Each container engine in turn."""
    return get_engine(str(request.param))


@pytest.fixture
def make_container(
    tmp_path_factory: pytest.TempPathFactory, missing_part: Callable[[str], NoReturn]
) -> Iterator[MakeContainer]:
    with ExitStack() as running:

        def make(engine: EngineProcess, version: str = binaries.OLD_REGISTRY, **wanted: Any) -> RegistryContainer:
            place = tmp_path_factory.mktemp("container") / "storage"
            try:
                with engine.client() as client:
                    image = registry_image(client, version)
            except PartMissingError as missing:
                missing_part(str(missing))
            usual = {"version": version, "image": image, "storage": place, "name": f"registry-{place.parent.name}"}
            return running.enter_context(RegistryContainer(engine, Wanted(**{**usual, **wanted})))

        yield make
