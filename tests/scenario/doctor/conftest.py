"""One healthy world for all of doctor's tests; each spoils a copy of its configuration, or parts of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.parts.processes import wait_until
from demo.world import World, WorldSettings, world
from tests.scenario.doctor.clinic import Clinic


@pytest.fixture(scope="package")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder: Path = tmp_path_factory.mktemp("world")
    with world(folder, WorldSettings(version="2.8.2")) as running:
        clinic = Clinic.of(running, folder)
        assert wait_until(lambda: clinic.examine("process", "keys").wrong == [], seconds=30, pause=0.5)
        yield running


@pytest.fixture
def clinic(healthy: World, tmp_path: Path) -> Clinic:
    return Clinic.of(healthy, tmp_path)
