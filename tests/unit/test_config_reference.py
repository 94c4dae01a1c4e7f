"""The committed reference says what the models say, and its examples work."""

import json
from pathlib import Path
from typing import Any

import pytest

from docs import generate_configuration
from tests.unit.configuration import GC, written
from workers.config import Config, load, parse

DOCS = Path(generate_configuration.__file__).parent
SCHEMA = generate_configuration.document()
AGAIN = "run “python -m docs.generate_configuration”"


def examples(block: str) -> list[Any]:
    properties = SCHEMA["$defs"][block]["properties"]
    return [pytest.param(key, each, id=key) for key, value in properties.items() for each in value.get("examples", ())]


def test_the_json_schema_is_current() -> None:
    assert (DOCS / "config.schema.json").read_text(encoding="utf-8") == generate_configuration.schema(), AGAIN


def test_the_reference_is_current() -> None:
    assert (DOCS / "configuration.md").read_text(encoding="utf-8") == generate_configuration.reference(), AGAIN


def test_the_reference_has_every_key_of_every_block() -> None:
    lines = generate_configuration.reference().splitlines()
    keys = [key for block in (SCHEMA, *SCHEMA["$defs"].values()) for key in block["properties"]]
    assert sorted(line.split("`")[1] for line in lines if line.startswith("| `")) == sorted(keys)


def test_the_schema_allows_neither_null_nor_unknown_keys() -> None:
    assert "null" not in json.dumps(SCHEMA)
    assert all(block["additionalProperties"] is False for block in (SCHEMA, *SCHEMA["$defs"].values()))


def test_the_example_file_is_accepted() -> None:
    config = load(DOCS / "config.example.yaml")
    assert [registry.name for registry in config.registries] == ["prod", "dev"]


@pytest.mark.parametrize(("key", "example"), examples("RegistrySettings"))
def test_a_registrys_examples_are_accepted(key: str, example: object) -> None:
    assert isinstance(parse(written(f"{key}: {json.dumps(example)}")), Config)


@pytest.mark.parametrize(("key", "example"), examples("CommandRunnerSettings"))
def test_a_runners_examples_are_accepted(key: str, example: object) -> None:
    gc = parse(written(f"gc: {{<<: {{{GC}}}, {key}: {json.dumps(example)}}}")).registries[0].gc
    assert gc
    assert json.loads(json.dumps(getattr(gc, key))) == example


@pytest.mark.parametrize(("key", "example"), examples("CredentialSettings"))
def test_a_credentials_examples_are_accepted(key: str, example: object) -> None:
    partner = {"username": ", password_env: A", "password_env": ", username: a", "password_file": ", username: a"}
    text = f"credentials: {{{key}: {json.dumps(example)}{partner.get(key, '')}}}"
    assert parse(written(text)).registries[0].credentials


def test_the_top_levels_examples_together_are_a_configuration() -> None:
    blocks = {key: value["examples"][0] for key, value in SCHEMA["properties"].items() if "examples" in value}
    assert parse(json.dumps(blocks).encode()).approvals.approvers
