"""Whether a registry's garbage collection runs, told by a lock that lives exactly as long as the collecting process.

A process id in a file says nothing once the machine has used the number again; a POSIX record lock survives `exec`,
ends with its process however that ends, and names its holder. The layout of `struct flock` is that of 64-bit Linux.
"""

import fcntl
import os
import signal
import struct
from pathlib import Path
from typing import Final

from demo.parts.errors import PartError
from demo.parts.processes import wait_until

LOCK_NAME: Final = "collector.pid"
FLOCK: Final = "hhqqi"
STOP_PATIENCE: Final = 30.0


class CollectorBusyError(PartError):
    """A garbage collection of this registry is running already."""


def hold_as_collector(folder: Path) -> None:
    """Make this process the collector until it ends, also when it becomes another program by `exec`.

    Raises:
        CollectorBusyError: another one runs.
    """
    lock = os.open(folder / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as busy:
        os.close(lock)
        raise CollectorBusyError(f"A garbage collection of {folder} is running already.") from busy
    os.set_inheritable(lock, True)  # noqa: FBT003 -- the standard library's own signature
    os.ftruncate(lock, 0)
    os.write(lock, f"{os.getpid()}\n".encode())


def collector_pid(folder: Path) -> int | None:
    """The process id of the running collector, or None."""
    try:
        lock = os.open(folder / LOCK_NAME, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        asked = struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
        kind, _, _, _, holder = struct.unpack(FLOCK, fcntl.fcntl(lock, fcntl.F_GETLK, asked))
    finally:
        os.close(lock)
    return holder if kind != fcntl.F_UNLCK else None


def stop_collector(folder: Path) -> bool:
    """SIGKILL the running collector and see it gone; False when none ran.

    Raises:
        PartError: it is still there after thirty seconds.
    """
    pid = collector_pid(folder)
    if pid is None:
        return False
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return True
    if not wait_until(lambda: collector_pid(folder) is None, seconds=STOP_PATIENCE):
        raise PartError(f"The garbage collection {pid} of {folder} does not end.")
    return True
