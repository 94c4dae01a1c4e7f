"""The locks satisfy pyproject.toml, leave nothing that is needed out, and have a hash for every file."""

import re
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).parents[2]
LOCKS = ("requirements.lock", "requirements-build.lock")
AGAIN = "run scripts/lock.sh"


def locked(name: str) -> dict[str, tuple[Requirement, list[str]]]:
    """Each package in a lock, with its hashes."""
    joined = (ROOT / name).read_text().replace("\\\n", " ")
    found: dict[str, tuple[Requirement, list[str]]] = {}
    for line in joined.splitlines():
        requirement, *hashes = re.split(r"\s+--hash=", line.strip())
        found[canonicalize_name(Requirement(requirement).name)] = (Requirement(requirement), hashes)
    return found


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_is_pinned_and_hashed(name: str) -> None:
    for package, (requirement, hashes) in locked(name).items():
        assert re.fullmatch(r"==[\w.]+", str(requirement.specifier)), package
        assert hashes, package
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", each) for each in hashes), package


@pytest.mark.parametrize("name", LOCKS)
def test_no_package_comes_from_anywhere_else(name: str) -> None:
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert re.findall(r"^(?:-|--)\S+", text, re.MULTILINE) == []


def test_what_pyproject_asks_for_is_locked_in_a_version_that_it_takes() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    versions = locked("requirements.lock")
    runners = [text for extra, texts in project["optional-dependencies"].items() if extra != "local" for text in texts]
    for text in [*project["dependencies"], *runners]:
        wanted = Requirement(text)
        assert canonicalize_name(wanted.name) in versions, f"{wanted.name} is missing; {AGAIN}"
        pin, _ = versions[canonicalize_name(wanted.name)]
        (version,) = (Version(each.version) for each in pin.specifier)
        assert version in wanted.specifier, f"{pin} is not what pyproject.toml asks for; {AGAIN}"


def test_what_is_installed_here_agrees() -> None:
    found = subprocess.run([sys.executable, "-m", "pip", "check"], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout


def test_what_locked_packages_need_is_locked() -> None:
    """As far as the packages in this environment tell."""
    versions = locked("requirements.lock")
    looked = 0
    for package in versions:
        try:
            needs = metadata.requires(package) or []
        except metadata.PackageNotFoundError:  # for another system or Python
            continue
        looked += 1
        needed = [
            each for each in map(Requirement, needs) if each.marker is None or each.marker.evaluate({"extra": ""})
        ]
        missing = [each.name for each in needed if canonicalize_name(each.name) not in versions]
        assert missing == [], f"{package} needs {missing}; {AGAIN}"
    assert looked > len(versions) / 2


def test_nothing_of_the_workshop_is_in_what_the_image_runs() -> None:
    assert {"pytest", "hatchling", "cyclonedx-bom", "mypy", "ruff", "pip"}.isdisjoint(locked("requirements.lock"))
