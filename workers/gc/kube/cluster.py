"""Cluster: one namespace of a Kubernetes cluster, as plain JSON.

Objects stay dictionaries: what a newer cluster knows and this client does not would be lost in the client's own models,
and a pod template is restored exactly or not at all.
"""

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar

from workers.gc.kube.errors import Call, KubernetesError, refusal

if TYPE_CHECKING:
    from kubernetes.client import ApiClient
    from urllib3 import HTTPResponse

Object: TypeAlias = Mapping[str, Any]
_T = TypeVar("_T")

_GROUPS: Final = {"deployments": "/apis/apps/v1", "statefulsets": "/apis/apps/v1", "jobs": "/apis/batch/v1"}
_REVIEWS: Final = "selfsubjectaccessreviews"
_CONNECT: Final = 5.0
_READ: Final = 30.0
_PAUSES: Final = (0.2, 0.5, 1.0, 2.0, 4.0, 8.0)
_JSON_PATCH: Final = "application/json-patch+json"


@dataclass(frozen=True, kw_only=True)
class Cluster:
    """Every method raises KubernetesError; calls that do the same twice over are repeated for some seconds.

    The first call connects, which raises CollectorError where no cluster is configured.
    """

    connect: Callable[[], "ApiClient"]
    namespace: str

    @cached_property
    def client(self) -> "ApiClient":
        return self.connect()

    def get(self, resource: str, name: str) -> Object | None:
        """None where there is none."""
        try:
            return self._object("GET", Call(verb="get", resource=resource, name=name, namespace=self.namespace))
        except KubernetesError as error:
            if error.status == 404:
                return None
            raise

    def list(self, resource: str, selector: str) -> Sequence[Object]:
        call = Call(verb="list", resource=resource, name="", namespace=self.namespace)
        found: Sequence[Object] = self._json("GET", call, query={"labelSelector": selector})["items"]
        return found

    def create(self, resource: str, body: Object) -> Object:
        """The name must be new each time: found taken, it was taken by a lost first try of this very call."""
        name = body["metadata"]["name"]
        call = Call(verb="create", resource=resource, name=name, namespace=self.namespace)
        try:
            return self._object("POST", call, body=body)
        except KubernetesError as error:
            made = self.get(resource, name) if error.status == 409 else None
            if made is None:
                raise
            return made

    def patch(self, resource: str, name: str, operations: Sequence[Object]) -> Object:
        """A JSON Patch; raises ConflictError when it names a resourceVersion that is not the newest."""
        call = Call(verb="patch", resource=resource, name=name, namespace=self.namespace)
        return self._object("PATCH", call, body=list(operations))

    def delete(self, resource: str, name: str, uid: str, *, wait_for_dependents: bool = False) -> bool:
        """Whether it was there; another object of that name, with another uid, is left alone."""
        call = Call(verb="delete", resource=resource, name=name, namespace=self.namespace)
        policy = "Foreground" if wait_for_dependents else "Background"
        body = {"preconditions": {"uid": uid}, "propagationPolicy": policy}
        try:
            self._json("DELETE", call, body=body)
        except KubernetesError as error:
            if error.status in {404, 409}:
                return False
            raise
        return True

    def allows(self, call: Call) -> bool:
        """Whether this call would be let through; also where the server does not say."""
        kind, _, sub = call.resource.partition("/")
        attributes = {
            "namespace": call.namespace,
            "verb": call.verb,
            "group": _GROUPS[kind].split("/")[2] if kind in _GROUPS else "",
            "resource": kind,
            "subresource": sub,
            "name": call.name,
        }
        try:
            answer = _repeated(lambda: self._ask(attributes))
        except KubernetesError as error:
            if error.status in {403, 404}:
                return True
            raise
        return bool(answer["status"]["allowed"])

    def _ask(self, attributes: Object) -> Object:
        call = Call(verb="create", resource=_REVIEWS, name="", namespace="")
        body = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview"}
        response = self._send("POST", call, body={**body, "spec": {"resourceAttributes": attributes}})
        with self._reaching():
            found: Object = json.loads(response.data)
            return found

    def log(self, pod: str, container: str, *, follow: bool) -> "HTTPResponse":
        """A container's log, standard output and standard error in one; close it when done."""
        call = Call(verb="get", resource="pods/log", name=pod, namespace=self.namespace)
        query = {"container": container, "follow": str(follow).lower()}
        return self._send("GET", call, query=query, read=None if follow else _READ)

    def url(self, resource: str, name: str = "") -> str:
        kind, _, sub = resource.partition("/")
        if kind == _REVIEWS:
            return f"/apis/authorization.k8s.io/v1/{kind}"
        path = f"{_GROUPS.get(kind, '/api/v1')}/namespaces/{self.namespace}/{kind}"
        return "/".join(filter(None, [path, name, sub]))

    @property
    def host(self) -> str:
        return str(self.client.configuration.host)

    def _object(self, method: str, call: Call, body: Any = None) -> Object:
        found: Object = self._json(method, call, body=body)
        return found

    def _json(self, method: str, call: Call, query: Mapping[str, str] | None = None, body: Any = None) -> Any:
        def once() -> Any:
            response = self._send(method, call, query=query, body=body)
            with self._reaching():
                return json.loads(response.data)

        return _repeated(once)

    def _send(
        self,
        method: str,
        call: Call,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        read: float | None = _READ,
    ) -> "HTTPResponse":
        client = self.client
        with self._reaching():
            request = client.param_serialize(
                method,
                self.url(call.resource, "" if call.verb in {"list", "create"} else call.name),
                query_params=list((query or {}).items()),
                header_params={
                    "Accept": "application/json, */*",
                    "Content-Type": _JSON_PATCH if method == "PATCH" else "application/json",
                },
                body=body,
                auth_settings=["BearerToken"],
            )
            response: HTTPResponse = client.call_api(*request, _request_timeout=(_CONNECT, read)).response
            if not 200 <= response.status <= 299:
                raise refusal(call, response.status, response.data)
        return response

    @contextmanager
    def _reaching(self) -> Iterator[None]:
        from kubernetes.client import ApiException  # noqa: PLC0415 - optional, and loaded by now
        from urllib3.exceptions import HTTPError  # noqa: PLC0415

        try:
            yield
        except (HTTPError, OSError, ApiException) as error:
            reason = str(getattr(error, "reason", None) or error).partition("\n")[0]
            raise KubernetesError(f"The Kubernetes API at {self.host} does not answer: {reason}.") from error
        except ValueError as error:
            raise KubernetesError(f"{self.host} does not answer as the Kubernetes API does.", 200) from error


def _repeated(once: Callable[[], _T]) -> _T:
    """Again where no answer came, and where the answer was to try later."""
    for pause in _PAUSES:
        try:
            return once()
        except KubernetesError as error:
            if error.status is not None and error.status != 429 and error.status < 500:
                raise
        time.sleep(pause)
    return once()
