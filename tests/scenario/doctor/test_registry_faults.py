"""What can be wrong with registries and their collectors; planted in real registries."""

import os
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from demo.parts.processes import free_port
from demo.parts.registry_config import RegistrySettings
from demo.parts.tls import make_tls
from demo.parts.token_server import Account, Grant, TokenServer
from tests.conftest import MakeRegistry
from tests.scenario.doctor.clinic import Clinic
from tests.scenario.doctor.test_slack_faults import told
from workers.store.fences import Fence, Fences
from workers.store.store import utc_now
from workers.store.transaction import Transactions

SAMPLE = "sample"
PASSWORD = "planted-password"
LOGIN = {"username": "regclean", "password_env": "PASSWORD"}


def test_a_registry_that_is_not_there(clinic: Clinic) -> None:
    url = f"http://127.0.0.1:{free_port('127.0.0.1')}"
    chart = clinic.with_registry(url=url, gc=None).examine("registry")
    said = told(chart, "registry.reached", SAMPLE)
    assert "cannot be reached" in said
    assert chart.of("registry.delete", SAMPLE).verdict.finding == "Not checked, since registry.reached found a problem."


def test_a_registry_that_speaks_no_tls(clinic: Clinic) -> None:
    url = clinic.world.sample.url.replace("http://", "https://")
    chart = clinic.with_registry(url=url, plain_http=None, gc=None).examine("registry")
    assert "does not speak TLS" in told(chart, "registry.reached", SAMPLE)


def test_something_that_is_no_registry(clinic: Clinic) -> None:
    chart = clinic.with_registry(url=clinic.world.workspace.url, gc=None).examine("registry")
    assert "is not a registry" in told(chart, "registry.reached", SAMPLE)


def test_an_authority_that_is_not_known(clinic: Clinic, make_registry: MakeRegistry, tmp_path: Path) -> None:
    files = make_tls(tmp_path / "tls")
    registry = make_registry(RegistrySettings(tls=files))
    said = told(clinic.at(registry).examine("registry"), "registry.reached", SAMPLE)
    assert "signed by an authority that is not known here" in said
    assert "Set ca_file" in said
    assert clinic.at(registry, ca_file=str(files.ca)).examine("registry").wrong == []


def test_a_ca_file_that_is_not_there(clinic: Clinic) -> None:
    chart = clinic.with_registry(ca_file="/nowhere/ca.pem", gc=None).examine("registry")
    assert "/nowhere/ca.pem" in told(chart, "registry.reached", SAMPLE)


@pytest.fixture
def guarded(clinic: Clinic, make_registry: MakeRegistry) -> Clinic:
    registry = make_registry(RegistrySettings(user="regclean", password=PASSWORD))
    return clinic.at(registry)


def test_a_wrong_password(guarded: Clinic) -> None:
    right = guarded.with_registry(credentials=LOGIN).with_environment(PASSWORD=PASSWORD)
    assert right.examine("registry").wrong == []
    wrong = right.with_environment(PASSWORD="wrong-password")
    said = told(wrong.examine("registry"), "registry.login", SAMPLE)
    assert "does not accept the configured login" in said
    assert "Check the user and the password" in said


def test_no_login_where_one_is_wanted(guarded: Clinic) -> None:
    said = told(guarded.examine("registry"), "registry.login", SAMPLE)
    assert "wants a login" in said
    assert "Add credentials for it" in said


