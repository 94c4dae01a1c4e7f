"""Collecting inside a running pod of the registry, as the classic script does with `kubectl exec`.

What is started that way outlives a broken connection, and Kubernetes neither shows nor stops it. It ends with its
container: so unless its exit code was seen, it counts as running for as long as that container lives, and is stopped by
deleting the pod.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from workers.config.gc_kubernetes import KubernetesRunnerSettings
from workers.core.collection import Report
from workers.core.errors import CollectorError
from workers.gc.kube import fence, output, pods
from workers.gc.kube.cluster import Cluster, Object
from workers.gc.kube.pace import Pace
from workers.gc.kube.session import Session, Spoken
from workers.gc.kube.token import Token
from workers.gc.kube.volumes import refuse_doubt
from workers.gc.kube.workload import Workload

_LOOK: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Inside:
    """`grace`: seconds for a deleted pod to be gone."""

    settings: KubernetesRunnerSettings
    cluster: Cluster
    workload: Workload
    grace: float = 60.0

    def dry_run(self) -> Report:
        with self._session(self._pod(), "--dry-run") as session:
            return self._report(session)

    def collect(self, on_started: Callable[[str], None]) -> Report:
        """As Runner says; raises CollectorError, and then it may still run."""
        pod = self._pod()
        self.workload.check_fence()
        token = self._token(pod)
        on_started(str(token))
        with self._session(pod) as session:
            self._await_end(session, self.workload.check_fence)
            self.workload.note_ended(str(token))
            return self._report(session)

    def is_running(self, token: Token) -> bool:
        """Whether it may run: its container lives, and its end was not seen."""
        note = fence.note_of(self.workload.read())
        if note and note.ended == str(token):
            return False
        pod = self.cluster.get("pods", token.name)
        if pod is None or pod["metadata"]["uid"] != token.uid or pods.is_over(pod):
            return False
        return pods.container_id(pod, self._name(pod)) == token.life

    def stop(self, token: Token) -> None:
        """Delete its pod and see it gone; raises CollectorError when that cannot be seen."""
        self.cluster.delete("pods", token.name, token.uid)
        until, pace = time.monotonic() + self.grace, Pace()
        while self.is_running(token):
            if time.monotonic() > until:
                raise CollectorError(f"The pod {token.name} was deleted and is still there; see to its node.")
            pace.rest()

    def _pod(self) -> Object:
        workload = self.workload.read()
        refuse_doubt(workload, self.workload.template(workload), str(self.workload))
        running = [pod for pod in self.workload.pods(workload) if pods.is_ready(pod) and not pods.is_leaving(pod)]
        if not running:
            raise CollectorError(f"No pod of {self.workload} is ready, so there is none to collect in.")
        return running[0]

    def _name(self, pod: Object) -> str:
        return str(self.workload.registry_in(pod["spec"])["name"])

    def _token(self, pod: Object) -> Token:
        return Token(
            kind="pod",
            namespace=self.cluster.namespace,
            name=pods.name(pod),
            uid=str(pod["metadata"]["uid"]),
            life=pods.container_id(pod, self._name(pod)),
        )

    def _session(self, pod: Object, *options: str) -> Session:
        program = [self.settings.program, "garbage-collect", *options, self.settings.config_path]
        return Session.open(self.cluster, Spoken(pod=pods.name(pod), container=self._name(pod), command=program))

    def _await_end(self, session: Session, meanwhile: Callable[[], None]) -> int:
        """The exit code."""
        until = time.monotonic() + self.settings.timeout
        while (code := session.code(_LOOK)) is None:
            meanwhile()
            if time.monotonic() > until:
                raise CollectorError(
                    f"The collector took longer than the {self.settings.timeout:g} seconds of `timeout`; it ends with "
                    "its pod."
                )
        return code

    def _report(self, session: Session) -> Report:
        code = self._await_end(session, lambda: None)
        if code:
            raise CollectorError(f"The collector failed with exit code {code}: {output.reason(session.complaints)}.")
        return output.report(session.output)
