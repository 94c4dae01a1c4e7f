"""The fence as it stands on a workload: one environment variable of its pods, and an annotation that says why.

Both are written in one patch, so none is ever there without the other. The variable is read by every version of the
registry and wins over its configuration file and over all other variables (seen with 2.8.2 and 3.1.1).
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, Self

from workers.core.errors import CollectorError
from workers.gc.kube.cluster import Object

ANNOTATION: Final = "io.regclean/fence"
VARIABLE: Final = "REGISTRY_STORAGE_MAINTENANCE_READONLY"
VALUE: Final = '{"enabled":true}'
_WHY: Final = "The registry's garbage is collected, so it takes no pushes; regclean takes this away when it is done."
_ENTRY: Final = {"name": VARIABLE, "value": VALUE}


@dataclass(frozen=True, slots=True, kw_only=True)
class Note:
    """The annotation: who fenced (a host name) and when (UTC), and the variable as it was before, None for not there.

    `ended` is the token of a collector inside a pod that was seen to end. `by_hand` is for people.
    """

    by: str
    since: str
    container: str
    restore: Mapping[str, Any] | None
    by_hand: str = ""
    why: str = _WHY
    ended: str | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises CollectorError."""
        try:
            return cls(**json.loads(text))
        except (ValueError, TypeError) as error:
            raise CollectorError(
                f"The annotation {ANNOTATION} cannot be read; remove it and the variable {VARIABLE} by hand."
            ) from error

    def __str__(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)


def note_of(workload: Object) -> Note | None:
    """What the workload's annotation says; raises CollectorError when that cannot be read."""
    text = (workload["metadata"].get("annotations") or {}).get(ANNOTATION)
    return None if text is None else Note.parse(text)


def container_of(pod: Object, name: str | None, what: str) -> Object:
    """The registry's container in a pod's spec; raises CollectorError."""
    containers: Sequence[Object] = pod["containers"]
    found = [each for each in containers if name in {None, each["name"]}]
    if len(found) == 1:
        return found[0]
    names = ", ".join(str(each["name"]) for each in containers)
    raise CollectorError(f"{what} has the containers {names}; set gc.container to the registry's.")


def is_read_only(container: Object) -> bool:
    """Whether the fence's variable is in force."""
    position = _position(container)
    return position is not None and container["env"][position] == _ENTRY


def raising(workload: Object, container: Object, note: Note) -> Sequence[Object]:
    """The patch that fences; the variable's old value, if there is one, must stand in the note."""
    position = _position(container)
    place = _place(workload, container)
    if position is not None:
        change: Object = {"op": "replace", "path": f"{place}/{position}", "value": _ENTRY}
    elif container.get("env"):
        change = {"op": "add", "path": f"{place}/-", "value": _ENTRY}
    else:
        change = {"op": "add", "path": place, "value": [_ENTRY]}
    return [_unmoved(workload), change, *annotating(workload, note)]


def lifting(workload: Object, container: Object, note: Note) -> Sequence[Object]:
    """The patch that puts back what was there; the variable is left alone where somebody else set it meanwhile."""
    gone = {"op": "remove", "path": f"/metadata/annotations/{_pointer(ANNOTATION)}"}
    if not is_read_only(container):
        return [_unmoved(workload), gone]
    return [*putting_back(workload, container, note.restore), gone]


def putting_back(workload: Object, container: Object, restore: Object | None) -> Sequence[Object]:
    """The part of it that is about the variable."""
    position, place = _position(container), _place(workload, container)
    if restore is not None:
        change: Object = {"op": "replace", "path": f"{place}/{position}", "value": restore}
    elif len(container["env"]) == 1:
        change = {"op": "remove", "path": place}
    else:
        change = {"op": "remove", "path": f"{place}/{position}"}
    return [_unmoved(workload), change]


def annotating(workload: Object, note: Note) -> Sequence[Object]:
    """The part of a patch that writes the annotation; alone it changes no pod."""
    if workload["metadata"].get("annotations"):
        return [{"op": "add", "path": f"/metadata/annotations/{_pointer(ANNOTATION)}", "value": str(note)}]
    return [{"op": "add", "path": "/metadata/annotations", "value": {ANNOTATION: str(note)}}]


def before(container: Object) -> Object | None:
    """The variable as it stands now."""
    position = _position(container)
    found: Object | None = None if position is None else container["env"][position]
    return found


def by_hand(workload: Object, container: Object, namespace: str) -> str:
    """The commands that lift the fence without regclean."""
    old = before(container)
    what = f"{workload['kind'].lower()}/{workload['metadata']['name']}"
    change = f"{VARIABLE}-" if old is None else f"{VARIABLE}='{old.get('value', 'see restore')}'"
    return (
        f"kubectl -n {namespace} set env {what} -c {container['name']} {change}; "
        f"kubectl -n {namespace} annotate {what} {ANNOTATION}-"
    )


def _position(container: Object) -> int | None:
    """Of several entries with one name the last is in force."""
    entries: Sequence[Object] = container.get("env") or ()
    return max((index for index, entry in enumerate(entries) if entry["name"] == VARIABLE), default=None)


def _place(workload: Object, container: Object) -> str:
    names = [each["name"] for each in workload["spec"]["template"]["spec"]["containers"]]
    return f"/spec/template/spec/containers/{names.index(container['name'])}/env"


def _unmoved(workload: Object) -> Object:
    """Makes Kubernetes refuse the patch when the workload is not the one that was read any more."""
    version = workload["metadata"]["resourceVersion"]
    return {"op": "replace", "path": "/metadata/resourceVersion", "value": version}


def _pointer(key: str) -> str:
    """RFC 6901."""
    return key.replace("~", "~0").replace("/", "~1")
