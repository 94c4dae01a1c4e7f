"""`python -m demo`: the whole of regclean in a browser, with a workspace and two registries of this machine."""

import argparse
import signal
import sys
import tempfile
import threading
from pathlib import Path

from demo.parts.errors import PartError
from demo.world import WorldSettings, world

_HELP = """
  Open it, and as Rita type:      /regclean ls
  then:                           /regclean rm sample/library/busybox:1.36.1 sample/demo/nginx:1.26
  Switch to Ada at the top, and approve. Ctrl-C here ends everything.
"""


def main() -> int:
    """Run until Ctrl-C; 0, or 1 when something could not start."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--port", type=int, default=8642, help="the page's port; 0 takes a free one")
    parser.add_argument("--mode", choices=("socket", "http"), default="socket", help="how the bot listens to Slack")
    parser.add_argument("--registry", default="", help="2.8.2 or 3.1.1; by default the one this machine has")
    chosen = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # ends everything just as Ctrl-C does, at any moment
    settings = WorldSettings(port=chosen.port, mode=chosen.mode, version=chosen.registry)
    try:
        with tempfile.TemporaryDirectory(prefix="regclean-demo-") as folder, world(Path(folder), settings) as running:
            sys.stdout.write(f"ready: {running.workspace.url}\n{_HELP}")
            sys.stdout.flush()
            threading.Event().wait()
    except KeyboardInterrupt:
        return 0
    except (PartError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
