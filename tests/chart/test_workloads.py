"""Where pods go, how many there are, and what may be away at once."""

import pytest

from tests.chart.building import VERSION
from tests.chart.chart import PROCESSES, Helm


def test_a_digest_wins_over_a_tag(helm: Helm) -> None:
    digest = "sha256:" + "0123456789abcdef" * 4
    images = {container["image"] for _, container in helm.render("existing-secrets").containers()}
    assert images == {f"registry.example.com/tools/regclean@{digest}"}


def test_without_a_tag_it_is_the_chart_s_version(helm: Helm) -> None:
    assert helm.render("socket").container("bot")["image"] == f"registry.example.com/tools/regclean:{VERSION}"


def test_the_check_before_the_start_is_the_same_image(helm: Helm) -> None:
    for process in PROCESSES:
        (check,) = helm.render("everything").pod(process)["initContainers"]
        assert check["image"] == helm.render("everything").container(process)["image"]
        assert check["args"] == ["config", "check"]


def test_pull_secrets_are_given_to_every_pod(helm: Helm) -> None:
    assert all(pod["imagePullSecrets"] == [{"name": "pull"}] for _, pod in helm.render("everything").pods())


@pytest.mark.parametrize("process", PROCESSES)
def test_pod_defaults_are_for_every_process(helm: Helm, process: str) -> None:
    pod = helm.render("everything").pod(process)
    assert pod["nodeSelector"] == {"pool": "tools"}
    assert pod["tolerations"] == [{"key": "tools", "operator": "Exists"}]
    assert pod["runtimeClassName"] == "gvisor"
    assert "podAntiAffinity" in pod["affinity"]
    assert {"name": "TZ", "value": "UTC"} in helm.render("everything").container(process)["env"]


def test_a_process_s_own_key_replaces_the_default(helm: Helm) -> None:
    rendered = helm.render("everything")
    assert rendered.pod("bot")["priorityClassName"] == "high"
    assert rendered.pod("replies")["priorityClassName"] == "tools"
    assert rendered.container("sweep")["resources"]["limits"] == {"memory": "256Mi"}
    assert rendered.pod("worker-gc")["terminationGracePeriodSeconds"] == 600


@pytest.mark.parametrize("process", PROCESSES)
def test_spreading_counts_the_process_s_own_pods(helm: Helm, process: str) -> None:
    rendered = helm.render("everything")
    (constraint,) = rendered.pod(process)["topologySpreadConstraints"]
    selector = rendered.one("Deployment", process)["spec"]["selector"]
    assert constraint["labelSelector"] == selector
    assert constraint["whenUnsatisfiable"] == "ScheduleAnyway"


def test_labels_and_annotations_reach_the_pods(helm: Helm) -> None:
    metadata = helm.render("everything").one("Deployment", "sweep")["spec"]["template"]["metadata"]
    assert metadata["labels"]["tier"] == "tools"
    assert metadata["labels"]["team"] == "platform"
    assert metadata["annotations"]["example.com/scrape"] == "no"


def test_further_volumes_are_for_the_process_that_names_them(helm: Helm) -> None:
    rendered = helm.render("everything")
    storage = {"name": "storage", "persistentVolumeClaim": {"claimName": "registry"}}
    assert [process for process in PROCESSES if storage in rendered.pod(process)["volumes"]] == ["worker-gc"]
    mount = {"name": "storage", "mountPath": "/var/lib/registry"}
    assert mount in rendered.container("worker-gc")["volumeMounts"]


@pytest.mark.parametrize("process", PROCESSES)
def test_a_drained_node_takes_one_pod_at_a_time(helm: Helm, process: str) -> None:
    rendered = helm.render("socket")
    budget = rendered.one("PodDisruptionBudget", process)["spec"]
    assert budget["maxUnavailable"] == 1
    assert budget["selector"] == rendered.one("Deployment", process)["spec"]["selector"]


def test_budgets_may_be_parts_or_none(helm: Helm) -> None:
    assert helm.render("everything").one("PodDisruptionBudget", "bot")["spec"]["maxUnavailable"] == "50%"
    assert helm.render("socket", "--set", "podDefaults.maxUnavailable=null").kinds("PodDisruptionBudget") == []


def test_replicas_may_be_chosen_and_zero(helm: Helm) -> None:
    rendered = helm.render("http", "--set", "sweep.replicas=0")
    assert rendered.one("Deployment", "bot")["spec"]["replicas"] == 2
    assert rendered.one("Deployment", "sweep")["spec"]["replicas"] == 0


@pytest.mark.parametrize("queue", ["lookup", "clean"])
def test_keda_counts_jobs_that_wait_and_jobs_in_work(helm: Helm, queue: str) -> None:
    rendered = helm.render("everything")
    scaled = rendered.one("ScaledObject", f"worker-{queue}")["spec"]
    keys = {each["name"]: each["metadata"]["listName"] for each in scaled["triggers"]}
    assert keys == {"waiting": f"rq:queue:{queue}", "working": f"rq:wip:{queue}"}
    assert scaled["advanced"]["scalingModifiers"]["formula"] == "waiting + working"
    assert scaled["scaleTargetRef"]["name"] == rendered.one("Deployment", f"worker-{queue}")["metadata"]["name"]
    assert "replicas" not in rendered.one("Deployment", f"worker-{queue}")["spec"]


def test_keda_s_settings_are_texts_as_it_demands(helm: Helm) -> None:
    for each in helm.render("external-redis").kinds("ScaledObject"):
        for trigger in each["spec"]["triggers"]:
            assert {type(value) for value in trigger["metadata"].values()} == {str}
            assert trigger["authenticationRef"] == {"name": "redis"}
            assert trigger["metadata"]["address"] == "redis.example.com:6380"
            assert trigger["metadata"]["enableTLS"] == "true"


def test_keda_reaches_the_chart_s_redis(helm: Helm) -> None:
    rendered = helm.render("everything")
    (target,) = rendered.one("TriggerAuthentication", "redis")["spec"]["secretTargetRef"]
    assert target == {"parameter": "password", "name": "regclean", "key": "redis-password"}
    (trigger, _) = rendered.one("ScaledObject", "worker-clean")["spec"]["triggers"]
    assert trigger["metadata"]["address"] == "cleaner-redis.tools.svc:6379"
    (rule,) = rendered.one("NetworkPolicy", "redis")["spec"]["ingress"]
    assert {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "keda"}}} in rule["from"]


def test_without_keda_there_is_nothing_of_it(helm: Helm) -> None:
    assert helm.render("socket").kinds("ScaledObject", "TriggerAuthentication") == []
