"""Lives: names of processes, by which another process on the same machine sees at once that one of them has ended.

Elsewhere nothing can be seen of it, and only time tells: a heartbeat or a lock that runs out.
"""

import hashlib
import os
import re
import secrets
from functools import cache
from pathlib import Path
from typing import Final

from workers.core.errors import CollectorError
from workers.procfs import Surroundings, look

_LIFE: Final = re.compile(r"(?P<place>[0-9a-f]{12})-(?P<pid>[0-9]{1,19})-(?P<started>[0-9]{1,19})(-|\Z)")
_UNKNOWN: Final = secrets.token_hex(6)
"""Where there is no /proc, nobody else is where we are."""


def own_life() -> str:
    """This process's name, `PLACE-PID-START`: no other one bears it, not even with the same id after a restart."""
    return _life(os.getpid())


@cache
def _life(pid: int) -> str:
    seen = look(pid)
    return f"{_place()}-{pid}-{seen.started if seen else 0}"


@cache
def _place() -> str:
    """One boot, one user, and the same namespaces: there /proc shows each process of ours, with the same start."""
    try:
        boot = Surroundings.here().boot
        if Path("/proc/self").readlink().name != str(os.getpid()) or look(os.getpid()) is None:
            return _UNKNOWN  # the /proc of another process namespace is mounted, where our ids are other processes'
        spaces = [str(Path(f"/proc/self/ns/{kind}").readlink()) for kind in ("pid", "user")]
    except (CollectorError, OSError):
        return _UNKNOWN
    clock = Path("/proc/self/ns/time")  # Linux 5.6 and newer; a process's start is counted by it
    spaces += [str(clock.readlink())] if clock.is_symlink() else []
    return hashlib.sha256(" ".join([boot, *spaces, str(os.getuid())]).encode()).hexdigest()[:12]


def has_ended(life: str) -> bool:
    """Whether that process was one of this place and runs no more; False for whatever cannot be seen from here.

    Behind its three fields the name may have others.
    """
    found = _LIFE.match(life)
    if found is None or found["place"] != _place() or found["place"] == _UNKNOWN:
        return False
    pid = int(found["pid"])
    try:
        seen = look(pid)
    except OSError:
        return False
    return _is_free(pid) if seen is None else seen.dead or seen.started != int(found["started"])


def _is_free(pid: int) -> bool:
    """Whether no process bears the id; /proc may hide one that does, even of our own user (its option hidepid)."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):
        return False
    return False
