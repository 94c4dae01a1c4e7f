"""A line between two processes whose weather the test makes: clear, stalled, refusing, dead without a word, or slow."""

import asyncio
import threading
from collections.abc import Coroutine
from contextlib import suppress
from enum import Enum, auto
from types import TracebackType
from typing import Any, Final, Self

_CHUNK: Final = 65_536
_SLOW_CHUNK: Final = 64
_SLOW_PAUSE: Final = 0.02


class Weather(Enum):
    """`SILENT`: connections stay open, and what is sent over them is lost, now and when it clears up."""

    CLEAR = auto()
    STALLED = auto()
    REFUSING = auto()
    SILENT = auto()
    SLOW = auto()


class Line:
    """A TCP proxy on a free port of the loopback address, in a thread of its own; made to be used in `with`."""

    def __init__(self, host: str, port: int) -> None:
        self._target = (host, port)
        self._loop = asyncio.new_event_loop()
        self._weather = Weather.CLEAR
        self._changed = asyncio.Event()
        self._writers: set[asyncio.StreamWriter] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True, name="line")
        self.port = 0

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def becomes(self, weather: Weather) -> None:
        """Change the weather for connections that stand and for new ones."""
        self._loop.call_soon_threadsafe(self._become, weather)

    def reset(self) -> None:
        """Cut every connection that stands, with a reset."""
        self._loop.call_soon_threadsafe(self._cut)

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._carry, "127.0.0.1", 0))
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _end(self) -> None:
        self._server.close()
        self._cut()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _become(self, weather: Weather) -> None:
        self._weather = weather
        self._changed.set()
        self._changed = asyncio.Event()

    def _cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._weather is Weather.REFUSING:
            writer.transport.abort()
            return
        try:
            onwards = await asyncio.open_connection(*self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, onwards[1]}
        try:
            with suppress(asyncio.CancelledError):  # when the line is taken down; nobody awaits this task
                await asyncio.gather(self._pump(reader, onwards[1]), self._pump(onwards[0], writer))
        finally:
            self._writers -= {writer, onwards[1]}
            for each in (writer, onwards[1]):
                each.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        lost = False
        with suppress(OSError):
            while data := await reader.read(_CHUNK):
                while self._weather in {Weather.STALLED, Weather.REFUSING}:
                    await self._changed.wait()
                # Once something was lost, what follows would be nonsense.
                lost = lost or self._weather is Weather.SILENT
                if not lost:
                    await self._send(writer, data)
            if not lost and writer.can_write_eof():
                writer.write_eof()

    async def _send(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        step = _SLOW_CHUNK if self._weather is Weather.SLOW else _CHUNK
        for start in range(0, len(data), step):
            writer.write(data[start : start + step])
            await writer.drain()
            if self._weather is Weather.SLOW:
                await asyncio.sleep(_SLOW_PAUSE)
