"""`python -m demo.workspace`: a workspace by itself, for an app that is started elsewhere."""

import argparse
import asyncio
import signal
import sys

from demo.workspace.server import WorkspaceServer
from demo.workspace.settings import WorkspaceSettings


def read_settings(words: list[str]) -> WorkspaceSettings:
    parser = argparse.ArgumentParser(prog="python -m demo.workspace", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0, the default, takes a free one")
    parser.add_argument("--mode", choices=("socket", "http"), default="socket")
    parser.add_argument("--request-url", default="", help="where the app listens, in http mode")
    chosen = parser.parse_args(words)
    if chosen.mode == "http" and not chosen.request_url:
        parser.error("http mode needs --request-url, the address at which the app listens")
    return WorkspaceSettings(port=chosen.port, mode=chosen.mode, request_url=chosen.request_url)


async def serve(settings: WorkspaceSettings) -> None:
    """Serve until interrupted or terminated; `ready: URL` on standard output says when, and where."""
    server = WorkspaceServer(settings)
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    url = await server.start()
    sys.stdout.write(f"ready: {url}\n")
    sys.stdout.flush()
    await stopped.wait()
    await server.stop()


if __name__ == "__main__":
    asyncio.run(serve(read_settings(sys.argv[1:])))
