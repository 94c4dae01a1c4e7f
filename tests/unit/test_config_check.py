"""`regclean config check`: what it prints and how it exits."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.config_check import app
from tests.unit.configuration import written

RUNNER = CliRunner()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "regclean.yaml"


def test_a_good_file_is_one_line_and_zero(file: Path) -> None:
    file.write_bytes(written())
    result = RUNNER.invoke(app, ["check", str(file)])
    assert (result.exit_code, result.output) == (0, f"{file} is fine: prod.\n")


def test_the_file_may_come_from_the_environment(file: Path) -> None:
    file.write_bytes(written())
    assert RUNNER.invoke(app, ["check"], env={"REGCLEAN_CONFIG": str(file)}).exit_code == 0


def test_every_mistake_is_one_line_with_its_place(file: Path) -> None:
    file.write_bytes(written("concurency: 3, url: 'http://r.example.com'", channels="default: general"))
    result = RUNNER.invoke(app, ["check", str(file)])
    assert result.exit_code == 1
    assert [line.split(": ")[0] for line in result.output.splitlines()] == [
        "registries[0].plain_http",
        "registries[0].concurency",
        "channels.default",
    ]
    assert "did you mean “concurrency”? (line 1)" in result.output


def test_a_file_that_is_not_yaml_is_told_with_line_and_column(file: Path) -> None:
    file.write_text("registries:\n  - [", encoding="utf-8")
    result = RUNNER.invoke(app, ["check", str(file)])
    assert result.exit_code == 1
    assert result.output.startswith("This is not YAML at line 2, column 6:")


def test_a_missing_file_is_told(file: Path) -> None:
    result = RUNNER.invoke(app, ["check", str(file)])
    assert (result.exit_code, result.output) == (1, "This file cannot be read: No such file or directory.\n")


def test_a_missing_ca_file_is_only_a_warning(file: Path, tmp_path: Path) -> None:
    authority = tmp_path / "ca.pem"
    file.write_bytes(written(f"ca_file: {json.dumps(str(authority))}"))
    result = RUNNER.invoke(app, ["check", str(file)])
    assert result.exit_code == 0
    assert f"Warning: registries[0].ca_file: There is no file {authority} on this machine" in result.output
    authority.touch()
    assert "Warning" not in RUNNER.invoke(app, ["check", str(file)]).output
