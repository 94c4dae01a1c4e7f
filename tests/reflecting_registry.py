"""A registry that takes a login, fails inside, and says back everything it was told, as somebody may debug one."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass(slots=True)
class ReflectingRegistry:
    """`logins` are the Authorization headers that arrived."""

    url: str = ""
    logins: list[str] = field(default_factory=list)


@contextmanager
def reflecting_registry() -> Iterator[ReflectingRegistry]:
    """At work on a free port of this machine while the block runs."""
    registry = ReflectingRegistry()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            login = self.headers.get("Authorization", "")
            told = json.dumps(
                {"errors": [{"code": "UNKNOWN", "message": f"{self.path} {login} {self.headers}"}]}
            ).encode()
            self.send_response(500 if login else 401)
            self.send_header("WWW-Authenticate", 'Basic realm="reflecting"')
            self.send_header("X-Debug", login)
            self.send_header("Content-Length", str(len(told)))
            self.end_headers()
            self.wfile.write(told)
            if login:
                registry.logins.append(login)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = answer  # noqa: N815 - as http.server wants them

        def log_message(self, *_: object) -> None:
            """The test's output is no place for it."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    registry.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, name="reflecting", daemon=True)
    thread.start()
    try:
        yield registry
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
