"""Session: one command inside a container, over the API's exec: what it prints, and how it ends."""

import json
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, Any, Final, Self

from workers.core.errors import CollectorError
from workers.gc.kube.cluster import Cluster
from workers.gc.kube.errors import Call, KubernetesError, refusal

_STDOUT: Final = 1
_STDERR: Final = 2
_STATUS: Final = 3
_WRITTEN: Final = "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """What is to be run, and where."""

    pod: str
    container: str
    command: Sequence[str]


@dataclass(slots=True, kw_only=True)
class Session:
    """`client` is the official client's WSClient: channels v4 and v5 of the remote command protocol."""

    client: Any
    output: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    complaints: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    _ended: int | None = None

    @classmethod
    def open(cls, cluster: Cluster, spoken: Spoken) -> Self:
        """Start it; raises KubernetesError."""
        from kubernetes.client import ApiException  # noqa: PLC0415 - optional, and loaded by now
        from kubernetes.stream.ws_client import websocket_call  # noqa: PLC0415

        call = Call(verb="get", resource="pods/exec", name=spoken.pod, namespace=cluster.namespace)
        query = [
            ("container", spoken.container),
            ("stdout", _WRITTEN),
            ("stderr", _WRITTEN),
            *(("command", word) for word in spoken.command),
        ]
        where = cluster.url(call.resource, call.name)
        _, url, headers, *_ = cluster.client.param_serialize(
            "GET", where, query_params=query, auth_settings=["BearerToken"]
        )
        try:
            client = websocket_call(
                cluster.client.configuration,
                "GET",
                url,
                headers=headers,
                _preload_content=False,
                capture_all=False,
                binary=True,
            )
        except ApiException as error:
            # The client turns every failure into this class; the handshake's own has what was answered.
            handshake = error.__context__
            status = getattr(handshake, "status_code", None)
            if status is None:
                raise KubernetesError(f"The Kubernetes API at {cluster.host} does not answer: {handshake}.") from error
            raise refusal(call, int(status), getattr(handshake, "resp_body", None) or b"") from error
        return cls(client=client)

    def code(self, seconds: float) -> int | None:
        """Its exit code, or None when it has not ended within that time; raises CollectorError when that is unknown."""
        if self._ended is None:
            self._take(seconds)
            if not self.client.is_open():
                # Looking for one channel's words may have brought others', up to the last.
                self._take(0)
                self._ended = _exit_code(self.client.read_channel(_STATUS))
        return self._ended

    def _take(self, seconds: float) -> None:
        try:
            self.client.update(timeout=seconds)
        # The connection's library has many names for “it broke”; what follows is the same for all.
        except Exception as error:
            raise CollectorError(f"The connection to the collector broke, so it may still run: {error}.") from error
        for channel, file in ((_STDOUT, self.output), (_STDERR, self.complaints)):
            file.write(self.client.read_channel(channel) or b"")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.client.close()
        # What the other end closed is not let go of by that.
        self.client.sock.shutdown()
        self.output.close()
        self.complaints.close()


def _exit_code(status: bytes) -> int:
    """From the Status object that ends a session (remote command protocol, error channel)."""
    try:
        said = json.loads(status)
        if said["status"] == "Success":
            return 0
        causes = said.get("details", {}).get("causes", ())
        codes = [int(cause["message"]) for cause in causes if cause.get("reason") == "ExitCode"]
    except (ValueError, TypeError, KeyError) as error:
        raise CollectorError("The connection ended before the collector did, so it may still run.") from error
    if codes:
        return codes[0]
    raise CollectorError(f"The collector could not be started in its pod: {said.get('message')}.")
