"""The Kubernetes runner's pure parts: the Job, volumes, selectors, tokens, and a report among log entries."""

import io
import json
from typing import Any

import kubernetes_validate
import pytest

from tests.kube.cluster import NAME, container, deployment, stateful_set, template
from tests.kube.rights import rules
from workers.config import KubernetesRunnerSettings
from workers.core.errors import CollectorError
from workers.gc.kube import output, pods, rights, rollout, volumes
from workers.gc.kube.errors import Call, ConflictError, refusal
from workers.gc.kube.job import COLLECT, DRY_RUN, Task, Wanted, job, label
from workers.gc.kube.selector import query
from workers.gc.kube.token import Token

DIGEST = "sha256:" + 64 * "a"
ENTRY = json.dumps({"level": "error", "msg": "cannot reach s3://key:secret@bucket", "time": "2026-01-01T00:00:00Z"})
REPORT = f"""app
app: marking manifest {DIGEST}\x20
1 blobs marked, 0 blobs and 0 manifests eligible for deletion
"""


def made(workload: dict[str, Any], node: str | None = "node-1", purpose: str = COLLECT) -> Any:
    registry = workload["spec"]["template"]["spec"]["containers"][0]
    wanted = Wanted(task=Task(purpose=purpose), arguments=["registry", "garbage-collect"], node=node, timeout=1.5)
    result = job(workload, registry, wanted)
    kubernetes_validate.validate(dict(result), "1.31", strict=True)
    return result


def test_a_job_runs_once_and_never_for_ever() -> None:
    spec = made(deployment())["spec"]
    assert (spec["suspend"], spec["backoffLimit"], spec["parallelism"], spec["completions"]) == (True, 0, 1, 1)
    assert spec["activeDeadlineSeconds"] == 2
    assert spec["ttlSecondsAfterFinished"] == 3600
    assert spec["template"]["spec"]["restartPolicy"] == "Never"


def test_a_job_has_what_the_registry_needs_and_nothing_of_a_server() -> None:
    kept = {
        "serviceAccountName": "s3-reader",
        "imagePullSecrets": [{"name": "pull"}],
        "securityContext": {"fsGroup": 1000},
        "tolerations": [{"key": "storage", "operator": "Exists"}],
        "nodeSelector": {"disk": "big"},
        "priorityClassName": "high",
    }
    left_out = {
        "hostname": "hub",
        "topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}],
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": []}},
    }
    initial = [
        {"name": "render", "image": "sh:1"},
        {"name": "proxy", "image": "proxy:1", "restartPolicy": "Always"},
    ]
    registry = container(envFrom=[{"secretRef": {"name": "s3"}}], livenessProbe={"httpGet": {"port": 5000}})
    spec = template(registry, initContainers=initial, **kept, **left_out)
    pod = made(deployment(template=spec))["spec"]["template"]["spec"]
    assert {key: pod[key] for key in kept} == kept
    assert not {"hostname", "topologySpreadConstraints"} & pod.keys()
    assert [each["name"] for each in pod["initContainers"]] == ["render"]
    (collector,) = pod["containers"]
    assert collector["envFrom"] == registry["envFrom"]
    assert collector["command"] == ["registry", "garbage-collect"]
    assert not {"ports", "livenessProbe", "args"} & collector.keys()


def test_log_entries_are_told_from_the_report_by_their_shape() -> None:
    loud = [{"name": "REGISTRY_LOG_LEVEL", "value": "debug"}, {"name": "REGISTRY_LOG_FORMATTER", "value": "text"}]
    environment = made(deployment(template=template(container(env=loud))))["spec"]["template"]["spec"]["containers"][0]
    assert environment["env"] == [
        {"name": "REGISTRY_LOG_FORMATTER", "value": "json"},
        {"name": "REGISTRY_LOG_LEVEL", "value": "error"},
    ]


def test_without_a_node_only_rules_about_nodes_are_kept() -> None:
    of_nodes = {
        "requiredDuringSchedulingIgnoredDuringExecution": {
            "nodeSelectorTerms": [{"matchExpressions": [{"key": "a", "operator": "Exists"}]}]
        }
    }
    apart: dict[str, Any] = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": []}}
    spread = template(affinity={**apart, "nodeAffinity": of_nodes})
    assert made(deployment(template=spread), None)["spec"]["template"]["spec"]["affinity"] == {"nodeAffinity": of_nodes}
    assert "affinity" not in made(deployment(), None)["spec"]["template"]["spec"]


