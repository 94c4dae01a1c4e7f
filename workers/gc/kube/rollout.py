"""Rollouts: whether a Deployment's or StatefulSet's pods have all been replaced, and what keeps them."""

from collections.abc import Sequence

from workers.core.errors import CollectorError
from workers.gc.kube import pods
from workers.gc.kube.cluster import Object


def refuse_what_cannot_roll_out(workload: Object, what: str) -> None:
    """Raises CollectorError for a workload whose pods are not replaced by themselves, or lose the images by it."""
    strategy = workload["spec"].get("updateStrategy") or {}
    if strategy.get("type") == "OnDelete" or (strategy.get("rollingUpdate") or {}).get("partition"):
        raise CollectorError(
            f"{what} does not replace all of its pods by itself (updateStrategy), so it cannot be made read-only; "
            "use RollingUpdate without a partition."
        )
    if workload["spec"].get("paused"):
        raise CollectorError(f"{what} is paused, so it cannot be made read-only; resume it first.")


def is_done(workload: Object) -> bool:
    """As `kubectl rollout status` judges; whether old pods are gone for good is told by the pods themselves."""
    status, wanted = workload.get("status") or {}, workload["spec"].get("replicas", 1)
    if status.get("observedGeneration", 0) < workload["metadata"]["generation"]:
        return False
    if "updateRevision" in status:
        revised = bool(status.get("currentRevision") == status["updateRevision"])
        return revised and status.get("readyReplicas", 0) == wanted
    counts = [status.get(key, 0) for key in ("replicas", "updatedReplicas", "availableReplicas")]
    return counts == [wanted] * 3


def reasons(workload: Object, running: Sequence[Object]) -> str:
    """What keeps it from being done, for people, beginning with a colon; empty where nothing is known."""
    found = [trouble for pod in running if (trouble := pods.trouble(pod))]
    conditions: Sequence[Object] = (workload.get("status") or {}).get("conditions") or ()
    found += [
        str(each.get("message") or each.get("reason"))
        for each in conditions
        if (each["type"], each["status"]) in {("Progressing", "False"), ("ReplicaFailure", "True")}
    ]
    return f": {'; '.join(found)}".rstrip(".") if found else ""
