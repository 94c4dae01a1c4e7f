"""The documentation builds as a site without a warning, and the README leads nowhere that is not there."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LINK = re.compile(r"\]\((?!https?:)([^)#]+)[^)]*\)")


def test_the_site_builds_without_a_warning() -> None:
    zensical = Path(sys.executable).parent / "zensical"
    arguments: list[str | Path] = [zensical, "build", "--strict", "--clean", "--config-file", "mkdocs.yml"]
    built = subprocess.run(arguments, cwd=ROOT, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    assert "Warning" not in built.stdout + built.stderr
    assert (ROOT / ".cache/site/index.html").exists()


@pytest.mark.parametrize("page", ["README.md", "CHANGELOG.md"])
def test_links_lead_to_files_that_are_there(page: str) -> None:
    targets = LINK.findall((ROOT / page).read_text())
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_every_page_is_in_the_navigation() -> None:
    navigation = (ROOT / "mkdocs.yml").read_text()
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    assert {page for page in pages if page not in navigation} == set()
