"""A registry's collector that takes its time: `python collector.py FOLDER SECONDS [stubborn]`.

It counts as collecting from its start, waits, and then becomes the real one. A stubborn one does not heed SIGTERM.
"""

import os
import signal
import sys
import time
from pathlib import Path

from demo.parts.collector import hold_as_collector
from demo.parts.registry import PROGRAM_NAME
from demo.parts.registry_config import CONFIG_NAME

if __name__ == "__main__":
    folder = Path(sys.argv[1])
    if "stubborn" in sys.argv:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    hold_as_collector(folder)
    time.sleep(float(sys.argv[2]))
    os.execv(folder / PROGRAM_NAME, [PROGRAM_NAME, "garbage-collect", str(folder / CONFIG_NAME)])
