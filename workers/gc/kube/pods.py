"""Pods, as their status tells: whether they run, why not, and how a container ended."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from workers.gc.kube.cluster import Object

# Waiting for these ends by itself only when somebody does something.
_HOPELESS: Final = frozenset(
    {"ImagePullBackOff", "ErrImageNeverPull", "InvalidImageName", "CreateContainerConfigError", "CrashLoopBackOff"}
)
_CRASHES: Final = 3
_ENDED: Final = frozenset({"Succeeded", "Failed"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a container ended; `reason` is Kubernetes' word, such as OOMKilled."""

    code: int
    reason: str


def name(thing: Object) -> str:
    return str(thing["metadata"]["name"])


def is_over(pod: Object) -> bool:
    """Whether all its containers have ended for good."""
    return pod.get("status", {}).get("phase") in _ENDED


def is_leaving(pod: Object) -> bool:
    return "deletionTimestamp" in pod["metadata"]


def is_ready(pod: Object) -> bool:
    return _condition(pod, "Ready").get("status") == "True"


def started(pod: Object, container: str) -> bool:
    return "running" in _state(pod, container) or ended(pod, container) is not None


def ended(pod: Object, container: str) -> Ended | None:
    """None while it has not ended."""
    state = _state(pod, container).get("terminated")
    if state is None:
        return None
    return Ended(code=int(state["exitCode"]), reason=str(state.get("reason") or ""))


def container_id(pod: Object, container: str) -> str:
    """Which life of the container this is; empty before its first."""
    return next((str(each.get("containerID") or "") for each in _statuses(pod) if each["name"] == container), "")


def trouble(pod: Object) -> str:
    """Why it does not run, for people; empty where nothing is known to be wrong."""
    for status in _statuses(pod):
        waiting = status.get("state", {}).get("waiting", {})
        if waiting.get("reason") not in {None, "ContainerCreating", "PodInitializing"}:
            return f"{name(pod)}: {_said(waiting)}"
    unscheduled = _condition(pod, "PodScheduled")
    return f"{name(pod)}: {_said(unscheduled)}" if unscheduled.get("status") == "False" else ""


def is_hopeless(pod: Object) -> bool:
    """Whether it will not run by waiting: its image cannot be had, or it crashes again and again."""
    for status in _statuses(pod):
        reason = status.get("state", {}).get("waiting", {}).get("reason")
        if reason in _HOPELESS and (reason != "CrashLoopBackOff" or status.get("restartCount", 0) >= _CRASHES):
            return True
    return False


def _said(what: Mapping[str, Any]) -> str:
    message = str(what.get("message") or "").strip().rstrip(".")[:200]
    reason = str(what.get("reason") or "not ready")
    return f"{reason} ({message})" if message else reason


def _statuses(pod: Object) -> Iterator[Object]:
    status = pod.get("status", {})
    yield from status.get("initContainerStatuses") or ()
    yield from status.get("containerStatuses") or ()


def _state(pod: Object, container: str) -> Object:
    found: Sequence[Object] = [each.get("state", {}) for each in _statuses(pod) if each["name"] == container]
    return found[0] if found else {}


def _condition(pod: Object, kind: str) -> Object:
    conditions: Sequence[Object] = pod.get("status", {}).get("conditions") or ()
    return next((each for each in conditions if each["type"] == kind), {})
