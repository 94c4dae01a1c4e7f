"""A TCP proxy that cuts the line to Redis before a command arrives, or before its answer comes back."""

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Final, Self

_CHUNK: Final = 65_536


class CuttingProxy:
    """Stands on a free port of the loopback interface in front of `host:port`; made to be used in `with`."""

    def __init__(self, host: str, port: int) -> None:
        self._upstream = (host, port)
        self._lock = threading.Lock()
        self._lose_answer_to: list[bytes] = []
        self._lose: list[bytes] = []
        self.cuts = 0
        proxy = self

        class Line(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                proxy._carry(self.request)

        self._server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Line)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self._server.server_address[1]}/0"

    def lose_answer_to(self, command: str, times: int = 1) -> None:
        """Let the next such commands be carried out, and nobody be told."""
        self._lose_answer_to += [_spelt(command)] * times

    def lose(self, command: str, times: int = 1) -> None:
        """Let the next such commands never arrive."""
        self._lose += [_spelt(command)] * times

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True, name="proxy").start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def _carry(self, client: socket.socket) -> None:
        with socket.create_connection(self._upstream) as upstream, _closing(client, upstream):
            deaf = threading.Event()
            back = threading.Thread(target=self._carry_back, args=(upstream, client, deaf), daemon=True)
            back.start()
            with suppress(OSError):
                while data := client.recv(_CHUNK):
                    if self._takes(self._lose, data):
                        break
                    if self._takes(self._lose_answer_to, data):
                        deaf.set()
                    upstream.sendall(data)
            if not deaf.is_set():
                _shut(upstream)
            back.join()

    def _carry_back(self, upstream: socket.socket, client: socket.socket, deaf: threading.Event) -> None:
        with suppress(OSError):
            while data := upstream.recv(_CHUNK):
                if deaf.is_set():
                    break
                client.sendall(data)
        _shut(client)

    def _takes(self, commands: list[bytes], data: bytes) -> bool:
        with self._lock:
            found = next((command for command in commands if command in data), None)
            if found is None:
                return False
            commands.remove(found)
            self.cuts += 1
            return True


def _spelt(command: str) -> bytes:
    """The command as it stands in Redis' protocol."""
    return f"\r\n${len(command)}\r\n{command}\r\n".encode()


def _shut(line: socket.socket) -> None:
    with suppress(OSError):
        line.shutdown(socket.SHUT_RDWR)


@contextmanager
def _closing(*lines: socket.socket) -> Iterator[None]:
    try:
        yield
    finally:
        for line in lines:
            _shut(line)
