"""Clusters as fixtures: one for each test, with the stand-in's control plane, and in long runs with a real one."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn, Protocol

import pytest

from demo.parts import binaries
from demo.parts.errors import PartMissingError
from demo.parts.registry_config import TlsFiles
from demo.parts.tls import make_tls
from tests.kube.cluster import NAME, TestCluster
from tests.kube.control_plane import ControlPlane
from tests.kube.rights import rules

STAND_IN = "stand-in"
REAL = "real"


class MakeCluster(Protocol):
    """Starts a cluster, stopped when the test ends; regclean's rights in it are those of the chart's Role."""

    def __call__(self, kind: str = "deployment", mode: str = "job", version: str = "") -> TestCluster: ...


@pytest.fixture(scope="session")
def real_control_plane(
    tmp_path_factory: pytest.TempPathFactory, missing_part: Callable[[str], NoReturn]
) -> Iterator[Callable[[], ControlPlane]]:
    """Started when it is first asked for, and used by all tests of a run, one after the other."""
    with ExitStack() as running:
        made: list[ControlPlane] = []

        def get() -> ControlPlane:
            if not made:
                try:
                    made.append(running.enter_context(ControlPlane(folder=tmp_path_factory.mktemp("control-plane"))))
                except PartMissingError as missing:
                    missing_part(str(missing))
            return made[0]

        yield get


@pytest.fixture(scope="session")
def node_tls(tmp_path_factory: pytest.TempPathFactory) -> TlsFiles:
    """What the nodes of all tests serve their logs and sessions with."""
    return make_tls(tmp_path_factory.mktemp("node"))


@pytest.fixture(params=[STAND_IN, pytest.param(REAL, marks=pytest.mark.long)])
def control_plane(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def stand_in(control_plane: str) -> None:
    """For tests that reach into the stand-in."""
    if control_plane == REAL:
        pytest.skip("This needs the stand-in.")


@pytest.fixture
def make_cluster(
    tmp_path: Path,
    missing_part: Callable[[str], NoReturn],
    control_plane: str,
    node_tls: TlsFiles,
    real_control_plane: Callable[[], ControlPlane],
) -> Iterator[MakeCluster]:
    with ExitStack() as running:

        def make(kind: str = "deployment", mode: str = "job", version: str = "") -> TestCluster:
            try:
                chosen = version or binaries.any_registry()[0]
                binaries.registry_binary(chosen)
            except PartMissingError as missing:
                missing_part(str(missing))
            real = real_control_plane() if control_plane == REAL else None
            return running.enter_context(
                TestCluster(folder=tmp_path, tls=node_tls, version=chosen, rules=rules(kind, mode, NAME), real=real)
            )

        yield make