def test_a_job_is_named_after_its_purpose_and_is_new_each_time() -> None:
    names = {made(deployment(), purpose=DRY_RUN)["metadata"]["name"] for _ in range(20)}
    assert len(names) == 20
    assert all(name.startswith("regclean-dry-run-") for name in names)


def test_the_label_of_a_workload_fits() -> None:
    workload = deployment()
    assert label(workload) == f"deployment.{NAME}"
    workload["metadata"] |= {"name": "a" * 253, "uid": "1234"}
    assert label(workload) == "1234"


def test_a_stateful_sets_claims_are_the_jobs_volumes() -> None:
    claims = [{"metadata": {"name": "images"}, "spec": {}}]
    owner = stateful_set(volumeClaimTemplates=claims, template=template(volumes=[]), ordinals={"start": 3})
    (volume,) = volumes.volumes(owner)
    assert volume == {"name": "images", "persistentVolumeClaim": {"claimName": "images-hub-3"}}
    assert volumes.is_bound_to_a_node(owner, container())
    with pytest.raises(CollectorError, match="needs one storage for all"):
        volumes.volumes(stateful_set(volumeClaimTemplates=claims, replicas=2))


@pytest.mark.parametrize(
    ("mounts", "env", "lost"),
    [
        ({"/var/lib/registry": "passing"}, {}, True),
        ({"/var": "passing"}, {}, True),
        ({"/": "passing"}, {}, True),
        ({"/var": "passing", "/var/lib/registry": "lasting"}, {}, False),
        ({"/var/lib/registry-other": "passing"}, {}, False),
        ({"/var/lib/registry": "passing"}, {"REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/images"}, False),
        ({"/images/": "passing"}, {"REGISTRY_STORAGE_FILESYSTEM_ROOTDIRECTORY": "/images"}, True),
    ],
)
def test_images_that_end_with_the_pod_are_seen(mounts: dict[str, str], env: dict[str, str], lost: bool) -> None:
    registry = container(
        volumeMounts=[{"name": name, "mountPath": path} for path, name in mounts.items()],
        env=[{"name": name, "value": value} for name, value in env.items()],
    )
    claim = {"name": "lasting", "persistentVolumeClaim": {"claimName": "images"}}
    workload = deployment(template=template(registry, volumes=[{"name": "passing", "emptyDir": {}}, claim]))
    if lost:
        with pytest.raises(CollectorError, match="keeps its images in an emptyDir"):
            volumes.refuse_loss(workload, registry, "deployment/hub")
    else:
        volumes.refuse_loss(workload, registry, "deployment/hub")


def test_only_what_may_be_on_one_node_binds_to_it() -> None:
    nfs = template(volumes=[{"name": "images", "nfs": {"server": "a", "path": "/"}}])
    assert not volumes.is_bound_to_a_node(deployment(template=nfs), container())
    assert volumes.is_bound_to_a_node(deployment(), container())
    assert not volumes.is_bound_to_a_node(deployment(), container(volumeMounts=[]))


def test_every_kind_of_requirement_is_asked_for() -> None:
    expressions = [
        {"key": "a", "operator": "In", "values": ["1", "2"]},
        {"key": "b", "operator": "NotIn", "values": ["3"]},
        {"key": "c", "operator": "Exists"},
        {"key": "d", "operator": "DoesNotExist"},
    ]
    asked = query({"matchLabels": {"app": "hub"}, "matchExpressions": expressions})
    assert asked == "app=hub,a in (1,2),b notin (3),c,!d"


def test_a_token_says_all_that_finds_the_collector() -> None:
    token = Token(kind="job", namespace="ns", name="a", uid="b")
    assert Token.parse(str(token)) == token
    for text in (
        "",
        "[]",
        "{}",
        "[" * 100_000,
        '{"kind": "other", "namespace": "", "name": "", "uid": ""}',
        '{"pid": 1}',
    ):
        with pytest.raises(CollectorError, match="cannot be read"):
            Token.parse(text)


