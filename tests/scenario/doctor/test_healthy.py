"""Where nothing is wrong, doctor says so, and where a secret is elsewhere it says where to look."""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from cli.doctor.table import CHECKS
from cli.doctor.verdict import Level
from demo.parts.processes import wait_until
from demo.parts.remote import Remote
from demo.world import World, WorldSettings, world
from tests.scenario.doctor.clinic import Clinic

SLACK = ("SLACK_BOT_TOKEN", "SLACK_APP_TOKEN", "SLACK_SIGNING_SECRET")


def doctor(world: World, *options: str) -> "subprocess.CompletedProcess[str]":
    words = [sys.executable, "-m", "cli", "doctor", "--data-dir", str(world.folder / "data"), *options]
    return subprocess.run(words, env=dict(world.environment), capture_output=True, text=True, check=False)


def stored(folder: Path) -> Sequence[str]:
    return sorted(str(path) for path in folder.rglob("data"))


def test_the_command_finds_a_healthy_world_fine_on_every_check(healthy: World) -> None:
    ran = doctor(healthy, "--json")
    assert (ran.returncode, ran.stderr) == (0, "")
    document = json.loads(ran.stdout)
    assert (document["version"], document["worst"], document["exit_code"]) == (1, "fine", 0)
    assert {each["level"] for each in document["findings"]} == {"fine"}
    assert {each["check"] for each in document["findings"]} == set(CHECKS)
    keys = {"check", "subject", "level", "finding", "consequence", "remedy"}
    assert all(each.keys() == keys for each in document["findings"])


def test_a_world_over_http_is_fine_too_request_url_included(tmp_path: Path) -> None:
    with world(tmp_path / "world", WorldSettings(mode="http")) as running:
        clinic = replace(Clinic.of(running, tmp_path), request_url=running.workspace.request_url())
        assert wait_until(lambda: clinic.examine("process", "keys").wrong == [], seconds=30, pause=0.5)
        chart = clinic.examine()
    assert chart.wrong == []
    assert {each.verdict.level for each in chart.findings} == {Level.FINE}


def test_for_people_it_is_a_line_each_and_a_sum(healthy: World) -> None:
    ran = doctor(healthy, "--only", "redis", "--only", "audit")
    assert ran.returncode == 0
    *lines, empty, summary = ran.stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [
        ["fine", name] for name in CHECKS if name.startswith(("redis.", "audit."))
    ]
    assert (empty, summary) == ("", f"{len(lines)} fine.")


def test_a_word_that_is_no_group_is_told(healthy: World) -> None:
    ran = doctor(healthy, "--only", "slak")
    assert ran.returncode == 2
    assert "There are no checks “slak”; choose from environment, slack," in ran.stderr


def test_a_folder_that_is_none_is_told(healthy: World) -> None:
    ran = doctor(healthy, "--data-dir", str(healthy.folder / "elsewhere"))
    assert ran.returncode == 2
    assert "give the --data-dir of “regclean up”" in ran.stderr


def test_looking_changes_nothing_in_the_registries(clinic: Clinic) -> None:
    before = [stored(each.storage_root) for each in (clinic.world.sample, clinic.world.empty)]
    assert clinic.examine("registry", "gc").wrong == []
    assert [stored(each.storage_root) for each in (clinic.world.sample, clinic.world.empty)] == before
    with Remote(clinic.world.empty.url) as remote:
        assert list(remote.catalog()) == []


def test_where_slacks_secrets_are_elsewhere_it_says_where_to_look(clinic: Clinic) -> None:
    """As in a worker's pod."""
    chart = clinic.with_environment(**dict.fromkeys(SLACK)).examine()
    assert chart.wrong == []
    left_out = {each.check for each in chart.findings if each.verdict.level is Level.SKIPPED}
    assert left_out == {name for name in CHECKS if name.startswith("slack.")}
    said = "Not checked here: run it where SLACK_BOT_TOKEN is set."
    assert {each.verdict.finding for each in chart.findings if each.check in left_out} == {said}


def test_where_a_registrys_password_is_elsewhere_it_says_where_to_look(clinic: Clinic) -> None:
    """As in the bot's pod."""
    login = {"username": "regclean", "password_env": "PROD_PASSWORD"}
    chart = clinic.with_registry(credentials=login).examine("registry", "gc")
    assert {each.verdict.finding for each in chart.findings} == {"Not checked here: run it where PROD_PASSWORD is set."}
    login = {"username": "regclean", "password_file": "/nowhere/password"}
    chart = clinic.with_registry(credentials=login).examine("registry")
    assert {each.verdict.finding for each in chart.findings} == {
        "Not checked here: run it where the file /nowhere/password is."
    }


def test_without_anything_only_the_configuration_is_missed(clinic: Clinic) -> None:
    chart = clinic.with_environment(**dict.fromkeys(clinic.environ)).examine()
    assert chart.wrong == ["problem environment.configuration"]
    assert chart.exit_code == 2
    assert len(chart.findings) == len(CHECKS)
