"""A strict stand-in for the Kubernetes API server: what the runner and a node need of it, and nothing else works."""

import asyncio
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import kubernetes_validate
from aiohttp import ClientError, ClientSession, ClientTimeout, WSMsgType, web

from tests.kube import patches, roles
from tests.kube.objects import KINDS, SCHEMAS, Object, Objects, Refused
from tests.kube.selecting import selects

GROUPS: Final = {"deployments": "apps", "statefulsets": "apps", "jobs": "batch", "pods": ""}
_QUERIES: Final = {
    "list": {"labelSelector"},
    "pods/log": {"container", "follow"},
    "pods/exec": {"container", "stdout", "stderr", "command"},
}
_PATCHES: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "application/json-patch+json": patches.patched,
    "application/merge-patch+json": patches.merged,
}
_REVIEWS: Final = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_PROTOCOLS: Final = ("v5.channel.k8s.io", "v4.channel.k8s.io")


@dataclass(slots=True)
class ApiServer:
    """`users` are rules by bearer token. `node` is where pods' logs and sessions are had: a node's own address."""

    namespace: str
    users: dict[str, Sequence[Mapping[str, Any]]]
    objects: Objects = field(default_factory=Objects)
    node: str = ""
    refusing: dict[tuple[str, str], int] = field(default_factory=dict)
    """A status by verb and resource: answered instead, until taken out."""
    interfering: dict[tuple[str, str], Callable[[], object]] = field(default_factory=dict)
    """What somebody else does just before such a call of regclean's, once."""
    seen: list[roles.Attempt] = field(default_factory=list)
    protocols: Sequence[str] = _PROTOCOLS
    url: str = ""
    _sessions: list[asyncio.Transport] = field(default_factory=list)
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        started = threading.Event()

        async def serve() -> None:
            app = web.Application()
            app.router.add_route("*", "/{path:.*}", self._answer)
            runner = web.AppRunner(app, shutdown_timeout=0.1)
            await runner.setup()
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            self.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            self._stop = asyncio.Event()
            started.set()
            await self._stop.wait()
            await runner.cleanup()
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for each in left:
                each.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            await asyncio.sleep(0.05)  # in which what they closed is let go of

        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(serve()), name="api-server")
        self._thread.start()
        started.wait(10)

    _stop: asyncio.Event = field(default_factory=asyncio.Event)

    def cut_sessions(self) -> None:
        """Break every session, as a server that restarts does; what runs inside the pods goes on."""

        def cut() -> None:
            for each in self._sessions:
                each.abort()

        self._loop.call_soon_threadsafe(cut)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread:
            self._thread.join(10)
        self._loop.close()

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        try:
            return await self._dispatch(request)
        except Refused as refused:
            body = {
                "kind": "Status",
                "apiVersion": "v1",
                "status": "Failure",
                "message": str(refused),
                "reason": refused.reason,
                "code": refused.status,
            }
            return web.json_response(body, status=refused.status)

    async def _dispatch(self, request: web.Request) -> web.StreamResponse:
        if (request.method, request.path) == ("POST", _REVIEWS):
            return web.json_response(self._reviewed(request, await request.json()), status=201)
        resource, name, sub = self._place(request.path)
        attempt = self._attempt(request, resource, name, sub)
        self._admit(request, attempt)
        if unknown := set(request.query) - _QUERIES.get(attempt.resource, _QUERIES.get(attempt.verb, set())):
            raise Refused(400, "BadRequest", f"unknown query parameters {unknown}")
        if attempt.resource == "pods/exec":
            return await self._exec(request, name)
        if attempt.resource == "pods/log":
            return await self._log(request, name)
        body = await request.json() if request.can_read_body else None
        return web.json_response(self._done(request, attempt, body), status=201 if request.method == "POST" else 200)

    def _reviewed(self, request: web.Request, body: Any) -> Object:
        """Everybody may ask what they may do."""
        rules = self.users.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if rules is None:
            raise Refused(401, "Unauthorized", "Unauthorized")
        kubernetes_validate.validate({**body, "status": {"allowed": False}}, SCHEMAS, strict=True)
        asked = body["spec"]["resourceAttributes"]
        assert asked["namespace"] == self.namespace
        full = "/".join(filter(None, [asked["resource"], asked["subresource"]]))
        attempt = roles.Attempt(verb=asked["verb"], group=asked["group"], resource=full, name=asked["name"])
        return {**body, "status": {"allowed": roles.allows(rules, attempt)}}

    def _place(self, path: str) -> tuple[str, str, str]:
        for resource, group in GROUPS.items():
            prefix = f"/apis/{group}/v1" if group else "/api/v1"
            base = f"{prefix}/namespaces/{self.namespace}/{resource}"
            if path == base or path.startswith(f"{base}/"):
                name, _, sub = path.removeprefix(base).lstrip("/").partition("/")
                return resource, name, sub
        raise Refused(404, "NotFound", f"the server could not find the requested resource {path}")

    def _attempt(self, request: web.Request, resource: str, name: str, sub: str) -> roles.Attempt:
        verbs = {"GET": "get" if name else "list", "POST": "create", "PATCH": "patch", "DELETE": "delete"}
        if request.method not in verbs:
            raise Refused(405, "MethodNotAllowed", "the server does not allow this method")
        full = f"{resource}/{sub}" if sub else resource
        # A name in the path only: what is created is named in the body, which RBAC does not look at.
        return roles.Attempt(verb=verbs[request.method], group=GROUPS[resource], resource=full, name=name)

    def _admit(self, request: web.Request, attempt: roles.Attempt) -> None:
        token = request.headers.get("Authorization", "").removeprefix("Bearer ")
        if token not in self.users:
            raise Refused(401, "Unauthorized", "Unauthorized")
        if self.users[token] is not roles.ANYTHING:
            self.seen.append(attempt)
            self.interfering.pop((attempt.verb, attempt.resource), _nothing)()
            if status := self.refusing.get((attempt.verb, attempt.resource)):
                raise Refused(status, "InternalError", "it was told to")
        # Since Kubernetes 1.35 a session must be one that may be created, also where it is opened by GET.
        more = [replace(attempt, verb="create")] if attempt.resource == "pods/exec" else []
        if not all(roles.allows(self.users[token], each) for each in (attempt, *more)):
            who = 'User "system:serviceaccount:regclean:collector"'
            message = f'{attempt.resource} is forbidden: {who} {attempt} in the namespace "{self.namespace}"'
            raise Refused(403, "Forbidden", message)

    def _done(self, request: web.Request, attempt: roles.Attempt, body: Any) -> Any:
        resource, _, sub = attempt.resource.partition("/")
        match attempt.verb:
            case "get":
                return self.objects.get(resource, attempt.name)
            case "list":
                return self._listed(resource, request.query.get("labelSelector", ""))
            case "create":
                return self._created(resource, attempt.name, sub, body)
            case "patch":
                return self._patched(request, attempt, body)
            case _:
                return self._deleted(resource, attempt.name, body or {})

    def _listed(self, resource: str, selector: str) -> Object:
        try:
            chosen = selects(selector)
        except ValueError as error:
            raise Refused(400, "BadRequest", str(error)) from error
        items = [each for each in self.objects.all(resource) if chosen(each["metadata"].get("labels") or {})]
        version, kind = KINDS[resource]
        return {"apiVersion": version, "kind": f"{kind}List", "metadata": {}, "items": items}

    def _created(self, resource: str, name: str, sub: str, body: Any) -> Object:
        if (resource, sub) == ("pods", "binding"):
            node = body["target"]["name"]
            return self.objects.change(
                "pods", name, lambda pod: {**pod, "spec": {**pod["spec"], "nodeName": node}}, status=False
            )
        if sub:
            raise Refused(404, "NotFound", f"there is no {resource}/{sub}")
        return self.objects.create(resource, body, self.namespace)

    def _patched(self, request: web.Request, attempt: roles.Attempt, body: Any) -> Object:
        apply = _PATCHES.get(request.content_type)
        if apply is None:
            raise Refused(415, "UnsupportedMediaType", request.content_type)
        resource, _, sub = attempt.resource.partition("/")
        if sub not in {"", "status"}:
            raise Refused(404, "NotFound", f"there is no {attempt.resource}")
        try:
            return self.objects.change(resource, attempt.name, lambda old: apply(old, body), status=sub == "status")
        except patches.PatchError as error:
            raise Refused(422, "Invalid", str(error)) from error

    def _deleted(self, resource: str, name: str, options: Mapping[str, Any]) -> Object:
        if unknown := options.keys() - {
            "preconditions", "propagationPolicy", "gracePeriodSeconds", "kind", "apiVersion",
        }:  # fmt: skip
            raise Refused(400, "BadRequest", f"unknown delete options {unknown}")
        found = self.objects.get(resource, name)
        if options.get("preconditions", {}).get("uid", found["metadata"]["uid"]) != found["metadata"]["uid"]:
            raise Refused(409, "Conflict", "the UID in the precondition does not match")
        if resource == "pods":
            grace = options.get("gracePeriodSeconds", found["spec"].get("terminationGracePeriodSeconds", 30))
            if grace and found["spec"].get("nodeName"):
                return self.objects.mark_deleted(resource, name, grace)
        elif options.get("propagationPolicy", "Background") == "Foreground":
            return self.objects.mark_deleted(resource, name, 0)
        self.objects.remove(resource, name)
        return found

    async def _log(self, request: web.Request, name: str) -> web.StreamResponse:
        pod = self.objects.get("pods", name)
        container = request.query["container"]
        if not any(each["name"] == container for each in pod["status"].get("containerStatuses", ())):
            raise Refused(400, "BadRequest", f'container "{container}" in pod "{name}" is waiting to start')
        url = f"{self.node}/containerLogs/{self.namespace}/{name}/{container}"
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        async with (
            ClientSession(timeout=ClientTimeout(total=None)) as session,
            session.get(url, params={"follow": request.query.get("follow", "false")}, ssl=_trusting()) as upstream,
        ):
            await response.prepare(request)
            async for piece in upstream.content.iter_any():
                await response.write(piece)
        await response.write_eof()
        return response

    async def _exec(self, request: web.Request, name: str) -> web.StreamResponse:
        self.objects.get("pods", name)
        offered = [each.strip() for each in request.headers.get("Sec-WebSocket-Protocol", "").split(",")]
        common = [each for each in self.protocols if each in offered]
        if not common:
            raise Refused(400, "BadRequest", "no common subprotocol")
        socket = web.WebSocketResponse(protocols=common[:1])
        url = f"{self.node}/exec/{self.namespace}/{name}/{request.query['container']}"
        command = [("command", word) for word in request.query.getall("command")]
        async with (
            ClientSession(timeout=ClientTimeout(total=None)) as session,
            session.ws_connect(url, params=command, protocols=common[:1], ssl=_trusting()) as upstream,
        ):
            await socket.prepare(request)
            if request.transport:
                self._sessions.append(request.transport)
            reading = asyncio.ensure_future(_until_closed(socket))
            try:
                async for message in upstream:
                    if message.type is WSMsgType.BINARY:
                        await socket.send_bytes(message.data)
            except (ConnectionError, ClientError):
                pass
            finally:
                reading.cancel()
                await socket.close()
        return socket


async def _until_closed(socket: web.WebSocketResponse) -> None:
    async for _ in socket:
        pass


def _nothing() -> None:
    pass


def _trusting() -> ssl.SSLContext:
    """Node certificates are not verified by default, by a real API server either."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
