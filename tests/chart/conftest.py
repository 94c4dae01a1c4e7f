"""The real helm, as a fixture."""

from collections.abc import Callable
from typing import NoReturn

import pytest

from demo.parts.binaries import cache_folder
from tests.chart.chart import Helm


@pytest.fixture(scope="session")
def helm(tmp_path_factory: pytest.TempPathFactory, missing_part: Callable[[str], NoReturn]) -> Helm:
    program = max(cache_folder().glob("helm-*"), default=None)
    if program is None:
        missing_part("There is no helm on this machine: `scripts/helm.sh` builds it.")
    return Helm(program, tmp_path_factory.mktemp("helm"))
