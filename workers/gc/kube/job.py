"""The Job that collects: the registry's own pod, with another command and without what a server needs."""

import math
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workers.gc.kube import volumes
from workers.gc.kube.cluster import Object

CONTAINER: Final = "collector"
MANAGED: Final = {"app.kubernetes.io/managed-by": "regclean"}
OF: Final = "io.regclean/workload"
PURPOSE: Final = "io.regclean/purpose"
REQUEST: Final = "io.regclean/request"
COLLECT: Final = "collect"
DRY_RUN: Final = "dry-run"
_KEPT_FOR: Final = 3600
"""Seconds after which Kubernetes removes a Job that ended and that nobody removed."""
_GRACE: Final = 5
_OF_POD: Final = (
    "automountServiceAccountToken", "dnsConfig", "dnsPolicy", "enableServiceLinks", "hostAliases", "hostNetwork",
    "hostUsers", "imagePullSecrets", "nodeSelector", "os", "priorityClassName", "runtimeClassName", "schedulerName",
    "securityContext", "serviceAccountName", "tolerations",
)  # fmt: skip
_OF_CONTAINER: Final = (
    "env", "envFrom", "image", "imagePullPolicy", "resources", "securityContext", "volumeDevices", "volumeMounts",
    "workingDir",
)  # fmt: skip
# Log entries and the report share one stream: as JSON objects they are told from its lines, and few of them come.
_LOGGING: Final = {"REGISTRY_LOG_FORMATTER": "json", "REGISTRY_LOG_LEVEL": "error"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """What for; `request` is the id of the request, if there is one."""

    purpose: str
    request: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """`node`: where it must run, None for anywhere. `timeout` in seconds, after which Kubernetes itself ends it."""

    task: Task
    arguments: Sequence[str]
    node: str | None
    timeout: float


def job(workload: Object, container: Object, wanted: Wanted) -> Object:
    """A Job that waits to be let go (`suspend`), so that it can be written down before it begins."""
    task = wanted.task
    labels = {
        **MANAGED,
        OF: label(workload),
        PURPOSE: task.purpose,
        **({REQUEST: task.request} if task.request else {}),
    }
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": f"regclean-{task.purpose}-{secrets.token_hex(5)}", "labels": labels},
        "spec": {
            "suspend": True,
            "parallelism": 1,
            "completions": 1,
            "backoffLimit": 0,
            "activeDeadlineSeconds": math.ceil(wanted.timeout),
            "ttlSecondsAfterFinished": _KEPT_FOR,
            "template": {
                "metadata": {
                    # A mesh's proxy would never end, and with it the pod.
                    "labels": {**labels, "sidecar.istio.io/inject": "false"},
                    "annotations": {"linkerd.io/inject": "disabled"},
                },
                "spec": _pod(workload, container, wanted),
            },
        },
    }


def label(workload: Object) -> str:
    """Which workload a Job is for; what names the workload may be longer than a label."""
    text = f"{workload['kind'].lower()}.{workload['metadata']['name']}"
    return text if len(text) <= 63 else str(workload["metadata"]["uid"])


def _pod(workload: Object, container: Object, wanted: Wanted) -> Object:
    spec = workload["spec"]["template"]["spec"]
    initial = [each for each in spec.get("initContainers") or () if each.get("restartPolicy") != "Always"]
    parts = {
        "affinity": _affinity(spec, wanted.node),
        "initContainers": [_without(each, ("ports",)) for each in initial],
        "volumes": volumes.volumes(workload),
    }
    return {
        **{key: spec[key] for key in _OF_POD if key in spec},
        **{key: value for key, value in parts.items() if value},
        "restartPolicy": "Never",
        "terminationGracePeriodSeconds": _GRACE,
        "containers": [_container(container, wanted)],
    }


def _container(container: Object, wanted: Wanted) -> Object:
    kept = [entry for entry in container.get("env") or () if entry["name"] not in _LOGGING]
    return {
        **{key: container[key] for key in _OF_CONTAINER if key in container},
        "name": CONTAINER,
        "command": list(wanted.arguments),
        "env": [*kept, *({"name": name, "value": value} for name, value in _LOGGING.items())],
    }


def _affinity(spec: Object, node: str | None) -> Mapping[str, Any] | None:
    """The registry's node, as a DaemonSet names it; rules that keep the registry's pods apart are not for this one."""
    if node is None:
        of_nodes = (spec.get("affinity") or {}).get("nodeAffinity")
        return {"nodeAffinity": of_nodes} if of_nodes else None
    term = {"matchFields": [{"key": "metadata.name", "operator": "In", "values": [node]}]}
    return {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}}


def _without(what: Object, keys: Sequence[str]) -> Object:
    return {key: value for key, value in what.items() if key not in keys}
