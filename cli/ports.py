"""Ports: whether those that the processes of `regclean up` will listen on can be had, before any of them starts."""

import errno
import socket
import time
from collections.abc import Mapping
from typing import Final

from workers.core.errors import BadInput

_PATIENCE: Final = 5.0


def check(host: str, ports: Mapping[str, int]) -> None:
    """Raise BadInput when one is taken; `ports` are by the variable that sets them, and 0 is any free one.

    Those of a run that was killed a moment ago are waited for, 5 s in all.
    """
    until = time.monotonic() + _PATIENCE
    for name, port in ports.items():
        while port and _is_taken(host, port):
            if time.monotonic() > until:
                raise BadInput(f"Port {port} is taken by another program; stop that one, or set {name} to a free port.")
            time.sleep(0.1)


def _is_taken(host: str, port: int) -> bool:
    """Whatever else is wrong with it is said by the process that listens there."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        return error.errno == errno.EADDRINUSE
    return False
