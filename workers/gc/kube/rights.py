"""Rights: what the Role must allow, asked for before anything is fenced; helm/regclean/files has the same as rules."""

from collections.abc import Sequence
from typing import Final

from workers.config.gc_kubernetes import KubernetesRunnerSettings
from workers.core.errors import CollectorError
from workers.gc.kube.cluster import Cluster
from workers.gc.kube.errors import RIGHTS, Call

# Verbs by resource; an empty resource stands for the workload's own.
_ALWAYS: Final = (("", ("get", "patch")), ("pods", ("list",)))
_OF_KIND: Final = {"deployment": (), "statefulset": (("pods", ("delete",)),)}
_OF_MODE: Final = {
    "job": (("jobs", ("create", "get", "list", "patch", "delete")), ("pods/log", ("get",))),
    "exec": (("pods/exec", ("get", "create")), ("pods", ("get", "delete"))),
}


def needed(settings: KubernetesRunnerSettings) -> Sequence[Call]:
    """Each verb for each resource; the workload is named, all else may have any name."""
    kind, _, name = settings.workload.partition("/")
    wanted = (*_ALWAYS, *_OF_KIND[kind], *_OF_MODE[settings.mode])
    return [
        Call(
            verb=verb,
            resource=resource or f"{kind}s",
            name="" if resource else name,
            namespace=settings.namespace,
        )
        for resource, verbs in wanted
        for verb in verbs
    ]


def check(settings: KubernetesRunnerSettings, cluster: Cluster) -> None:
    """Raises CollectorError that names every right that is missing; a server that does not tell is taken as granting.

    It then says no by itself, later.
    """
    missing = [call for call in needed(settings) if not cluster.allows(call)]
    if missing:
        raise CollectorError(
            f"Kubernetes does not let regclean {', '.join(map(str, missing))} in the namespace {settings.namespace}; "
            f"its Role needs these verbs, see {RIGHTS}."
        )
