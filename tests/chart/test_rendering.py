"""Every values file is linted, rendered, and valid in three versions of Kubernetes; what is rendered hangs together."""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from cli.doctor.table import CHECKS
from tests.chart import schemas
from tests.chart.chart import CHART, DOCTORS, PROCESSES, VALUES, Helm, component_of
from workers.config import parse

CUSTOM = ("ScaledObject", "TriggerAuthentication", "ServiceMonitor", "PrometheusRule")
EVERYWHERE = pytest.mark.parametrize("values", VALUES)


def test_there_are_values_for_five_situations() -> None:
    assert {"everything", "existing-secrets", "external-redis", "http", "socket"} <= set(VALUES)


@EVERYWHERE
def test_it_is_free_of_what_helm_warns_of(helm: Helm, values: str) -> None:
    result = helm.run("lint", str(CHART), "--strict", "--values", str(CHART / "ci" / f"{values}-values.yaml"))
    assert (result.returncode, "1 chart(s) linted, 0 chart(s) failed" in result.stdout) == (0, True), result.stdout


def test_it_can_be_looked_at_without_values(helm: Helm) -> None:
    assert helm.run("lint", str(CHART), "--strict").returncode == 0


@pytest.mark.parametrize("version", schemas.VERSIONS)
@EVERYWHERE
def test_kubernetes_knows_every_field(helm: Helm, values: str, version: str) -> None:
    rendered = helm.render(values, "--kube-version", version)
    wrong = {
        f"{each['kind']} {each['metadata']['name']}": found
        for each in rendered.documents
        if each["kind"] not in CUSTOM and (found := schemas.mistakes(each, version))
    }
    assert wrong == {}


@pytest.mark.parametrize("version", schemas.VERSIONS)
def test_a_field_that_kubernetes_does_not_know_would_be_seen(helm: Helm, version: str) -> None:
    service = dict(helm.render("http").one("Service", "bot"))
    service["spec"] = service["spec"] | {"sort": "ClusterIP"}
    assert any("'sort' was unexpected" in each for each in schemas.mistakes(service, version))


@EVERYWHERE
def test_kubernetes_before_its_time_is_refused(helm: Helm, values: str) -> None:
    result = helm.template(values, "--kube-version", "1.24.0")
    assert "requires kubeVersion: >=1.25.0-0 which is incompatible with Kubernetes v1.24.0" in result.stderr


@EVERYWHERE
def test_no_two_objects_have_the_same_name(helm: Helm, values: str) -> None:
    names = [(each["kind"], each["metadata"]["name"]) for each in helm.render(values).documents]
    assert len(names) == len(set(names))


@EVERYWHERE
def test_every_process_has_its_deployment_and_is_in_the_release_s_namespace(helm: Helm, values: str) -> None:
    rendered = helm.render(values)
    assert sorted(map(component_of, rendered.kinds("Deployment"))) == sorted(PROCESSES)
    elsewhere = rendered.kinds("Role", "RoleBinding")
    assert {each["metadata"]["namespace"] for each in rendered.documents if each not in elsewhere} == {"tools"}


@EVERYWHERE
def test_selectors_find_their_own_pods_only(helm: Helm, values: str) -> None:
    rendered = helm.render(values)
    workloads = rendered.kinds("Deployment", "StatefulSet")
    for each in workloads:
        wanted = each["spec"]["selector"]["matchLabels"].items()
        found = [
            component_of(other)
            for other in workloads
            if wanted <= other["spec"]["template"]["metadata"]["labels"].items()
        ]
        assert found == [component_of(each)]


@EVERYWHERE
def test_what_pods_refer_to_is_in_the_chart_or_was_made_beforehand(helm: Helm, values: str) -> None:
    rendered = helm.render(values)
    given = (CHART / "ci" / f"{values}-values.yaml").read_text()
    referred = {name for _, pod in rendered.pods() for name in references(pod)}
    made = {each["metadata"]["name"] for each in rendered.kinds("ConfigMap", "Secret", "ServiceAccount")}
    made.add("kube-root-ca.crt")  # which Kubernetes makes in every namespace
    assert {name for name in referred - made if not re.search(rf"\b{re.escape(name)}\b", given)} == set()
    assert made & referred


def references(found: Any) -> Iterator[str]:
    """The names of other objects in a pod's spec."""
    if isinstance(found, list):
        for each in found:
            yield from references(each)
    elif isinstance(found, dict):
        for key, value in found.items():
            if key in {"configMap", "secretKeyRef"}:
                yield value["name"]
            elif key in {"secretName", "serviceAccountName"}:
                yield value
            else:
                yield from references(value)


