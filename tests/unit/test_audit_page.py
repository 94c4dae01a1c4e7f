"""The page about the audit chain names what the commands take and write."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from cli.audit.summary import Summary
from cli.audit.written import FIELDS
from cli.main import app
from workers.core.audit import Happened
from workers.core.request import State

PAGE = (Path(__file__).parents[2] / "docs" / "audit.md").read_text(encoding="utf-8")


def section(name: str) -> str:
    return PAGE.partition(f"## {name}\n")[2].partition("\n## ")[0]


def helped(*words: str) -> str:
    return CliRunner().invoke(app, ["audit", *words, "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output


@pytest.mark.parametrize("command", ["list", "show", "export", "verify"])
def test_it_names_each_option(command: str) -> None:
    options = set(re.findall(r"--[a-z-]+", helped(command))) - {"--help"}
    assert {each for each in options if each not in PAGE} == set()


def test_it_names_each_command() -> None:
    commands = set(re.findall(r"^│? *([a-z]+)  ", helped(), re.MULTILINE))
    assert commands == {"verify", "accept", "sign", "list", "show", "export"}
    assert {each for each in commands if f"| `regclean audit {each}" not in PAGE} == set()


def test_it_names_what_list_tells_machines_and_every_state() -> None:
    names = Summary(request="", asked_at="", requester="").as_json()
    assert [each for each in [*names, *State] if f"`{each}`" not in section("List")] == []


def test_it_names_the_fields_of_an_export_in_their_order_and_every_action() -> None:
    table = section("Export")
    assert tuple(re.findall(r"^\| `([a-z]+)` \|", table, re.MULTILINE)) == FIELDS
    assert [each for each in Happened if f"`{each}`" not in table] == []
