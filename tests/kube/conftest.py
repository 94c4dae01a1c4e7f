"""Clusters as fixtures: one for each test, with a registry of each version in turn."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NoReturn, Protocol

import pytest

from demo.parts import binaries
from demo.parts.errors import PartMissingError
from tests.kube.cluster import NAME, TestCluster
from tests.kube.rights import rules


class MakeCluster(Protocol):
    """Starts a cluster, stopped when the test ends; regclean's rights in it are those of the chart's Role."""

    def __call__(self, kind: str = "deployment", mode: str = "job", version: str = "") -> TestCluster: ...


@pytest.fixture
def make_cluster(tmp_path: Path, missing_part: Callable[[str], NoReturn]) -> Iterator[MakeCluster]:
    with ExitStack() as running:

        def make(kind: str = "deployment", mode: str = "job", version: str = "") -> TestCluster:
            try:
                chosen = version or binaries.any_registry()[0]
                binaries.registry_binary(chosen)
            except PartMissingError as missing:
                missing_part(str(missing))
            return running.enter_context(TestCluster(folder=tmp_path, version=chosen, rules=rules(kind, mode, NAME)))

        yield make
