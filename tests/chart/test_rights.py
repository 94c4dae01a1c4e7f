"""Rights in the cluster: none, but for gc and sweep where a registry is collected through Kubernetes, and few then."""

import pytest
import yaml

from tests.chart.chart import CHART, COLLECTORS, PROCESSES, VALUES, Document, Helm
from tests.kube.rights import rules

TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount"
WITHOUT = [values for values in VALUES if values != "kubernetes-gc"]
RBAC = ("Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding")
READ_ONLY_OR_OWN = {"get", "list", "patch", "create", "delete"}


def role(helm: Helm, name: str) -> Document:
    (found,) = (each for each in helm.render("kubernetes-gc").kinds("Role") if each["metadata"]["name"] == name)
    return found


@pytest.mark.parametrize("values", WITHOUT)
def test_nothing_is_permitted_where_nothing_is_collected_in_the_cluster(helm: Helm, values: str) -> None:
    rendered = helm.render(values)
    assert rendered.kinds(*RBAC) == []
    assert not any("projected" in volume for _, pod in rendered.pods() for volume in pod["volumes"])


def test_nothing_is_permitted_in_the_whole_cluster(helm: Helm) -> None:
    assert helm.render("kubernetes-gc").kinds("ClusterRole", "ClusterRoleBinding") == []


def test_each_registry_of_this_cluster_has_a_role_where_it_runs(helm: Helm) -> None:
    made = {
        each["metadata"]["name"]: each["metadata"]["namespace"] for each in helm.render("kubernetes-gc").kinds("Role")
    }
    assert made == {"rc-regclean-gc-prod": "registry", "rc-regclean-gc-dev": "dev"}


def test_the_rules_are_those_that_the_runner_was_tested_with(helm: Helm) -> None:
    assert role(helm, "rc-regclean-gc-prod")["rules"] == list(rules("deployment", "job", "registry"))
    assert role(helm, "rc-regclean-gc-dev")["rules"] == list(rules("statefulset", "exec", "docker-registry"))


@pytest.mark.parametrize("name", ["rc-regclean-gc-prod", "rc-regclean-gc-dev"])
def test_no_rule_is_for_everything_or_for_secrets(helm: Helm, name: str) -> None:
    for rule in role(helm, name)["rules"]:
        assert "*" not in {*rule["apiGroups"], *rule["resources"], *rule["verbs"]}
        assert {"secrets", "configmaps", "serviceaccounts", "roles", "rolebindings", "nodes"}.isdisjoint(
            rule["resources"]
        )
        assert set(rule["verbs"]) <= READ_ONLY_OR_OWN
        if {"deployments", "statefulsets"} & set(rule["resources"]):
            assert len(rule["resourceNames"]) == 1


def test_the_roles_are_for_the_collectors_account_only(helm: Helm) -> None:
    rendered = helm.render("kubernetes-gc")
    account = {"kind": "ServiceAccount", "name": "rc-regclean-collector", "namespace": "tools"}
    for each in rendered.kinds("RoleBinding"):
        assert each["subjects"] == [account]
        assert each["roleRef"] == {
            "apiGroup": "rbac.authorization.k8s.io",
            "kind": "Role",
            "name": each["metadata"]["name"],
        }
    users = {process for process in PROCESSES if rendered.pod(process)["serviceAccountName"] == account["name"]}
    assert users == set(COLLECTORS)


def test_an_account_made_beforehand_gets_the_rights(helm: Helm) -> None:
    given = "collectorServiceAccount.create=false,collectorServiceAccount.name=mine"
    bindings = helm.render("kubernetes-gc", "--set", given).kinds("RoleBinding")
    assert {each["subjects"][0]["name"] for each in bindings} == {"mine"}


@pytest.mark.parametrize("process", [*PROCESSES, "redis", "test-people", "test-registries"])
def test_only_who_collects_has_a_token_and_for_an_hour(helm: Helm, process: str) -> None:
    rendered = helm.render("kubernetes-gc")
    pod = rendered.pod(process)
    tokens = [
        source["serviceAccountToken"]
        for volume in pod["volumes"]
        for source in volume.get("projected", {}).get("sources", ())
        if "serviceAccountToken" in source
    ]
    collects = process in {*COLLECTORS, "test-registries"}
    assert tokens == ([{"path": "token", "expirationSeconds": 3600}] if collects else [])
    assert (TOKEN in {each["mountPath"] for each in rendered.container(process)["volumeMounts"]}) == collects
    for before in pod.get("initContainers", ()):
        assert TOKEN not in {each["mountPath"] for each in before["volumeMounts"]}


def test_rights_can_be_given_by_somebody_else(helm: Helm) -> None:
    assert helm.render("kubernetes-gc", "--set", "rbac.create=false").kinds(*RBAC) == []


def test_the_rules_file_knows_every_kind_and_mode_of_the_schema() -> None:
    content = yaml.safe_load((CHART / "files" / "gc-kubernetes-rules.yaml").read_text())
    assert set(content) == {"always", "deployment", "statefulset", "job", "exec"}
