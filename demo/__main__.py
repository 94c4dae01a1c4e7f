"""`python -m demo`: the whole of regclean in a browser, with a workspace and two registries of this machine."""

import argparse
import errno
import signal
import sys
import tempfile
import threading
from pathlib import Path

from demo.parts.errors import PartError, PartStartError
from demo.world import WorldSettings, world

_FOREVER = threading.Event()
_GLANCE = 0.3
_HELP = """
  Open it, and as Rita type:      /regclean ls
  then:                           /regclean rm sample/library/busybox:1.36.1 sample/demo/nginx:1.26
  Switch to Ada at the top, and approve. Ctrl-C here ends everything.
  What regclean logs meanwhile:   {log}
"""


def main() -> int:
    """Run until Ctrl-C; 0, or 1 when something could not start."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8642, help="the page's port; 0 takes a free one")
    parser.add_argument("--mode", choices=("socket", "http"), default="socket", help="how the bot listens to Slack")
    parser.add_argument("--registry", default="", help="2.8.2 or 3.1.1; by default the one this machine has")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends everything just as Ctrl-C does, at any moment
    try:
        with tempfile.TemporaryDirectory(prefix="regclean-demo-") as folder:
            _run(Path(folder), chosen)
    except KeyboardInterrupt:
        return 0
    except (PartError, OSError) as error:
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        said = (
            f"Port {chosen.port} is taken; choose another one: .venv/bin/python -m demo --port 0"
            if taken
            else str(error)
        )
        sys.stderr.write(f"{said}\n")
        return 1
    return 0


def _run(folder: Path, chosen: argparse.Namespace) -> None:
    """Until Ctrl-C; when regclean does not start, what it said on the way."""
    log = folder / "regclean.log"
    settings = WorldSettings(port=chosen.port, mode=chosen.mode, version=chosen.registry, log=log)
    try:
        with world(folder, settings) as running:
            sys.stdout.write(f"ready: {running.workspace.url}\n{_HELP.format(log=log)}")
            sys.stdout.flush()
            # A signal in the moment before a wait without end would not wake it.
            while not _FOREVER.wait(_GLANCE):
                pass
    except PartStartError:
        sys.stderr.write(log.read_text() if log.exists() else "")
        raise


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:  # in the moment before or after everything that has to be ended
        sys.exit(0)
