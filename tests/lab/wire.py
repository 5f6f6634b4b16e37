"""A length of wire between the switchboard and the PBX, which a test can cut or make swallow everything."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager


class Wire:
    """Forwards every connection to ``listen:port`` to ``to:port``."""

    def __init__(self, listen: str, to: str, port: int) -> None:
        self.listen, self._to, self._port = listen, to, port
        self._flowing = asyncio.Event()
        self._flowing.set()
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
        for writer in list(self._writers):
            writer.transport.abort()

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_connection(self._to, self._port)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, far_writer}
        for source, sink in ((reader, far_writer), (far_reader, writer)):
            task = asyncio.create_task(self._pump(source, sink))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        try:
            while data := await source.read(65536):
                await self._flowing.wait()
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


@asynccontextmanager
async def wire(listen: str, to: str, port: int) -> AsyncIterator[Wire]:
    made = Wire(listen, to, port)
    server = await asyncio.start_server(made.accept, listen, port)
    try:
        yield made
    finally:
        server.close()
        await made.stop()
