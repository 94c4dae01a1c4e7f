"""Log: a container's log, written to a file while it grows, because Kubernetes keeps only the newest part of it."""

import tempfile
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from types import TracebackType
from typing import IO, TYPE_CHECKING, Final, Self

import structlog

from workers.core.errors import RegcleanError
from workers.gc.kube.cluster import Cluster

if TYPE_CHECKING:
    from urllib3 import HTTPResponse

_PIECE: Final = 64 * 1024
_LAST_WORDS: Final = 20.0
"""Seconds for the rest of a log to arrive once its container has ended."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True, kw_only=True)
class Log:
    """Follows one container's log in a thread of its own; a context manager that gives its file back at the end."""

    cluster: Cluster
    container: str
    output: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    _thread: threading.Thread | None = None
    _response: "HTTPResponse | None" = None
    _left: bool = False

    def follow(self, pod: str) -> None:
        """Begin, unless it has begun."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._keep, args=(pod,), daemon=True, name="collector-log")
            self._thread.start()

    def finish(self, pod: str) -> None:
        """Wait for the rest of it, of a container that has ended; raises KubernetesError when it cannot be had."""
        self.follow(pod)
        if self._thread:
            self._thread.join(_LAST_WORDS)
        self._stop()

    def read_again(self, pod: str) -> None:
        """All of it that Kubernetes still has, in place of what was followed; raises KubernetesError."""
        self._stop()
        self.output.seek(0)
        self.output.truncate()
        with self.cluster.log(pod, self.container, follow=False) as response:
            for piece in response.stream(_PIECE):
                self.output.write(piece)

    def _keep(self, pod: str) -> None:
        try:
            self._response = self.cluster.log(pod, self.container, follow=True)
            for piece in self._response.stream(_PIECE):
                if self._left:
                    break
                self.output.write(piece)
        # The report says whether it is whole; if not, the log is read again.
        except (RegcleanError, OSError, ValueError, _http_error()) as error:
            _log.info("gc.log_broke_off", pod=pod, error=str(error))
        finally:
            if self._left:
                self.output.close()

    def _stop(self) -> None:
        thread, response = self._thread, self._response
        if thread and thread.is_alive() and response:
            with suppress(OSError, ValueError):
                response.shutdown()
            thread.join(_LAST_WORDS)
        if response:
            response.close()
        self._response = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._stop()
        # A log without any line has no answer yet, so nothing can be broken off: then the thread clears up.
        self._left = True
        if self._thread is None or not self._thread.is_alive():
            self.output.close()


def _http_error() -> type[Exception]:
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - optional, and loaded by now

    return HTTPError
