"""The pages about the Slack app and doctor say what the tables in the code say."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner

from bot.slack.scopes import SCOPES, methods_that_need
from cli.doctor.examining import groups
from cli.doctor.table import CHECKS
from cli.doctor.verdict import Level
from cli.main import app

ROOT = Path(__file__).parents[2]
DOCTOR = (ROOT / "docs" / "doctor.md").read_text(encoding="utf-8")
SLACK = (ROOT / "docs" / "slack-app.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")


def rows(page: str, heading: str) -> Iterator[list[str]]:
    """The cells of the table below a heading."""
    table = page.partition(f"## {heading}\n")[2].partition("\n## ")[0]
    lines = [line for line in table.splitlines() if line.startswith("| `")]
    return ([cell.strip() for cell in line.strip("|").split("|")] for line in lines)


def test_doctors_page_has_every_check_in_its_order() -> None:
    assert [row[:2] for row in rows(DOCTOR, "Checks")] == [[f"`{name}`", each.about] for name, each in CHECKS.items()]


def test_doctors_page_names_each_option_and_each_level() -> None:
    shown = CliRunner().invoke(app, ["doctor", "--help"], env={"COLUMNS": "200", "TERM": "dumb"}).output
    options = set(re.findall(r"--[a-z-]+", shown)) - {"--help"}
    assert {row[0].strip("`").split()[0] for row in rows(DOCTOR, "Where to run it")} == options
    assert [level for level in Level if f"`{level}`" not in DOCTOR] == []


@pytest.mark.parametrize("page", [DOCTOR, SLACK, README], ids=["doctor", "slack-app", "README"])
def test_the_groups_that_pages_name_exist(page: str) -> None:
    assert set(re.findall(r"--only ([a-z]+)", page)) <= set(groups())


def test_the_slack_page_has_every_scope_with_its_methods() -> None:
    assert list(rows(SLACK, "Scopes")) == [
        [f"`{scope}`", what_for, ", ".join(f"`{method}`" for method in methods_that_need(scope))]
        for scope, what_for in SCOPES.items()
    ]


def test_the_readme_leads_to_both_commands_and_lists_no_scopes_itself() -> None:
    assert "`regclean manifest`" in README
    assert "`regclean doctor --data-dir" in README
    assert [scope for scope in SCOPES if f"`{scope}`" in README] == []


def test_every_check_comes_after_those_it_waits_for() -> None:
    names = list(CHECKS)
    for name, check in CHECKS.items():
        assert all(names.index(earlier) < names.index(name) for earlier in check.after), name
