"""Each release's snapshot in turn, put back into a real Redis, with real registries that are filled as they were."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest
from redis import Redis

from demo.parts.registry import RegistryProcess
from tests.bench import Bench
from tests.conftest import MakeRegistry
from tests.upgrade.filling import VERSIONS, configured, fill
from tests.upgrade.snapshot import Snapshot, folders
from tests.upgrade.world import World
from workers.store.connection import WORKER, connect
from workers.store.store import Store, utc_now

FOLDERS = folders()


@pytest.fixture(params=FOLDERS, ids=[each.name for each in FOLDERS])
def snapshot(request: pytest.FixtureRequest, redis_url: str) -> Snapshot:
    """A release's snapshot, put back into an empty Redis."""
    folder: Path = request.param
    found = Snapshot.load(folder)
    with Redis.from_url(redis_url) as redis:
        found.restore(redis)
    return found


@pytest.fixture
def registries(snapshot: Snapshot, make_registry: MakeRegistry) -> dict[str, RegistryProcess]:
    """Filled as they were when the snapshot was taken."""
    made = {name: make_registry(version=version) for name, version in VERSIONS.items()}
    for name, registry in made.items():
        fill(registry, snapshot.tags[name])
    return made


@pytest.fixture
def world(snapshot: Snapshot, registries: dict[str, RegistryProcess], redis_url: str) -> World:
    ahead = snapshot.written_at + timedelta(minutes=1) - utc_now()
    bench = Bench(configured(registries), redis_url, ahead, ring=snapshot.ring)
    return World(snapshot, bench, registries)


@pytest.fixture
def going_on(world: World) -> World:
    """Without the halt that the snapshot has."""
    world.bench.store.anchors.lift()
    return world


@pytest.fixture
def store(snapshot: Snapshot, redis_url: str) -> Iterator[Store]:
    with closing(connect(redis_url, WORKER)) as redis:
        yield Store.open(redis, snapshot.ring)
