"""Stopping: a flag that is read between steps, set when this process was asked to end soon."""

import signal
import threading
from typing import Final

STOP_SOON: Final = signal.SIGUSR1
"""What a worker sends its horse when it is told to stop: the step in hand ends, and the next one does not start."""

_flag: Final = threading.Event()


def stopping() -> bool:
    return _flag.is_set()


def stop_soon(*_: object) -> None:
    """A signal handler, too."""
    _flag.set()


def listen() -> None:
    """Handle STOP_SOON in this process; to be called in its main thread."""
    _flag.clear()
    signal.signal(STOP_SOON, stop_soon)
