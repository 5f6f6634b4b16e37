"""A length of wire between the switchboard and the PBX, which a test can cut or make swallow everything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar


class Wire:
    """Forwards every connection to ``listen:port`` to ``to:port``."""

    def __init__(self, listen: str, to: str, port: int) -> None:
        self.listen, self.port, self.to = listen, port, to
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.disturbed = 0
        """How many pieces were held back, cut or changed so far: a fault of which this stays 0 was none."""
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    def swallow(self) -> None:
        """Half-open: connections stand, new ones can be made, nothing passes any more."""
        self._flowing.clear()

    def flow(self) -> None:
        """Pass on again, what was held back first."""
        self._flowing.set()

    def cut(self) -> None:
        """Every connection is reset, at both ends."""
        self.disturbed += len(self._writers)
        for writer in list(self._writers):
            writer.transport.abort()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(self.to, self.port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        for said, sink in ((self.forth(reader, writer), far_writer), (self.back(far_reader), writer)):
            task = asyncio.create_task(self._pump(said, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    def forth(self, source: asyncio.StreamReader, back: asyncio.StreamWriter) -> AsyncIterator[bytes]:
        """What the far end is told of what we say; here, all of it. ``back`` leads to us."""
        return self._passing(source)

    def back(self, source: asyncio.StreamReader) -> AsyncIterator[bytes]:
        """What we are told of what the far end says; here, all of it."""
        return self._passing(source)

    async def _passing(self, source: asyncio.StreamReader) -> AsyncIterator[bytes]:
        while data := await source.read(65536):
            self.disturbed += not self._flowing.is_set()
            await self._flowing.wait()
            yield data

    async def _pump(self, said: AsyncIterator[bytes], sink: asyncio.StreamWriter) -> None:
        try:
            async for data in said:
                sink.write(data)
                await sink.drain()
        except ConnectionError:
            pass
        finally:
            sink.close()
            self._writers.discard(sink)

    async def stop(self) -> None:
        self.cut()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


W = TypeVar("W", bound=Wire)


@asynccontextmanager
async def strung(made: W) -> AsyncIterator[W]:
    """The wire is there while the context lasts."""
    server = await asyncio.start_server(made.accept, made.listen, made.port)
    try:
        yield made
    finally:
        server.close()
        await made.stop()


def wire(listen: str, to: str, port: int) -> AbstractAsyncContextManager[Wire]:
    return strung(Wire(listen, to, port))