def test_the_report_is_found_among_log_entries() -> None:
    lines = REPORT.splitlines()
    mixed = "\n".join([ENTRY, lines[0], ENTRY, *lines[1:], ENTRY])
    assert output.report(io.BytesIO(mixed.encode())) == output.report(io.BytesIO(REPORT.encode()))


@pytest.mark.parametrize(
    "stray", ["time=now level=info msg=hello", '{"msg": "no log entry"}', '{"broken', "{app sha256:1 []}"]
)
def test_what_is_no_log_entry_spoils_the_report(stray: str) -> None:
    with pytest.raises(CollectorError, match="said something regclean does not know"):
        output.report(io.BytesIO(f"{stray}\n{REPORT}".encode()))


def test_manifests_are_never_left_to_the_collectors_choice() -> None:
    greedy = (
        f"app\n0 blobs marked, 0 blobs and 1 manifests eligible for deletion\nmanifest eligible for deletion: {DIGEST}"
    )
    with pytest.raises(CollectorError, match="would delete manifests by its own choice"):
        output.report(io.BytesIO(greedy.encode()))


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        (f"{REPORT}failed to garbage collect: no space\n", "failed to garbage collect: no space"),
        (f"configuration error: no file\nUsage:\n  registry {DIGEST}\n", "configuration error: no file"),
        (f"{ENTRY}\n{REPORT}", "cannot reach s3://bucket"),
        (REPORT, "it did not say why"),
        ("", "it did not say why"),
    ],
)
def test_the_reason_is_the_last_complaint(said: str, reason: str) -> None:
    assert output.reason(io.BytesIO(said.encode())) == reason


def test_a_refusal_names_the_verb_and_what_kubernetes_said() -> None:
    call = Call(verb="patch", resource="deployments", name="hub", namespace="ns")
    said = json.dumps({"kind": "Status", "message": "deployments is forbidden."})
    assert str(refusal(call, 403, said)) == (
        "Kubernetes does not let regclean patch deployments hub in the namespace ns (deployments is forbidden); its "
        "Role needs the verb “patch” for deployments, see docs/gc-runners.md."
    )
    assert isinstance(refusal(call, 409, b""), ConflictError)
    assert "it did not say why" in str(refusal(call, 500, b"<html>"))


def test_a_rollout_is_over_when_every_replica_is_new_and_available() -> None:
    workload: dict[str, Any] = deployment(replicas=2)
    workload["metadata"]["generation"] = 3
    workload["status"] = {"observedGeneration": 3, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2}
    assert rollout.is_done(workload)
    for key, value in (("observedGeneration", 2), ("replicas", 3), ("updatedReplicas", 1), ("availableReplicas", 1)):
        assert not rollout.is_done({**workload, "status": {**workload["status"], key: value}})
    assert not rollout.is_done({**workload, "status": {}})


def test_a_pod_tells_why_it_does_not_run() -> None:
    def waiting(reason: str, restarts: int = 0) -> dict[str, Any]:
        status = {"name": "a", "restartCount": restarts, "state": {"waiting": {"reason": reason, "message": "why."}}}
        return {"metadata": {"name": "hub-1"}, "status": {"containerStatuses": [status]}}

    assert pods.trouble(waiting("ImagePullBackOff")) == "hub-1: ImagePullBackOff (why)"
    assert pods.trouble(waiting("ContainerCreating")) == ""
    assert pods.is_hopeless(waiting("ImagePullBackOff"))
    assert not pods.is_hopeless(waiting("ErrImagePull"))
    assert not pods.is_hopeless(waiting("CrashLoopBackOff", 1))
    assert pods.is_hopeless(waiting("CrashLoopBackOff", 3))


@pytest.mark.parametrize("mode", ["job", "exec"])
@pytest.mark.parametrize("kind", ["deployment", "statefulset"])
def test_the_rights_that_are_asked_for_are_those_of_the_charts_role(kind: str, mode: str) -> None:
    settings = KubernetesRunnerSettings.model_validate(
        {"runner": "kubernetes", "namespace": "ns", "workload": f"{kind}/hub", "mode": mode}
    )
    granted = {
        (verb, resource, tuple(rule.get("resourceNames", ())))
        for rule in rules(kind, mode, "hub")
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    asked = {(call.verb, call.resource, (call.name,) if call.name else ()) for call in rights.needed(settings)}
    assert asked == granted
