"""Probes follow the real state, need no shell, and call what the program has."""

from typing import Final

import pytest
from typer.testing import CliRunner

from cli.main import app
from tests.chart.chart import PROCESSES, VALUES, Helm

HEARTBEAT: Final = tuple(process for process in PROCESSES if process != "bot")
EVERYWHERE = pytest.mark.parametrize("values", VALUES)


def test_a_deaf_socket_is_not_ready(helm: Helm) -> None:
    bot = helm.render("socket").container("bot")
    assert bot["readinessProbe"]["httpGet"] == {"path": "/readyz", "port": "http"}
    assert bot["readinessProbe"]["failureThreshold"] * bot["readinessProbe"]["periodSeconds"] <= 15


def test_a_bot_without_slack_is_not_killed_for_that(helm: Helm) -> None:
    bot = helm.render("socket").container("bot")
    assert bot["livenessProbe"]["httpGet"]["path"] == "/healthz"
    assert bot["startupProbe"]["httpGet"]["path"] == "/healthz"


@EVERYWHERE
def test_the_bot_listens_where_it_is_asked(helm: Helm, values: str) -> None:
    rendered = helm.render(values)
    (port,) = rendered.container("bot")["ports"]
    assert port["name"] == "http"
    assert rendered.environment("bot")["PORT"]["value"] == str(port["containerPort"])


@pytest.mark.parametrize("process", HEARTBEAT)
def test_a_worker_without_a_heartbeat_is_not_alive(helm: Helm, process: str) -> None:
    container = helm.render("socket").container(process)
    assert container["livenessProbe"]["exec"]["command"] == ["regclean", "alive", "--within", "60"]
    assert container["startupProbe"]["exec"] == container["livenessProbe"]["exec"]


@pytest.mark.parametrize("process", HEARTBEAT)
def test_the_heartbeat_is_written_where_something_can_be(helm: Helm, process: str) -> None:
    rendered = helm.render("socket")
    file = rendered.environment(process)["REGCLEAN_HEARTBEAT_FILE"]["value"]
    folders = [each["mountPath"] for each in rendered.container(process)["volumeMounts"] if not each.get("readOnly")]
    assert any(file.startswith(f"{folder}/") for folder in folders)


def test_the_bot_has_no_heartbeat_file(helm: Helm) -> None:
    assert "REGCLEAN_HEARTBEAT_FILE" not in helm.render("socket").environment("bot")


@pytest.mark.parametrize("process", HEARTBEAT)
def test_one_slow_answer_kills_nobody(helm: Helm, process: str) -> None:
    probe = helm.render("socket").container(process)["livenessProbe"]
    assert probe["failureThreshold"] >= 3
    assert probe["timeoutSeconds"] >= 10
    assert probe["periodSeconds"] > probe["timeoutSeconds"]


@pytest.mark.parametrize("process", PROCESSES)
def test_the_program_has_each_command_that_a_pod_runs(helm: Helm, process: str) -> None:
    rendered = helm.render("everything")
    container = rendered.container(process)
    assert "command" not in container  # the image's entry point is the program
    commands = [container["args"], rendered.pod(process)["initContainers"][0]["args"]]
    commands += [probe["exec"]["command"][1:] for key, probe in container.items() if "Probe" in key and "exec" in probe]
    for words in commands:
        assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0, words


@EVERYWHERE
def test_no_pod_needs_a_shell(helm: Helm, values: str) -> None:
    for name, container in helm.render(values).containers():
        words = [*container.get("command", ()), *container.get("args", ())]
        for key in ("startupProbe", "livenessProbe", "readinessProbe"):
            words += container.get(key, {}).get("exec", {}).get("command", ())
        assert {"sh", "bash", "/bin/sh", "-c"}.isdisjoint(words), name


@pytest.mark.parametrize(("process", "seconds"), [("bot", 30), ("worker-clean", 30), ("worker-gc", 300), ("sweep", 30)])
def test_who_is_told_to_stop_gets_the_time_it_needs(helm: Helm, process: str, seconds: int) -> None:
    assert helm.render("socket").pod(process)["terminationGracePeriodSeconds"] == seconds


@EVERYWHERE
def test_a_rollout_waits_for_the_new_pod_before_it_ends_the_old_one(helm: Helm, values: str) -> None:
    for each in helm.render(values).kinds("Deployment"):
        assert each["spec"]["strategy"]["rollingUpdate"] == {"maxSurge": 1, "maxUnavailable": 0}


def test_redis_is_ready_when_it_answers_and_alive_while_it_reads_its_file(helm: Helm) -> None:
    container = helm.render("socket").container("redis")
    assert container["readinessProbe"]["exec"]["command"] == ["valkey-cli", "-e", "ping"]
    assert container["livenessProbe"]["tcpSocket"] == {"port": "redis"}
