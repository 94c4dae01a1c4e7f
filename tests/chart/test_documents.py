"""The chart's README and schema are what their sources say, and leave no value out."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from helm import generate_documents
from tests.chart.chart import CHART, PROCESSES

AGAIN = "run “python -m helm.generate_documents”"
VALUES = yaml.safe_load((CHART / "values.yaml").read_text())
SCHEMA = json.loads((CHART / "values.schema.json").read_text())


def leaves(values: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """The keys that hold no further block."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from leaves(value, (*path, key))
        else:
            yield (*path, key)


EACH = pytest.mark.parametrize("leaf", list(leaves(VALUES)), ids=".".join)


def test_the_readme_is_current() -> None:
    assert (CHART / "README.md").read_text() == generate_documents.readme(), AGAIN


def test_the_schema_is_current() -> None:
    assert (CHART / "values.schema.json").read_text() == generate_documents.schema(), AGAIN


@EACH
def test_every_value_is_documented(leaf: tuple[str, ...]) -> None:
    documented = {each.key for each in generate_documents.documented()}
    assert any(".".join(leaf[: length + 1]) in documented for length in range(len(leaf)))


@EACH
def test_every_value_is_in_the_schema(leaf: tuple[str, ...]) -> None:
    block = SCHEMA
    for key in leaf:
        block = SCHEMA["$defs"][block["$ref"].rpartition("/")[2]] if "$ref" in block else block
        if "properties" not in block:  # a block of Kubernetes' own
            return
        block = block["properties"][key]


def test_a_documented_default_is_the_one_in_force() -> None:
    for each in generate_documents.documented():
        found = VALUES
        for key in each.key.split("."):
            found = found[key]
        assert found == each.default


def test_the_configuration_s_own_schema_is_in_it() -> None:
    config = json.loads(generate_documents.CONFIG.read_text())
    assert SCHEMA["properties"]["config"]["properties"] == config["properties"]
    assert {name: SCHEMA["$defs"].get(name) for name in config["$defs"]} == config["$defs"]


def test_there_is_a_folder_of_templates_for_each_process() -> None:
    folders = {path.name for path in (CHART / "templates").iterdir() if path.is_dir()}
    assert set(PROCESSES) <= folders


def test_no_template_is_longer_than_a_hundred_lines() -> None:
    lengths = {path.name: len(path.read_text().splitlines()) for path in (CHART / "templates").rglob("*.*")}
    assert {name for name, length in lengths.items() if length > 100} == set()


def test_the_chart_has_the_program_s_version() -> None:
    project = generate_documents.HERE.parent / "pyproject.toml"
    version = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
    assert f'\nversion = "{version}"\n' in project.read_text()
