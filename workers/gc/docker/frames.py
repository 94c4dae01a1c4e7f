"""Frames: how an engine sends what a program printed, both streams through one connection (its “Stream format”).

The SDK reads them, too, but neither lets go of the connection when reading stops early, nor tells what broke it.
"""

import struct
from collections.abc import Iterator
from typing import Any, Final

from requests import Response

from workers.gc.docker.connection import PATIENCE, refuse_failure
from workers.gc.docker.engine import Engine

STDOUT: Final = 1
STDERR: Final = 2
# A byte that tells the stream, three zeros, and four bytes with the length of what follows.
_HEADER: Final = struct.Struct(">BxxxL")


def requested(engine: Engine, method: str, path: str, **how: Any) -> Response:
    """The answer to a call of the engine's API whose body is frames; close it. It may be silent for hours.

    Raises the SDK's and requests' errors.
    """
    client = engine.client
    url = f"{client.base_url}/v{client.api_version}{path}"
    answer = client.request(method, url, stream=True, timeout=(PATIENCE, None), **how)
    refuse_failure(answer)
    return answer


def frames(answer: Response) -> Iterator[tuple[int, bytes]]:
    """The stream and the bytes of each; raises EOFError when the connection ends within one, and urllib3's errors."""
    while header := _read(answer, _HEADER.size, may_end=True):
        stream, length = _HEADER.unpack(header)
        yield stream, _read(answer, length)


def _read(answer: Response, wanted: int, *, may_end: bool = False) -> bytes:
    """So many bytes, or none at the end, where the stream may end."""
    got = bytearray()
    while len(got) < wanted and (part := answer.raw.read(wanted - len(got))):
        got += part
    if len(got) < wanted and (got or not may_end):
        raise EOFError("the connection ended in between")
    return bytes(got)