def test_a_docker_configuration_that_is_broken(guarded: Clinic, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{")
    broken = guarded.with_registry(credentials={"docker_config": str(tmp_path / "config.json")})
    assert "is not JSON" in told(broken.examine("registry"), "registry.login", SAMPLE)


def test_deleting_switched_off(clinic: Clinic, make_registry: MakeRegistry, registry_version: str) -> None:
    registry = make_registry(RegistrySettings(delete_enabled=False), version=registry_version)
    chart = clinic.at(registry).examine("registry")
    said = told(chart, "registry.delete", SAMPLE)
    assert "has deleting switched off" in said
    assert "Set storage.delete.enabled to true" in said


def test_a_registry_that_is_read_only(clinic: Clinic, make_registry: MakeRegistry) -> None:
    registry = make_registry(RegistrySettings(read_only=True))
    chart = clinic.with_registry(url=registry.url).examine("registry", "gc")
    assert chart.wrong == ["problem registry.delete sample", "problem gc.fence sample"]
    assert "read-only" in chart.of("registry.delete", SAMPLE).verdict.finding
    assert "could not prove its own fence" in chart.of("gc.fence", SAMPLE).verdict.consequence


@pytest.fixture
def tokens(clinic: Clinic, make_registry: MakeRegistry, tmp_path: Path) -> Iterator[Clinic]:
    """A registry whose token server has an account that may not list, one that only reads, and one that also pushes."""
    listing = Grant(kind="registry")
    accounts = {
        "unlisted": Account(password=PASSWORD, grants=(Grant(),)),
        "reader": Account(password=PASSWORD, grants=(listing, Grant(actions=frozenset({"pull"})))),
        "pusher": Account(password=PASSWORD, grants=(listing, Grant(actions=frozenset({"pull", "push"})))),
    }
    with TokenServer(tmp_path / "tokens", accounts) as server:
        registry = make_registry(RegistrySettings(token=server.auth))
        yield clinic.at(registry, credentials={**LOGIN, "username": "unlisted"}).with_environment(PASSWORD=PASSWORD)


def test_a_login_that_may_not_list(tokens: Clinic) -> None:
    said = told(tokens.examine("registry"), "registry.catalog", SAMPLE)
    assert "has no right to list its repositories" in said


@pytest.mark.parametrize(("user", "doing"), [("reader", "delete"), ("pusher", "cancel an upload")])
def test_a_login_that_may_not_delete(tokens: Clinic, user: str, doing: str) -> None:
    patient = tokens.with_registry(credentials={**LOGIN, "username": user})
    said = told(patient.examine("registry"), "registry.delete", SAMPLE)
    assert f"has no right to {doing}" in said
    assert "Give it that right" in said


def test_a_token_server_that_refuses(tokens: Clinic) -> None:
    wrong = tokens.with_environment(PASSWORD="wrong-password")
    assert "The token server" in told(wrong.examine("registry"), "registry.login", SAMPLE)


def test_untagging_that_is_not_to_be_had(clinic: Clinic) -> None:
    """2.8.2 has no deletion of tags."""
    chart = clinic.with_registry(untag="native").examine("registry")
    said = told(chart, "registry.untag", SAMPLE)
    assert "lacks its own deletion of tags" in said
    assert chart.exit_code == 1
    for wanted in ("auto", "placeholder", "refuse"):
        assert clinic.with_registry(untag=wanted).examine("registry").wrong == []


def test_a_clock_that_is_wrong(clinic: Clinic) -> None:
    wrong = replace(clinic.with_registry(), clock=lambda: utc_now() + timedelta(minutes=10))
    said = told(wrong.examine("registry"), "registry.clock", SAMPLE)
    assert "seconds behind this machine" in said


@pytest.mark.parametrize("name", ["dry_run", "collecting", "read_only_on"])
def test_a_program_that_is_not_installed(clinic: Clinic, name: str) -> None:
    command = ["no-such-registry", "garbage-collect", "--dry-run", "c.yml"]
    given: Any = [command] if name == "read_only_on" else command
    chart = clinic.with_gc(**{name: given}).examine("gc")
    said = told(chart, "gc.programs", SAMPLE)
    assert "There is no program “no-such-registry” here." in said


def test_a_collector_that_cannot_be_seen(clinic: Clinic) -> None:
    failing = [sys.executable, "-c", "raise SystemExit('ssh: connect to host registry port 22')"]
    said = told(clinic.with_gc(collecting=failing).examine("gc"), "gc.runner", SAMPLE)
    assert "cannot be seen" in said
    assert "port 22" in said


@pytest.mark.parametrize(
    ("gc", "words"),
    [
        ({"runner": "docker", "container": "registry", "docker_host": "unix:///nowhere.sock"}, "/nowhere.sock"),
        (
            {"runner": "kubernetes", "namespace": "r", "workload": "deployment/r", "kubeconfig": "/nowhere/config"},
            "/nowhere/config",
        ),
    ],
    ids=["docker", "kubernetes"],
)
def test_an_engine_or_a_cluster_that_cannot_be_reached(clinic: Clinic, gc: dict[str, str], words: str) -> None:
    said = told(clinic.with_registry(gc=gc).examine("gc"), "gc.runner", SAMPLE)
    assert words in said
    assert "“gc” fails for this registry" in said


def test_a_storage_that_may_only_be_read(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user who runs the tests may be root, to whom nothing is forbidden."""
    monkeypatch.setattr("workers.gc.storage.os.access", lambda _, mode: not mode & os.W_OK)
    chart = clinic.with_registry().examine("gc")
    said = told(chart, "gc.storage", SAMPLE)
    assert "emptied repositories stay in the catalog" in said
    assert chart.exit_code == 1


def test_a_storage_that_is_elsewhere(clinic: Clinic, tmp_path: Path) -> None:
    said = told(clinic.with_gc(storage_root=str(tmp_path)).examine("gc"), "gc.storage", SAMPLE)
    assert "Set `storage_root` to the registry's `rootdirectory`" in said


def test_without_a_storage_bytes_are_only_planned(clinic: Clinic) -> None:
    gc = {key: value for key, value in clinic.document["registries"][0]["gc"].items() if key != "storage_root"}
    chart = clinic.with_registry(gc=gc).examine("gc")
    assert chart.wrong == []
    assert "planned and not measured" in chart.of("gc.storage", SAMPLE).verdict.finding


def test_a_fence_that_stands(clinic: Clinic, redis_url: str) -> None:
    with closing(Redis.from_url(redis_url)) as redis:
        Fences(redis, Transactions.over(redis, 5)).save(
            Fence(registry=SAMPLE, request="r-1", since="2026-03-01T12:00:00+00:00")
        )
    said = told(clinic.with_registry().with_environment(REDIS_URL=redis_url).examine("gc"), "gc.fence", SAMPLE)
    assert "fenced by the request r-1" in said


def test_mistakes_in_the_configuration(clinic: Clinic) -> None:
    chart = clinic.with_settings(channels={"default": "general"}, colour="red").examine("environment", "slack")
    said = told(chart, "environment.configuration")
    assert "And 1 more" in said
    assert "regclean config check" in said
