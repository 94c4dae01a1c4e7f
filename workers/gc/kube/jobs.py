"""Jobs: collectors as Jobs of Kubernetes: started, followed, seen and stopped."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import structlog

from workers.config.gc_kubernetes import KubernetesRunnerSettings
from workers.core.collection import Report
from workers.core.errors import CollectorError
from workers.gc.kube import output, pods
from workers.gc.kube.cluster import Cluster, Object
from workers.gc.kube.job import CONTAINER, DRY_RUN, OF, PURPOSE, Task, Wanted, job, label
from workers.gc.kube.log import Log
from workers.gc.kube.pace import Pace
from workers.gc.kube.token import Token
from workers.gc.kube.volumes import is_bound_to_a_node
from workers.gc.kube.workload import Workload

_UID: Final = "controller-uid"
"""The label of a Job's pods; its longer name is there since Kubernetes 1.27 only, this one in all versions."""
_FORGOTTEN: Final = timedelta(minutes=10)
_GO: Final = ({"op": "replace", "path": "/spec/suspend", "value": False},)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """`grace`: seconds for a stopped collector's pod to be gone."""

    settings: KubernetesRunnerSettings
    cluster: Cluster
    workload: Workload
    grace: float = 60.0

    def run(self, task: Task, on_started: Callable[[str], None]) -> Report:
        """Blocks until the collector is gone; raises CollectorError, and then it was stopped as far as can be seen.

        `on_started` gets its token. It begins when that has returned, and never if it raises.
        """
        self._clear_forgotten()
        made = self._make(task)
        token = Token(
            kind="job", namespace=self.cluster.namespace, name=pods.name(made), uid=str(made["metadata"]["uid"])
        )
        try:
            on_started(str(token))
            self.cluster.patch("jobs", token.name, _GO)
            report = self._report(token, guarded=task.purpose != DRY_RUN)
        except BaseException:
            self._clear_away(token)
            raise
        self.cluster.delete("jobs", token.name, token.uid)
        return report

    def is_running(self, token: Token) -> bool:
        """Whether it runs or could still begin."""
        found = self.cluster.get("jobs", token.name)
        if found and found["metadata"]["uid"] == token.uid and not _is_over(found):
            return True
        return bool(self._running(token))

    def unfinished(self) -> Sequence[Token]:
        """The collections of this registry that run or could still begin, whoever started them."""
        tokens = [
            Token(kind="job", namespace=self.cluster.namespace, name=pods.name(each), uid=each["metadata"]["uid"])
            for each in self._all()
            if each["metadata"]["labels"][PURPOSE] != DRY_RUN
        ]
        return [token for token in tokens if self.is_running(token)]

    def stop(self, token: Token) -> None:
        """Delete it and see it gone with its pods; raises CollectorError when that cannot be seen."""
        self.cluster.delete("jobs", token.name, token.uid, wait_for_dependents=True)
        until, pace = time.monotonic() + self.grace, Pace()
        while self.is_running(token):
            if time.monotonic() > until:
                raise CollectorError(
                    f"The collector {token.name} still runs although its Job was deleted; look at the node of its pod."
                )
            pace.rest()

    def _make(self, task: Task) -> Object:
        workload = self.workload.read()
        container = self.workload.template(workload)
        dry = ["--dry-run"] if task.purpose == DRY_RUN else []
        wanted = Wanted(
            task=task,
            arguments=[self.settings.program, "garbage-collect", *dry, self.settings.config_path],
            node=self._node(workload) if is_bound_to_a_node(workload, container) else None,
            timeout=self.settings.timeout,
        )
        return self.cluster.create("jobs", job(workload, container, wanted))

    def _node(self, workload: Object) -> str:
        """Where the registry runs: a volume that is mounted there can be mounted there once more."""
        running = [pod for pod in self.workload.pods(workload) if pods.is_ready(pod) and not pods.is_leaving(pod)]
        if not running:
            raise CollectorError(f"No pod of {self.workload} is ready, so there is no node to collect on.")
        return str(running[0]["spec"]["nodeName"])

    def _report(self, token: Token, *, guarded: bool) -> Report:
        with Log(cluster=self.cluster, container=CONTAINER) as log:
            pod = self._await_end(token, log, guarded=guarded)
            log.finish(pods.name(pod))
            ended = pods.ended(pod, CONTAINER)
            if ended is None or ended.code:
                raise CollectorError(f"The collector failed{_how(ended)}: {output.reason(log.output)}.")
            try:
                return output.report(log.output)
            except CollectorError:
                log.read_again(pods.name(pod))
                return output.report(log.output)

    def _await_end(self, token: Token, log: Log, *, guarded: bool) -> Object:
        """The pod once its collector has ended."""
        began, pace = time.monotonic(), Pace()
        while True:
            pod = self._pod(token)
            if pod and pods.ended(pod, CONTAINER):
                return pod
            if pod and pods.started(pod, CONTAINER):
                log.follow(pods.name(pod))
            self._give_up(token, pod, time.monotonic() - began)
            if guarded:
                self.workload.check_fence()
            pace.rest()

    def _give_up(self, token: Token, pod: Object | None, waited: float) -> None:
        """Raises CollectorError when the collector cannot be waited for any longer."""
        trouble = pods.trouble(pod) if pod else ""
        if pod and pods.is_hopeless(pod):
            raise CollectorError(f"The collector's pod does not start: {trouble}.")
        if waited > self.settings.timeout:
            raise CollectorError(
                f"The collector was stopped: it took longer than the {self.settings.timeout:g} seconds of `timeout`."
            )
        found = self.cluster.get("jobs", token.name)
        if found is None or _is_over(found):
            # Seen before its pod was: look again before believing that there is none.
            if not self._ended_meanwhile(token):
                raise CollectorError(f"The collector's pod is gone before it was done{_why(found)}.")
        elif not (pod and pods.started(pod, CONTAINER)) and waited > self.settings.rollout_timeout:
            why = trouble or "Kubernetes started no pod for its Job; its events say why"
            raise CollectorError(
                f"The collector did not start within the {self.settings.rollout_timeout:g} seconds of "
                f"`rollout_timeout`: {why}."
            )

    def _ended_meanwhile(self, token: Token) -> bool:
        pod = self._pod(token)
        return bool(pod and pods.ended(pod, CONTAINER))

    def _pod(self, token: Token) -> Object | None:
        """The newest, should Kubernetes ever have made two."""
        found = sorted(self._pods(token), key=lambda pod: str(pod["metadata"]["creationTimestamp"]))
        return found[-1] if found else None

    def _pods(self, token: Token) -> Sequence[Object]:
        return self.cluster.list("pods", f"{_UID}={token.uid}")

    def _running(self, token: Token) -> Sequence[Object]:
        return [pod for pod in self._pods(token) if not pods.is_over(pod)]

    def _clear_forgotten(self) -> None:
        """Remove what was never let go, because its worker died before: Kubernetes keeps that for ever."""
        for each in self._all():
            age = datetime.now(UTC) - datetime.fromisoformat(each["metadata"]["creationTimestamp"])
            if each["spec"].get("suspend") and age > _FORGOTTEN:
                self.cluster.delete("jobs", pods.name(each), each["metadata"]["uid"])

    def _all(self) -> Sequence[Object]:
        return self.cluster.list("jobs", f"{OF}={label(self.workload.read())}")

    def _clear_away(self, token: Token) -> None:
        """What went wrong before is more important to tell; whoever lifts the fence looks for the collector again."""
        try:
            self.stop(token)
        except CollectorError as error:
            _log.warning("gc.collector_left", job=token.name, error=error.sentence)


def _is_over(found: Object) -> bool:
    conditions: Sequence[Object] = (found.get("status") or {}).get("conditions") or ()
    return any(each["type"] in {"Complete", "Failed"} and each["status"] == "True" for each in conditions)


def _how(ended: pods.Ended | None) -> str:
    if ended is None:
        return ""
    killed = ended.reason not in {"", "Error"}
    return f" with exit code {ended.code} ({ended.reason})" if killed else f" with exit code {ended.code}"


def _why(found: Object | None) -> str:
    conditions: Sequence[Object] = ((found or {}).get("status") or {}).get("conditions") or ()
    said = [str(each.get("message") or each.get("reason")) for each in conditions if each["type"] == "Failed"]
    return f" ({said[0].rstrip('.')})" if said else ", with its Job"
