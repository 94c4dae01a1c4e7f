"""Workload: the Deployment or StatefulSet that runs the registry, and its pods, seen and changed from outside."""

import json
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Self

from workers.config.gc_kubernetes import KubernetesRunnerSettings
from workers.core.errors import CollectorError
from workers.gc.kube import fence, pods, rollout, volumes
from workers.gc.kube.cluster import Cluster, Object
from workers.gc.kube.errors import ConflictError
from workers.gc.kube.pace import Pace
from workers.gc.kube.selector import query

_KINDS: Final = {"deployment": "deployments", "statefulset": "statefulsets"}
_TRIES: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """`container` is the one that is set in the configuration, if any; `patience` in seconds, for a rollout."""

    cluster: Cluster
    resource: str
    name: str
    container: str | None
    patience: float

    @classmethod
    def of(cls, settings: KubernetesRunnerSettings, cluster: Cluster) -> Self:
        kind, _, name = settings.workload.partition("/")
        return cls(
            cluster=cluster,
            resource=_KINDS[kind],
            name=name,
            container=settings.container,
            patience=settings.rollout_timeout,
        )

    def __str__(self) -> str:
        return f"{self.resource.removesuffix('s')}/{self.name}"

    def read(self) -> Object:
        found = self.cluster.get(self.resource, self.name)
        if found is None:
            raise CollectorError(
                f"There is no {self} in the namespace {self.cluster.namespace}; correct gc.workload or gc.namespace."
            )
        return found

    def registry_in(self, pod: Object) -> Object:
        """The registry's container in a pod's spec."""
        return fence.container_of(pod, self.container, str(self))

    def template(self, workload: Object) -> Object:
        """The registry's container as the workload's pods are to have it."""
        return self.registry_in(workload["spec"]["template"]["spec"])

    def pods(self, workload: Object) -> Sequence[Object]:
        """Those that may still do something, on their way out or not."""
        found = self.cluster.list("pods", query(workload["spec"]["selector"]))
        return [pod for pod in found if not pods.is_over(pod)]

    def set_read_only(self) -> None:
        """Fence it, or find it fenced by an earlier attempt, whose note of what was there before is kept."""

        def change(workload: Object) -> Sequence[Object]:
            container, note = self.template(workload), fence.note_of(workload)
            self._check(workload, container)
            if note and fence.is_read_only(container):
                return ()
            return fence.raising(workload, container, self._note(workload, container))

        self._change(change)

    def as_found(self) -> str:
        """What `restore` needs where the annotation is lost; raises CollectorError when it cannot be fenced."""
        workload = self.read()
        container, note = self.template(workload), fence.note_of(workload)
        self._check(workload, container)
        return json.dumps({"restore": note.restore if note else fence.before(container)})

    def restore(self, found: str | None) -> None:
        """Put back what was there before, if a fence of ours stands."""

        def change(workload: Object) -> Sequence[Object]:
            container = self.template(workload)
            if note := fence.note_of(workload):
                return fence.lifting(workload, container, note)
            lost = found is not None and fence.is_read_only(container)
            return fence.putting_back(workload, container, json.loads(found)["restore"]) if found and lost else ()

        self._change(change)

    def note_ended(self, token: str) -> None:
        """Write down that a collector inside a pod was seen to end."""

        def change(workload: Object) -> Sequence[Object]:
            note = fence.note_of(workload)
            return fence.annotating(workload, replace(note, ended=token)) if note else ()

        self._change(change)

    def await_rollout(self, *, read_only: bool) -> None:
        """Wait until every pod is as the workload says, ready, and no other is left.

        Raises CollectorError when that takes too long, cannot come true, or is not wanted any more by the workload.
        """
        until, pace = time.monotonic() + self.patience, Pace()
        while True:
            workload = self.read()
            if fence.is_read_only(self.template(workload)) is not read_only:
                raise CollectorError(f"Somebody changed {self} meanwhile, so that it is not as regclean left it.")
            running = self.pods(workload)
            if rollout.is_done(workload) and all(self._agrees(pod, read_only=read_only) for pod in running):
                return
            self._give_up_early(workload, running, read_only=read_only)
            if time.monotonic() > until:
                raise CollectorError(
                    f"{self} was not ready within the {self.patience:g} seconds of `rollout_timeout`"
                    f"{rollout.reasons(workload, running)}."
                )
            pace.rest()

    def check_fence(self) -> None:
        """Raises CollectorError unless the workload and each of its pods refuse writes."""
        workload = self.read()
        whole = fence.note_of(workload) is not None and fence.is_read_only(self.template(workload))
        if not whole or not all(self._agrees(pod, read_only=True) for pod in self.pods(workload)):
            raise CollectorError(
                f"{self} is not read-only any more: somebody, or a tool that keeps it as it is written down elsewhere, "
                "took the fence away; nothing may be collected beside pushes."
            )

    def _check(self, workload: Object, container: Object) -> None:
        rollout.refuse_what_cannot_roll_out(workload, str(self))
        volumes.refuse_loss(workload, container, str(self))

    def _agrees(self, pod: Object, *, read_only: bool) -> bool:
        return fence.is_read_only(self.registry_in(pod["spec"])) is read_only

    def _give_up_early(self, workload: Object, running: Sequence[Object], *, read_only: bool) -> None:
        if read_only:
            if any(pods.is_hopeless(pod) for pod in running if self._agrees(pod, read_only=True)):
                raise CollectorError(f"{self} does not get ready{rollout.reasons(workload, running)}.")
        elif self.resource == "statefulsets":
            self._free(running)

    def _free(self, running: Sequence[Object]) -> None:
        """A StatefulSet waits for a broken pod for ever, even once its template is mended: the pod must go."""
        for pod in running:
            stuck = not pods.is_ready(pod) and not pods.is_leaving(pod)
            if stuck and self._agrees(pod, read_only=True):
                self.cluster.delete("pods", pods.name(pod), pod["metadata"]["uid"])

    def _change(self, change: Callable[[Object], Sequence[Object]]) -> None:
        """Read, decide and patch, again when somebody else was faster."""
        pace = Pace()
        for _ in range(_TRIES):
            workload = self.read()
            operations = change(workload)
            if not operations:
                return
            try:
                self.cluster.patch(self.resource, self.name, operations)
            except ConflictError:
                pace.rest()
            else:
                return
        raise CollectorError(f"{self} is changed all the time by somebody else, so regclean could not change it.")

    def _note(self, workload: Object, container: Object) -> fence.Note:
        return fence.Note(
            by=f"regclean on {socket.gethostname()}",
            since=datetime.now(UTC).isoformat(timespec="seconds"),
            container=container["name"],
            restore=fence.before(container),
            by_hand=fence.by_hand(workload, container, self.cluster.namespace),
        )
