"""Balancer: one address before several replicas; connections go to each in turn, and past one that takes none."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from itertools import count
from typing import Final

from tests.chaos.line import Line

_HOST: Final = "127.0.0.1"


class Balancer(Line):
    """Made to be used in `with`; as simple as those that look at nothing but whether a port takes connections."""

    def __init__(self, ports: Sequence[int]) -> None:
        super().__init__(_HOST, ports[0])
        self._ports = ports
        self._numbers = count()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        turn = next(self._numbers) % len(self._ports)
        for port in (*self._ports[turn:], *self._ports[:turn]):
            if await _takes(port):
                self._target = (_HOST, port)
                break
        await super()._carry(reader, writer)


async def _takes(port: int) -> bool:
    with suppress(OSError):
        _, writer = await asyncio.open_connection(_HOST, port)
        writer.transport.abort()
        return True
    return False
