"""A stand-in for the controllers: pods of Deployments and StatefulSets are replaced, Jobs run once, orphans go."""

import copy
import hashlib
import json
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from tests.kube.objects import Object, Objects, Refused, now

_TICK: Final = 0.02


@dataclass(slots=True)
class Controllers:
    """One loop over everything; `paused` kinds are left alone."""

    objects: Objects
    namespace: str
    paused: set[str] = field(default_factory=set)
    errors: list[BaseException] = field(default_factory=list)
    _stopped: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        self._thread = threading.Thread(target=self._run, name="controllers")
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        if self._thread:
            self._thread.join(10)
        if self.errors:
            raise self.errors[0]

    def _run(self) -> None:
        while not self._stopped.wait(_TICK):
            try:
                with self.objects.lock:
                    self._round()
            except Refused as refused:
                if refused.status not in {404, 409}:
                    self.errors.append(refused)
                    return
            except BaseException as error:
                self.errors.append(error)
                raise

    def _round(self) -> None:
        for kind, step in (("deployments", self._deployment), ("statefulsets", self._stateful), ("jobs", self._job)):
            if kind not in self.paused:
                for each in self.objects.all(kind):
                    step(each)
        self._orphans()

    # Pods of a template

    def _deployment(self, owner: Object) -> None:
        wanted, hashed = owner["spec"].get("replicas", 1), _hash(owner)
        pods = self._owned(owner)
        alive = [pod for pod in pods if not _leaving(pod)]
        fresh = [pod for pod in alive if _label(pod, "pod-template-hash") == hashed]
        old = [pod for pod in alive if pod not in fresh]
        recreate = owner["spec"].get("strategy", {}).get("type") == "Recreate"
        if recreate and old:
            for pod in old:
                self._delete(pod)
        elif recreate and len(pods) > len(alive):
            pass
        elif len(fresh) < wanted and (recreate or len(alive) <= wanted):
            self._make(owner, {"pod-template-hash": hashed})
        elif old and sum(map(_ready, fresh)) > wanted - len(old):
            self._delete(old[0])
        elif len(fresh) > wanted:
            self._delete(fresh[-1])
        self._status(
            "deployments",
            owner,
            {
                "replicas": len(alive),
                "updatedReplicas": len(fresh),
                "readyReplicas": sum(map(_ready, alive)),
                "availableReplicas": sum(map(_ready, alive)),
            },
        )

    def _stateful(self, owner: Object) -> None:
        """One after the other; a pod that is not ready stops it, whatever the template says by now."""
        wanted, hashed, name = owner["spec"].get("replicas", 1), _hash(owner), owner["metadata"]["name"]
        revision = f"{name}-{hashed}"
        pods = {pod["metadata"]["name"]: pod for pod in self._owned(owner)}
        self._ordered(owner, [f"{name}-{index}" for index in range(wanted)], pods, revision)
        fresh = [pod for pod in pods.values() if _label(pod, "controller-revision-hash") == revision]
        done = len(fresh) == wanted and all(map(_ready, fresh))
        earlier = owner["status"].get("currentRevision", revision)
        self._status(
            "statefulsets",
            owner,
            {
                "replicas": len(pods),
                "readyReplicas": sum(map(_ready, pods.values())),
                "updatedReplicas": len(fresh),
                "updateRevision": revision,
                "currentRevision": revision if done else earlier,
            },
        )

    def _ordered(self, owner: Object, names: Sequence[str], pods: Mapping[str, Object], revision: str) -> None:
        for name in names:
            if name not in pods:
                claims = {each["metadata"]["name"]: f"{each['metadata']['name']}-{name}" for each in _claims(owner)}
                self._make(owner, {"controller-revision-hash": revision}, name=name, claims=claims)
                return
            if not _ready(pods[name]) or _leaving(pods[name]):
                return
        for name in reversed(names):
            if _label(pods[name], "controller-revision-hash") != revision:
                self._delete(pods[name])
                return

    # Jobs

    def _job(self, owner: Object) -> None:
        pods = self._owned(owner)
        spec, status = owner["spec"], owner["status"]
        if "deletionTimestamp" in owner["metadata"]:
            for pod in pods:
                self._delete(pod)
            if not pods:
                self.objects.remove("jobs", owner["metadata"]["name"])
        elif status.get("conditions"):
            self._expire(owner)
        elif spec.get("suspend"):
            return
        elif "startTime" not in status:
            self._status("jobs", owner, {"startTime": now()})
            labels = {f"{prefix}{key}": value for prefix in ("", "batch.kubernetes.io/") for key, value in _ids(owner)}
            self._make(owner, labels)
        else:
            self._judge(owner, pods)

    def _judge(self, owner: Object, pods: Sequence[Object]) -> None:
        age = (datetime.now(UTC) - datetime.fromisoformat(owner["status"]["startTime"])).total_seconds()
        phases = {pod["status"].get("phase") for pod in pods}
        if "Succeeded" in phases:
            self._finish(owner, "Complete", "CompletionsReached", "Reached expected number of succeeded pods")
        elif not pods or "Failed" in phases:
            self._finish(owner, "Failed", "BackoffLimitExceeded", "Job has reached the specified backoff limit")
        elif age > owner["spec"].get("activeDeadlineSeconds", age):
            for pod in pods:
                self._delete(pod)
            self._finish(owner, "Failed", "DeadlineExceeded", "Job was active longer than specified deadline")

    def _finish(self, owner: Object, kind: str, reason: str, message: str) -> None:
        condition = {"type": kind, "status": "True", "reason": reason, "message": message, "lastTransitionTime": now()}
        self._status("jobs", owner, {**owner["status"], "conditions": [condition], "completionTime": now()})

    def _expire(self, owner: Object) -> None:
        keep = owner["spec"].get("ttlSecondsAfterFinished")
        ended = datetime.fromisoformat(owner["status"]["conditions"][0]["lastTransitionTime"])
        if keep is not None and (datetime.now(UTC) - ended).total_seconds() > keep:
            self.objects.remove("jobs", owner["metadata"]["name"])

    # What they share

    def _orphans(self) -> None:
        """The garbage collector: what belongs to an owner that is gone goes, too."""
        known = {each["metadata"]["uid"] for kind in _KINDS for each in self.objects.all(kind)}
        for pod in self.objects.all("pods"):
            if not any(owner["uid"] in known for owner in pod["metadata"].get("ownerReferences", ())):
                self._delete(pod)

    def _owned(self, owner: Object) -> list[Object]:
        uid = owner["metadata"]["uid"]
        return [
            pod
            for pod in self.objects.all("pods")
            if any(each["uid"] == uid for each in pod["metadata"].get("ownerReferences", ()))
        ]

    def _make(
        self, owner: Object, labels: Mapping[str, str], *, name: str = "", claims: Mapping[str, str] | None = None
    ) -> None:
        template = copy.deepcopy(owner["spec"]["template"])
        metadata = template.get("metadata", {})
        metadata["labels"] = {**metadata.get("labels", {}), **labels}
        metadata["ownerReferences"] = [
            {
                "apiVersion": owner["apiVersion"],
                "kind": owner["kind"],
                "name": owner["metadata"]["name"],
                "uid": owner["metadata"]["uid"],
                "controller": True,
            }
        ]
        metadata.update({"name": name} if name else {"generateName": f"{owner['metadata']['name']}-"})
        spec = template["spec"]
        made = [{"name": key, "persistentVolumeClaim": {"claimName": claim}} for key, claim in (claims or {}).items()]
        if made:
            spec["volumes"] = [*spec.get("volumes", ()), *made]
        pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": {"phase": "Pending"}}
        self.objects.create("pods", pod, self.namespace)

    def _delete(self, pod: Object) -> None:
        name = pod["metadata"]["name"]
        if pod["spec"].get("nodeName") and pod["status"].get("phase") not in {"Succeeded", "Failed"}:
            self.objects.mark_deleted("pods", name, pod["spec"].get("terminationGracePeriodSeconds", 30))
        else:
            self.objects.remove("pods", name)

    def _status(self, resource: str, owner: Object, status: Mapping[str, Any]) -> None:
        generation = {} if resource == "jobs" else {"observedGeneration": owner["metadata"]["generation"]}

        def edit(old: Object) -> Object:
            return {**old, "status": {**status, **generation}}

        self.objects.change(resource, owner["metadata"]["name"], edit, status=True)


_KINDS: Final = ("deployments", "statefulsets", "jobs")


def _hash(owner: Object) -> str:
    return hashlib.sha256(json.dumps(owner["spec"]["template"], sort_keys=True).encode()).hexdigest()[:10]


def _label(pod: Object, key: str) -> str:
    return str((pod["metadata"].get("labels") or {}).get(key, ""))


def _leaving(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def _ready(pod: Object) -> bool:
    conditions = pod["status"].get("conditions", ())
    return any(each["type"] == "Ready" and each["status"] == "True" for each in conditions)


def _claims(owner: Object) -> Sequence[Object]:
    claims: Sequence[Object] = owner["spec"].get("volumeClaimTemplates", ())
    return claims


def _ids(owner: Object) -> Sequence[tuple[str, str]]:
    return (("controller-uid", owner["metadata"]["uid"]), ("job-name", owner["metadata"]["name"]))
