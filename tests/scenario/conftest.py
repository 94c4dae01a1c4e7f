"""The whole world for scenarios: unmodified regclean processes, both ways to listen to Slack, both registries."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.parts import binaries
from demo.workspace.settings import Rates
from demo.world import World, WorldSettings, world

WAYS = [
    pytest.param(("socket", "2.8.2"), id="socket-2.8.2"),
    pytest.param(("http", "3.1.1"), id="http-3.1.1"),
]


@pytest.fixture(scope="module", params=WAYS)
def whole(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Everything running; one world for a module's tests, which use repositories of their own."""
    mode, version = request.param
    assert version in binaries.REGISTRY_VERSIONS
    folder: Path = tmp_path_factory.mktemp("world")
    settings = WorldSettings(mode=mode, version=version, rates=Rates(post_burst=50))
    with world(folder, settings) as running:
        yield running
