"""docs/install-helm.md, step by step: what needs no cluster is run as it stands there."""

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from tests.chart import schemas
from tests.chart.chart import Helm, Rendered

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "install-helm.md"
NEEDS = re.compile(r"^\*\*Not run")
FENCE = re.compile(r"^(?P<before>[^\n]+)\n\n```(?P<kind>\w+)\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block with the line before it."""

    before: str
    kind: str
    text: str

    @property
    def is_run(self) -> bool:
        return self.kind == "bash" and not NEEDS.match(self.before)

    @property
    def file(self) -> str:
        """The file that it is, where the line before names one."""
        named = re.fullmatch(r"`([\w.-]+)`:", self.before)
        return named[1] if named else ""


def blocks() -> list[Block]:
    return [Block(found["before"], found["kind"], found["text"]) for found in FENCE.finditer(PAGE.read_text())]


@pytest.fixture(scope="module")
def walked(helm: Helm, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which everything was done that can be done without a cluster."""
    place = tmp_path_factory.mktemp("clone")
    (place / "helm").symlink_to(ROOT / "helm")
    programs = place / "bin"
    programs.mkdir()
    (programs / "helm").symlink_to(helm.program)
    (programs / "regclean").write_text(f'#!/bin/sh\nexec {sys.executable} -m cli "$@"\n')
    (programs / "regclean").chmod(0o755)
    path = f"{programs}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {"PATH": path, "HOME": str(helm.home), "PYTHONPATH": str(ROOT)}
    for block in blocks():
        if block.file:
            (place / block.file).write_text(block.text)
        if block.is_run:
            command = ["bash", "-euo", "pipefail", "-c", block.text]
            done = subprocess.run(command, cwd=place, env=environment, capture_output=True, text=True, check=False)
            assert done.returncode == 0, f"{block.text}{done.stdout}{done.stderr}"
    return place


def test_every_command_is_run_or_marked(walked: Path) -> None:
    """What speaks to a cluster or builds an image can only stand in a block that is marked."""
    assert walked.is_dir()
    kubernetes = re.compile(r"kubectl|helm (install|upgrade|test|uninstall)(?!.*--dry-run)|make |buildah ")
    for block in blocks():
        if block.kind == "bash":
            assert bool(kubernetes.search(block.text)) == bool(NEEDS.match(block.before)), block.text


def test_the_steps_leave_what_the_page_says(walked: Path) -> None:
    assert {path.name for path in walked.glob("*.yaml")} == {
        "config-map.yaml",
        "config.yaml",
        "rendered-gc.yaml",
        "rendered-http.yaml",
        "rendered-keda.yaml",
        "rendered-metrics.yaml",
        "rendered-redis.yaml",
        "rendered-traces.yaml",
        "rendered.yaml",
        "slack-app-http.yaml",
        "slack-app.yaml",
        "values.yaml",
    }
    assert yaml.safe_load((walked / "slack-app.yaml").read_text())["settings"]["socket_mode_enabled"] is True
    assert (walked / "config.yaml").read_text().startswith("approvals:")


@pytest.mark.parametrize("version", schemas.VERSIONS)
def test_what_the_page_installs_is_valid(walked: Path, version: str) -> None:
    rendered = Rendered([each for each in yaml.safe_load_all((walked / "rendered.yaml").read_text()) if each])
    assert [mistake for each in rendered.documents for mistake in schemas.mistakes(each, version)] == []
    mounts = {each["mountPath"] for each in rendered.container("worker-clean")["volumeMounts"]}
    assert "/etc/regclean/credentials/registry-prod" in mounts


def test_the_secrets_that_it_makes_are_those_that_pods_use(walked: Path) -> None:
    rendered = Rendered([each for each in yaml.safe_load_all((walked / "rendered.yaml").read_text()) if each])
    made = next(block.text for block in blocks() if "create secret" in block.text)
    keys = set(re.findall(r"--from-literal=([\w-]+)=", made))
    used = {
        each["valueFrom"]["secretKeyRef"]["key"]
        for _, container in rendered.containers()
        for each in container["env"]
        if "valueFrom" in each
    }
    assert used <= keys
    assert keys - used == {"password"}  # a file


def test_the_rights_it_asks_for_are_those_of_the_chart_s_own_redis(helm: Helm) -> None:
    given = helm.render("socket").container("redis")["args"]
    assert " ".join(given[given.index("~rq:*") :]) in PAGE.read_text()
