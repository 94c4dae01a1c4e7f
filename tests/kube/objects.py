"""The objects of a cluster: kept in memory, validated strictly, each write with a new resourceVersion."""

import copy
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeAlias

import kubernetes_validate

Object: TypeAlias = dict[str, Any]
SCHEMAS: Final = "1.31"
KINDS: Final = {
    "deployments": ("apps/v1", "Deployment"),
    "statefulsets": ("apps/v1", "StatefulSet"),
    "jobs": ("batch/v1", "Job"),
    "pods": ("v1", "Pod"),
}
_UNCHANGEABLE: Final = ("uid", "name", "namespace", "creationTimestamp", "deletionTimestamp", "generation")


class Refused(Exception):  # noqa: N818 - named by what happens
    """An answer other than success."""

    def __init__(self, status: int, reason: str, message: str) -> None:
        super().__init__(message)
        self.status, self.reason = status, reason


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(slots=True)
class Objects:
    """All access is under one lock; what is given out and taken in are copies."""

    lock: threading.RLock = field(default_factory=threading.RLock)
    _kept: dict[tuple[str, str], Object] = field(default_factory=dict)
    _version: int = 0

    def get(self, resource: str, name: str) -> Object:
        with self.lock:
            found = self._kept.get((resource, name))
            if found is None:
                raise Refused(404, "NotFound", f'{resource} "{name}" not found')
            return copy.deepcopy(found)

    def all(self, resource: str) -> Sequence[Object]:
        with self.lock:
            return [copy.deepcopy(each) for (kind, _), each in self._kept.items() if kind == resource]

    def create(self, resource: str, body: Object, namespace: str) -> Object:
        """As a client sent it, with what a server adds."""
        made = copy.deepcopy(body)
        metadata = made.setdefault("metadata", {})
        name = metadata.get("name") or f"{metadata['generateName']}{uuid.uuid4().hex[:5]}"
        metadata.update(name=name, uid=str(uuid.uuid4()), creationTimestamp=now(), namespace=namespace, generation=1)
        made.setdefault("status", {"replicas": 0} if resource == "statefulsets" else {})
        _check(made, resource)
        with self.lock:
            if (resource, name) in self._kept:
                raise Refused(409, "AlreadyExists", f'{resource} "{name}" already exists')
            return self._keep(resource, made)

    def change(self, resource: str, name: str, edit: Callable[[Object], Object], *, status: bool = False) -> Object:
        """What `edit` makes of it; a resourceVersion in there that is not the newest is a conflict."""
        with self.lock:
            old = self.get(resource, name)
            fresh = edit(copy.deepcopy(old))
            if (
                fresh["metadata"].get("resourceVersion", old["metadata"]["resourceVersion"])
                != (old["metadata"]["resourceVersion"])
            ):
                raise Refused(409, "Conflict", f'Operation cannot be fulfilled on {resource} "{name}": it was modified')
            for key in _UNCHANGEABLE:
                if fresh["metadata"].get(key) != old["metadata"].get(key):
                    raise Refused(422, "Invalid", f"metadata.{key}: field is immutable")
            fresh = {**old, "status": fresh.get("status", {})} if status else {**fresh, "status": old["status"]}
            _check(fresh, resource)
            if fresh == old:
                return old
            if fresh.get("spec") != old.get("spec"):
                fresh["metadata"]["generation"] += 1
            return self._keep(resource, fresh)

    def mark_deleted(self, resource: str, name: str, seconds: int) -> Object:
        with self.lock:
            found = self._kept[(resource, name)]
            if "deletionTimestamp" not in found["metadata"]:
                found["metadata"].update(deletionTimestamp=now(), deletionGracePeriodSeconds=seconds)
                self._keep(resource, found)
            return copy.deepcopy(found)

    def age(self, resource: str, name: str, minutes: int) -> None:
        """Let it have been made earlier."""
        with self.lock:
            made = datetime.now(UTC) - timedelta(minutes=minutes)
            self._kept[(resource, name)]["metadata"]["creationTimestamp"] = made.strftime("%Y-%m-%dT%H:%M:%SZ")

    def remove(self, resource: str, name: str) -> None:
        with self.lock:
            self._kept.pop((resource, name), None)

    def _keep(self, resource: str, thing: Object) -> Object:
        self._version += 1
        thing["metadata"]["resourceVersion"] = str(self._version)
        self._kept[(resource, thing["metadata"]["name"])] = thing
        return copy.deepcopy(thing)


def _check(thing: Object, resource: str) -> None:
    if (thing.get("apiVersion"), thing.get("kind")) != KINDS[resource]:
        raise Refused(400, "BadRequest", f"this is no {resource}")
    try:
        kubernetes_validate.validate(thing, SCHEMAS, strict=True)
    except kubernetes_validate.ValidationError as error:
        raise Refused(422, "Invalid", f"{'/'.join(map(str, error.path))}: {error.message}") from error
