"""A node: runs the pods of an API server as real processes, answers for their logs and sessions, and lets traffic in.

It speaks to the API server over HTTP like a kubelet and a scheduler, so that any API server will do.
"""

import asyncio
import json
import random
import ssl
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx
from aiohttp import web

from demo.parts.registry_config import TlsFiles
from tests.kube.container import Image
from tests.kube.objects import Object
from tests.kube.pod import Pod

_TICK: Final = 0.05
NAME: Final = "node-1"
_STDOUT, _STDERR, _STATUS = 1, 2, 3


@dataclass(slots=True, kw_only=True)
class Node:
    """`selector` chooses the pods that a Service would: they get what comes to `service`, a URL that never changes."""

    api: httpx.Client
    namespace: str
    folder: Path
    tls: TlsFiles
    images: dict[str, Image]
    selector: tuple[str, str]
    pods: dict[str, Pod] = field(default_factory=dict)
    frozen: bool = False
    """Whether it is as good as dead: it does nothing any more that the API server asks of it."""
    cutting: int = 0
    """How many logs break off in the middle."""
    url: str = ""
    service: str = ""
    errors: list[BaseException] = field(default_factory=list)
    unfenced: list[str] = field(default_factory=list)
    """When a collector ran although some pod could have taken a push: what must never be."""
    _loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    _stop: asyncio.Event = field(default_factory=asyncio.Event)
    _thread: threading.Thread | None = None
    _told: dict[str, Object] = field(default_factory=dict)
    _ending: dict[str, asyncio.Task[None]] = field(default_factory=dict)

    @property
    def claims(self) -> Path:
        return self.folder / "claims"

    def start(self) -> None:
        started = threading.Event()
        self._thread = threading.Thread(
            target=lambda: self._loop.run_until_complete(self._serve(started)), name="node", daemon=True
        )
        self._thread.start()
        assert started.wait(30)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        if self._thread:
            self._thread.join(30)
        self._loop.close()
        if self.errors:
            raise self.errors[0]

    async def _serve(self, started: threading.Event) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.tls.certificate, self.tls.key)
        app = web.Application()
        app.router.add_get("/containerLogs/{ns}/{pod}/{container}", self._log)
        app.router.add_route("*", "/exec/{ns}/{pod}/{container}", self._exec)
        runner = web.AppRunner(app, shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
        self.url = f"https://127.0.0.1:{runner.addresses[0][1]}"
        door = await asyncio.start_server(self._let_in, "127.0.0.1", 0)
        self.service = f"http://127.0.0.1:{door.sockets[0].getsockname()[1]}"
        started.set()
        try:
            await self._run()
        finally:
            door.close()
            for pod in self.pods.values():
                pod.manifest["spec"]["terminationGracePeriodSeconds"] = 1
                await pod.end()
            await runner.cleanup()
            left = asyncio.all_tasks() - {asyncio.current_task()}
            for each in left:
                each.cancel()
            await asyncio.gather(*left, return_exceptions=True)
            await asyncio.sleep(_TICK)  # in which what they closed is let go of

    async def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._look_out()
                if not self.frozen:
                    await self._round()
            except httpx.TransportError:
                pass  # the API server is away, as it may be
            except BaseException as error:
                self.errors.append(error)
                raise
            await asyncio.sleep(_TICK)
        await asyncio.gather(*self._ending.values())

    async def _round(self) -> None:
        found = await self._call("GET", "")
        known = {pod["metadata"]["name"]: pod for pod in found["items"]}
        for name, manifest in known.items():
            if "nodeName" not in manifest["spec"]:
                await self._schedule(name, manifest)
            elif manifest.get("status", {}).get("phase") not in {"Succeeded", "Failed"} or name in self.pods:
                await self._care(name, manifest)
        for name in set(self.pods) - set(known):
            await self.pods.pop(name).end()

    def _look_out(self) -> None:
        collecting = [pod.name for pod in self.pods.values() if pod.collects]
        writable = [pod.name for pod in self.pods.values() if pod.takes_writes]
        if collecting and writable:
            self.unfenced.append(f"{collecting} collected while {writable} took writes")

    async def _schedule(self, name: str, manifest: Object) -> None:
        if _wanted_node(manifest) in {None, NAME}:
            target = {"apiVersion": "v1", "kind": "Node", "name": NAME}
            body = {"apiVersion": "v1", "kind": "Binding", "metadata": {"name": name}, "target": target}
            await self._call("POST", f"/{name}/binding", body)
        else:
            reason = {"reason": "Unschedulable", "message": "0/1 nodes are available"}
            await self._tell(
                name,
                {
                    "phase": "Pending",
                    "conditions": [{"type": "PodScheduled", "status": "False", **reason}],
                },
            )

    async def _care(self, name: str, manifest: Object) -> None:
        uid = manifest["metadata"]["uid"]
        pod = self.pods.get(name)
        if pod is None or pod.manifest["metadata"]["uid"] != uid:
            if pod:
                await pod.end()
            pod = self.pods[name] = Pod(
                manifest=manifest, images=self.images, claims=self.claims, folder=self.folder / "pods" / uid
            )
        pod.manifest = manifest
        if pod.leaving:
            if name not in self._ending:
                self._ending[name] = asyncio.ensure_future(self._end(name, pod))
            return
        await pod.step()
        await self._tell(name, pod.status())

    async def _end(self, name: str, pod: Pod) -> None:
        await pod.end()
        uid = pod.manifest["metadata"]["uid"]
        body = {"apiVersion": "v1", "kind": "DeleteOptions", "gracePeriodSeconds": 0, "preconditions": {"uid": uid}}
        await self._call("DELETE", f"/{name}", body)
        self.pods.pop(name, None)
        self._told.pop(name, None)
        self._ending.pop(name, None)

    async def _tell(self, name: str, status: Object) -> None:
        spoken = json.loads(json.dumps(status))
        for each in spoken.get("containerStatuses", ()):
            each["state"].get("running", {}).pop("startedAt", None)
        if self._told.get(name) != spoken:
            await self._call("PATCH", f"/{name}/status", {"status": status})
            self._told[name] = spoken

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        kind = "application/merge-patch+json" if method == "PATCH" else "application/json"

        def send() -> httpx.Response:
            return self.api.request(
                method, f"/api/v1/namespaces/{self.namespace}/pods{path}", json=body, headers={"Content-Type": kind}
            )

        response = await asyncio.to_thread(send)
        if response.status_code not in {200, 201, 404, 409}:
            raise AssertionError(f"{method} {path}: {response.status_code} {response.text}")
        return response.json()

    async def _log(self, request: web.Request) -> web.StreamResponse:
        pod = self.pods[request.match_info["pod"]]
        follow = request.query.get("follow") == "true"
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        with (pod.folder / "log").open("rb") as log:
            while True:
                over = not follow or (pod.container is not None and pod.container.code is not None)
                while piece := log.read(64 * 1024):
                    if self.cutting:
                        self.cutting -= 1
                        await response.write(piece[: len(piece) // 2])
                        assert request.transport
                        request.transport.abort()
                        return response
                    await response.write(piece)
                if over:
                    break
                await asyncio.sleep(0.05)
        await response.write_eof()
        return response

    async def _exec(self, request: web.Request) -> web.StreamResponse:
        pod = self.pods[request.match_info["pod"]]
        socket = web.WebSocketResponse(protocols=("v5.channel.k8s.io", "v4.channel.k8s.io"))
        await socket.prepare(request)
        assert pod.container is not None
        try:
            process = await pod.container.execute(request.query.getall("command"))
        except OSError as error:
            status: Mapping[str, Any] = {"status": "Failure", "reason": "InternalError", "message": str(error)}
        else:
            await asyncio.gather(
                *(
                    _pump(stream, socket, channel)
                    for stream, channel in ((process.stdout, _STDOUT), (process.stderr, _STDERR))
                )
            )
            status = _status(await process.wait())
        if not socket.closed:
            await socket.send_bytes(bytes([_STATUS]) + json.dumps(status).encode())
            await socket.close()
        return socket

    async def _let_in(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ready = [
            pod.container
            for pod in self.pods.values()
            if pod.serves and pod.container and self.selector in pod.manifest["metadata"].get("labels", {}).items()
        ]
        try:
            if not ready:
                return
            inside, outside = await asyncio.open_connection("127.0.0.1", random.choice(ready).port)
            await asyncio.gather(_copy(reader, outside), _copy(inside, writer))
        except OSError:
            pass
        finally:
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while piece := await reader.read(64 * 1024):
            writer.write(piece)
            await writer.drain()
    finally:
        writer.close()


async def _pump(stream: asyncio.StreamReader | None, socket: web.WebSocketResponse, channel: int) -> None:
    """What is read after the other end has gone is thrown away: the process goes on."""
    while stream and (piece := await stream.read(16 * 1024)):
        if not socket.closed:
            try:
                await socket.send_bytes(bytes([channel]) + piece)
            except ConnectionError:
                continue


def _status(code: int) -> Mapping[str, Any]:
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    cause = {"reason": "ExitCode", "message": str(code if code > 0 else 128 - code)}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [cause]},
    }


def _wanted_node(manifest: Object) -> str | None:
    """The node that its affinity names, if it names one."""
    required = (
        manifest["spec"].get("affinity", {}).get("nodeAffinity", {}).get(
            "requiredDuringSchedulingIgnoredDuringExecution", {}
        )
    )  # fmt: skip
    for term in required.get("nodeSelectorTerms", ()):
        for field_ in term.get("matchFields", ()):
            return str(field_["values"][0])
    return None
