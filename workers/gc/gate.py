"""The gate before a collector: run as a program of its own, it waits for a word and then becomes what it was told to.

`python gate.py WORKER PROGRAM ARGUMENT...` reads one byte from standard input. While it waits, its process id and start
time are written down; both stay the same when it becomes the collector. If its worker (a process id) dies first, or
could not write them down, the end of input comes instead of the byte and nothing begins that nobody would find again.

It also asks Linux to send SIGTERM when the worker dies, more exactly the thread that started it (prctl(2)): a collector
nobody reads should end. That is a courtesy and not a proof, because what the collector starts does not inherit it.
"""

import ctypes
import os
import signal
import sys
from typing import Final

CLOSED: Final = 75
NOT_STARTED: Final = 127
_PR_SET_PDEATHSIG: Final = 1


def main(worker: int, arguments: list[str]) -> int:
    """Become the program; returns only when the gate stayed closed or the program cannot be started."""
    _take_signals()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    # A worker that died before the line above sends no signal, but may have sent the byte.
    if not os.read(0, 1) or os.getppid() != worker:
        return CLOSED
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    try:
        os.execvp(arguments[0], arguments)  # noqa: S606 - the argument list is the operator's, and no shell reads it
    except OSError as error:
        sys.stderr.write(f"{arguments[0]}: {error.strerror}\n")
        return NOT_STARTED


def _take_signals() -> None:
    """As a program expects them at its start: Python ignores two, and the worker may ignore or block others."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGPIPE, signal.SIGXFSZ):
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), sys.argv[2:]))