@EVERYWHERE
def test_the_configuration_arrives_as_it_was_written(helm: Helm, values: str) -> None:
    given = yaml.safe_load((CHART / "ci" / f"{values}-values.yaml").read_text())["config"]
    rendered = helm.render(values).one("ConfigMap", "config")["data"]["config.yaml"]
    assert yaml.safe_load(rendered) == given
    assert [each.name for each in parse(rendered.encode()).registries] == [each["name"] for each in given["registries"]]


def test_large_numbers_stay_whole_numbers(helm: Helm) -> None:
    rendered = helm.render("everything").one("ConfigMap", "config")["data"]["config.yaml"]
    assert parse(rendered.encode()).limits.plan_manifests == 10_000_000


def test_it_works_as_a_part_of_another_chart(helm: Helm, tmp_path: Path) -> None:
    parent = tmp_path / "parent"
    (parent / "charts").mkdir(parents=True)
    shutil.copytree(CHART, parent / "charts" / "regclean")
    dependency = {"name": "regclean", "version": "0.1.0", "condition": "regclean.enabled"}
    chart = {"apiVersion": "v2", "name": "parent", "version": "1.0.0", "dependencies": [dependency]}
    (parent / "Chart.yaml").write_text(yaml.safe_dump(chart))
    values = yaml.safe_load((CHART / "ci" / "socket-values.yaml").read_text())
    whole = {"global": {"imageRegistry": "registry.example.com"}, "regclean": {"enabled": True, **values}}
    (parent / "values.yaml").write_text(yaml.safe_dump(whole))
    result = helm.run("template", "rc", str(parent))
    assert result.returncode == 0, result.stderr
    assert "name: rc-regclean-bot" in result.stdout


def test_a_package_is_all_that_is_needed(helm: Helm, tmp_path: Path) -> None:
    assert helm.run("package", str(CHART), "--destination", str(tmp_path)).returncode == 0
    (package,) = tmp_path.glob("regclean-*.tgz")
    values = ("--values", str(CHART / "ci" / "everything-values.yaml"))
    packed = helm.run("template", "rc", str(package), *values)
    assert packed.returncode == 0, packed.stderr
    assert packed.stdout == helm.run("template", "rc", str(CHART), *values).stdout


def test_the_notes_name_the_next_step(helm: Helm) -> None:
    values = ("--values", str(CHART / "ci" / "http-values.yaml"))
    notes = helm.run("install", "rc", str(CHART), "--dry-run=client", *values).stdout
    assert "https://regclean.example.com/slack/events" in notes
    assert "helm test rc --namespace default --logs" in notes
    assert "Invite the bot to the channel C0123456789" in notes


@pytest.mark.parametrize(
    ("setting", "warning"),
    [
        ("redis.persistence.enabled=false", "Open requests and the audit chain are lost when the Redis pod goes."),
        ("networkPolicy.enabled=false", "Anything in the cluster may try to reach Redis."),
    ],
)
def test_the_notes_warn_of_what_is_risky(helm: Helm, setting: str, warning: str) -> None:
    values = ("--values", str(CHART / "ci" / "socket-values.yaml"), "--set", setting)
    assert warning in helm.run("install", "rc", str(CHART), "--dry-run=client", *values).stdout


def test_a_changed_configuration_replaces_every_pod(helm: Helm) -> None:
    before, after = helm.render("socket"), helm.render("socket", "--set", "config.approvals.expiry=1h")
    for process in PROCESSES:
        old, new = (
            each.one("Deployment", process)["spec"]["template"]["metadata"]["annotations"] for each in (before, after)
        )
        assert old["checksum/config"] != new["checksum/config"]


@EVERYWHERE
def test_helm_test_lets_the_doctor_look_where_each_room_s_secrets_are(helm: Helm, values: str) -> None:
    rendered = helm.render(values)
    assert sorted(map(component_of, rendered.kinds("Pod"))) == sorted(DOCTORS)
    looked = set()
    for doctor, processes in DOCTORS.items():
        pod = rendered.one("Pod", doctor)
        assert pod["metadata"]["annotations"]["helm.sh/hook"] == "test"
        assert pod["spec"]["restartPolicy"] == "Never"
        command, *only = rendered.container(doctor)["args"]
        assert command == "doctor"
        looked |= {each.removeprefix("--only=") for each in only}
        own = set(rendered.environment(processes[-1])) - {"REGCLEAN_HEARTBEAT_FILE", "REGCLEAN_METRICS_PORT"}
        assert own <= set(rendered.environment(doctor))
    assert looked == {name.partition(".")[0] for name in CHECKS}
