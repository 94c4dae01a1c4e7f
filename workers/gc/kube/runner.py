"""The runner `kubernetes`: a registry's collection through the Kubernetes API."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Final, Self

from workers.config.gc_kubernetes import KubernetesRunnerSettings
from workers.core.collection import Report
from workers.gc.kube import rights
from workers.gc.kube.cache import Cache
from workers.gc.kube.cluster import Cluster
from workers.gc.kube.connection import connect
from workers.gc.kube.inside import Inside
from workers.gc.kube.job import COLLECT, DRY_RUN, Task
from workers.gc.kube.jobs import Jobs
from workers.gc.kube.token import Token
from workers.gc.kube.workload import Workload
from workers.gc.storage import Storage

_INSIDE: Final = "It is collected inside a pod that serves pulls; unless it is seen to end, that pod is deleted."


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesRunner:
    """A Runner. Which of `jobs` and `inside` finds a collector is told by its token, not by today's configuration."""

    settings: KubernetesRunnerSettings
    workload: Workload
    jobs: Jobs
    inside: Inside

    @classmethod
    def open(cls, settings: KubernetesRunnerSettings) -> Self:
        cluster = Cluster(connect=partial(connect, settings), namespace=settings.namespace)
        workload = Workload.of(settings, cluster)
        return cls(
            settings=settings,
            workload=workload,
            jobs=Jobs(settings=settings, cluster=cluster, workload=workload),
            inside=Inside(settings=settings, cluster=cluster, workload=workload),
        )

    @property
    def storage(self) -> Storage | None:
        root = self.settings.storage_root
        return Storage(Path(root), timedelta(seconds=self.settings.push_grace)) if root else None

    @property
    def stops_registry(self) -> bool:
        return False

    @property
    def notes(self) -> Sequence[str]:
        return (_INSIDE,) if self.settings.mode == "exec" else ()

    def as_found(self) -> str:
        """The fence's variable as it was before; it also stands in an annotation on the workload.

        Also raises CollectorError when a right is missing that would be needed before the fence is lifted again.
        """
        rights.check(self.settings, self.workload.cluster)
        return self.workload.as_found()

    def read_only(self, *, on: bool, found: str | None = None) -> None:
        """As Runner says; also waits until no pod is left that is not so."""
        if on:
            self.workload.set_read_only()
        else:
            self.workload.restore(found)
        self.workload.await_rollout(read_only=on)

    def dry_run(self) -> Report:
        if self.settings.mode == "exec":
            return self.inside.dry_run()
        return self.jobs.run(Task(purpose=DRY_RUN), lambda _token: None)

    def collect(self, on_started: Callable[[str], None], request: str = "") -> Report:
        if self.settings.mode == "exec":
            return self.inside.collect(on_started)
        self.workload.check_fence()
        return self.jobs.run(Task(purpose=COLLECT, request=request), on_started)

    def is_collecting(self, token: str | None) -> bool:
        """As Runner says; without a token, any collection of this registry by a Job counts."""
        if token is None:
            return bool(self.jobs.unfinished())
        parsed = Token.parse(token)
        return self.jobs.is_running(parsed) if parsed.kind == "job" else self.inside.is_running(parsed)

    def stop(self, token: str | None) -> None:
        if token is None:
            for each in self.jobs.unfinished():
                self.jobs.stop(each)
            return
        parsed = Token.parse(token)
        if parsed.kind == "job":
            self.jobs.stop(parsed)
        else:
            self.inside.stop(parsed)

    def restart(self) -> None:
        """Nothing by itself: taking the fence away replaces every pod, and their blob caches with them."""

    def flush(self) -> None:
        if self.settings.blob_cache:
            Cache(url=self.settings.blob_cache, password_file=self.settings.blob_cache_password_file).empty()
