"""An AMI server of a few lines: it logs everybody in, notes what is asked, and does as the test tells it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

BANNER = b"Asterisk Call Manager/11.0.0\r\n"

Action = dict[str, str]
Answer = Callable[["FakeAmi", Action], list[Action] | None]
"""What to say to an action; None keeps silent."""


class FakeAmi:
    """``asked`` holds every action but log-ins, in order. ``answer`` may be exchanged at any time."""

    def __init__(self, answer: Answer) -> None:
        self.answer = answer
        self.asked: list[Action] = []
        self.connections = 0
        self.port = 0
        self._writers: list[asyncio.StreamWriter] = []
        self._changed = asyncio.Condition()

    async def until(self, condition: Callable[["FakeAmi"], bool], deadline_s: float = 5.0) -> None:
        """Wait for something to be true of what was asked."""
        async with asyncio.timeout(deadline_s), self._changed:
            await self._changed.wait_for(lambda: condition(self))

    def count(self, action: str) -> int:
        return sum(one["Action"] == action for one in self.asked)

    async def tell(self, **headers: str) -> None:
        """Send an event."""
        self._writers[-1].write(_encode(headers))
        await self._writers[-1].drain()

    def cut(self) -> None:
        """End all connections."""
        for writer in self._writers:
            writer.close()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        writer.write(BANNER)
        try:
            while block := await reader.readuntil(b"\r\n\r\n"):
                action = dict(line.split(": ", 1) for line in block.decode().strip().split("\r\n"))
                await self._take(action, writer)
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()

    async def _take(self, action: Action, writer: asyncio.StreamWriter) -> None:
        if action["Action"] == "Login":
            self.connections += 1
            replies: list[Action] | None = [{"Response": "Success"}, {"Event": "FullyBooted"}]
        else:
            self.asked.append(action)
            replies = self.answer(self, action)
        for reply in replies or []:
            named = {} if reply.get("Event") == "FullyBooted" else {"ActionID": action["ActionID"]}
            writer.write(_encode(reply | named))
        async with self._changed:
            self._changed.notify_all()


@asynccontextmanager
async def fake_ami(answer: Answer = lambda _, action: [{"Response": "Success"}]) -> AsyncIterator[FakeAmi]:
    fake = FakeAmi(answer)
    server = await asyncio.start_server(fake.serve, "127.0.0.1", 0)
    fake.port = server.sockets[0].getsockname()[1]
    try:
        yield fake
    finally:
        fake.cut()
        server.close()


def _encode(headers: Action) -> bytes:
    return "".join(f"{name}: {value}\r\n" for name, value in headers.items()).encode() + b"\r\n"
