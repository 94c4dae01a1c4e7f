"""Every pod keeps the restricted pod security standard, and none has a right in the cluster."""

import pytest

from tests.chart.chart import PROCESSES, REGISTRIES, VALUES, Document, Helm

EVERYWHERE = pytest.mark.parametrize("values", VALUES)
RESTRICTED_VOLUMES = {"configMap", "emptyDir", "persistentVolumeClaim", "projected", "secret"}


@EVERYWHERE
def test_no_container_runs_as_root(helm: Helm, values: str) -> None:
    for component, pod in helm.render(values).pods():
        context = pod["securityContext"]
        assert context["runAsNonRoot"] is True, component
        assert context["runAsUser"] > 0, component
        assert context["runAsGroup"] > 0, component


@EVERYWHERE
def test_every_pod_has_the_runtimes_own_seccomp_profile(helm: Helm, values: str) -> None:
    profiles = {component: pod["securityContext"]["seccompProfile"] for component, pod in helm.render(values).pods()}
    assert set(map(str, profiles.values())) == {"{'type': 'RuntimeDefault'}"}


@EVERYWHERE
def test_no_container_writes_to_its_root_or_gains_anything(helm: Helm, values: str) -> None:
    wanted = {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "privileged": False,
        "readOnlyRootFilesystem": True,
    }
    contexts = {name: container["securityContext"] for name, container in helm.render(values).containers()}
    assert contexts == dict.fromkeys(contexts, wanted)
    assert {f"{process}/{process}" for process in PROCESSES} <= set(contexts)


@EVERYWHERE
def test_nothing_of_the_node_is_shared(helm: Helm, values: str) -> None:
    for component, pod in helm.render(values).pods():
        assert {"hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace"}.isdisjoint(pod), component
        kinds = {key for volume in pod["volumes"] for key in volume if key != "name"}
        assert kinds <= RESTRICTED_VOLUMES, component


@EVERYWHERE
def test_no_pod_is_given_a_token_unasked(helm: Helm, values: str) -> None:
    rendered = helm.render(values)
    assert {pod["automountServiceAccountToken"] for _, pod in rendered.pods()} == {False}
    assert {each["automountServiceAccountToken"] for each in rendered.kinds("ServiceAccount")} == {False}


@EVERYWHERE
def test_no_pod_is_told_of_the_cluster_s_services(helm: Helm, values: str) -> None:
    assert {pod["enableServiceLinks"] for _, pod in helm.render(values).pods()} == {False}


def test_gc_and_sweep_are_another_account_than_the_rest(helm: Helm) -> None:
    accounts = {name: helm.render("socket").pod(name)["serviceAccountName"] for name in PROCESSES}
    collectors = {name for name, account in accounts.items() if account == "rc-regclean-collector"}
    assert collectors == {"worker-gc", "sweep"}
    assert {accounts[name] for name in PROCESSES if name not in collectors} == {"rc-regclean"}


def test_accounts_made_beforehand_are_used(helm: Helm) -> None:
    rendered = helm.render("everything")
    assert [each["metadata"]["name"] for each in rendered.kinds("ServiceAccount")] == ["people"]
    assert rendered.kinds("ServiceAccount")[0]["metadata"]["annotations"] == {"example.com/role": "people"}
    assert rendered.pod("worker-gc")["serviceAccountName"] == "collector"
    assert rendered.pod("bot")["serviceAccountName"] == "people"


def test_numbers_of_user_and_groups_can_be_chosen(helm: Helm) -> None:
    context = helm.render("everything").pod("worker-clean")["securityContext"]
    assert (context["runAsUser"], context["runAsGroup"], context["fsGroup"]) == (2000, 2001, 2002)


def test_the_platform_may_choose_them(helm: Helm) -> None:
    nothing = ("--set", "securityContext.runAsUser=null,securityContext.runAsGroup=null,securityContext.fsGroup=null")
    for component, pod in helm.render("socket", *nothing).pods():
        assert {"runAsUser", "runAsGroup", "fsGroup"}.isdisjoint(pod["securityContext"]), component
        assert pod["securityContext"]["runAsNonRoot"] is True, component


def test_only_tmp_and_redis_s_data_can_be_written(helm: Helm) -> None:
    rendered = helm.render("existing-secrets")
    for process in PROCESSES:
        assert writable(rendered.container(process)) == {"/tmp"}
    assert writable(helm.render("socket").container("redis")) == {"/data"}


def writable(container: Document) -> set[str]:
    return {each["mountPath"] for each in container["volumeMounts"] if not each.get("readOnly")}


def test_credential_files_are_readable_for_the_pods_group_only(helm: Helm) -> None:
    rendered = helm.render("existing-secrets")
    for process in REGISTRIES:
        secrets = [each["secret"] for each in rendered.pod(process)["volumes"] if "secret" in each]
        assert [each["defaultMode"] for each in secrets] == [0o440, 0o440]


@EVERYWHERE
def test_every_container_has_limits(helm: Helm, values: str) -> None:
    for name, container in helm.render(values).containers():
        assert container["resources"]["limits"]["memory"], name
        assert container["resources"]["requests"]["cpu"], name
