"""The wire that disturbs: over real sockets, what passes, what is told twice and what is told in disorder."""

import asyncio
import json
import random
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp
import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from tests.lab.wire import strung
from tests.proving.faultproxy import TEXT, FaultProxy, Frames, doubled, shuffled

SERVER, PROXY, PORT = "127.77.0.1", "127.77.0.2", 18088
UPGRADE = b"HTTP/1.1 101 Switching Protocols\r\n\r\n"


def frame(text: bytes, first: int = TEXT) -> bytes:
    length = len(text)
    if length < 126:
        return bytes([first, length]) + text
    return (
        bytes([first, 126]) + length.to_bytes(2, "big") + text
        if length < 65536
        else (bytes([first, 127]) + length.to_bytes(8, "big") + text)
    )


@asynccontextmanager
async def connected(said: list[bytes]) -> AsyncIterator[tuple[FaultProxy, asyncio.StreamReader]]:
    """A server that says this, as soon as it is asked for, to somebody who listens through the proxy."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readline()
        writer.write(b"".join(said))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, SERVER, PORT)
    try:
        async with strung(FaultProxy(PROXY, SERVER, PORT)) as proxy:
            reader, writer = await asyncio.open_connection(PROXY, PORT)
            writer.write(b"go\n")
            yield proxy, reader
            writer.close()
    finally:
        server.close()


@given(st.lists(st.binary(max_size=70000), max_size=5), st.integers(1, 30000))
def test_frames_are_found_however_they_arrive(texts: list[bytes], piece: int) -> None:
    stream = b"".join(frame(text) for text in texts)
    frames = Frames()
    found = [one for start in range(0, len(stream), piece) for one in frames.feed(stream[start : start + piece])]
    assert found == [frame(text) for text in texts]


@pytest.mark.asyncio
async def test_undisturbed_wire_passes_everything_on() -> None:
    said = [UPGRADE, frame(b"a" * 200), frame(b"ping", 0x89)]
    async with connected(said) as (_, reader):
        assert await reader.read() == b"".join(said)


@pytest.mark.asyncio
async def test_events_are_told_twice_and_nothing_else_is() -> None:
    a, b, ping = frame(b"a"), frame(b"b"), frame(b"ping", 0x89)
    async with connected([UPGRADE, a, ping, b]) as (proxy, reader):
        proxy.events = doubled
        assert await reader.read() == UPGRADE + a + a + ping + b + b


@pytest.mark.asyncio
async def test_shuffled_events_are_all_told() -> None:
    events = [frame(bytes([n])) for n in range(20)]
    async with connected([UPGRADE, *events]) as (proxy, reader):
        proxy.events = shuffled(random.Random(1))
        told = Frames().feed((await reader.read()).removeprefix(UPGRADE))
    assert told != events
    assert sorted(told) == events


@pytest.mark.asyncio
async def test_raving_comes_before_what_is_said() -> None:
    async with connected([b"pong\n"]) as (proxy, reader):
        proxy.rave(b"\xff\x00")
        assert await reader.read() == b"\xff\x00pong\n"


@pytest.mark.asyncio
async def test_slow_wire_loses_nothing() -> None:
    said = bytes(range(256)) * 4
    async with connected([said]) as (proxy, reader):
        proxy.octets_per_s = 100_000
        assert await reader.read() == said


@pytest.mark.asyncio
async def test_what_a_slow_wire_still_holds_comes_at_once_when_it_is_mended() -> None:
    said = bytes(range(256)) * 100
    async with connected([said]) as (proxy, reader):
        proxy.octets_per_s = 256_000
        assert await reader.readexactly(256) == said[:256]
        proxy.octets_per_s = None
        assert await asyncio.wait_for(reader.read(), 1) == said[256:]


@asynccontextmanager
async def asked(share: float) -> AsyncIterator[tuple[FaultProxy, str, list[str]]]:
    """A web server behind the proxy, which refuses this share: the proxy, its address, and what came to the server."""
    came: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        came.append(f"{request.method} {await request.text()}")
        return web.Response(text="done")

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    await web.TCPSite(runner, SERVER, PORT).start()
    try:
        async with strung(FaultProxy(PROXY, SERVER, PORT)) as proxy:
            proxy.refuses = share
            yield proxy, f"http://{PROXY}:{PORT}/ari", came
    finally:
        await runner.cleanup()


@pytest.mark.asyncio
async def test_share_of_requests_is_refused_and_the_others_pass() -> None:
    async with asked(0.5) as (proxy, address, came), aiohttp.ClientSession() as session:
        statuses = []
        for n in range(60):
            async with session.post(address, json={"n": n, "text": "x" * n}) as answer:
                statuses.append(answer.status)
    passed = [n for n, status in enumerate(statuses) if status == 200]
    assert came == [f"POST {json.dumps({'n': n, 'text': 'x' * n})}" for n in passed]
    assert set(statuses) == {200, 500, 503}
    assert proxy.refused == 60 - len(passed)


@asynccontextmanager
async def echoing(
    sleep: Callable[[float], Awaitable[None]],
) -> AsyncIterator[tuple[FaultProxy, Callable[[bytes], Awaitable[bytes]]]]:
    """A server that says again what it is told, to somebody who asks it through the proxy."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while said := await reader.read(65536):
            writer.write(said)
        writer.close()

    server = await asyncio.start_server(serve, SERVER, PORT)
    try:
        async with strung(FaultProxy(PROXY, SERVER, PORT, sleep)) as proxy:
            reader, writer = await asyncio.open_connection(PROXY, PORT)

            async def ask(what: bytes) -> bytes:
                writer.write(what)
                return await reader.readexactly(len(what))

            yield proxy, ask
            writer.close()
    finally:
        server.close()


@pytest.mark.asyncio
async def test_late_wire_holds_up_question_and_answer_each_time() -> None:
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)

    async with echoing(sleep) as (proxy, ask):
        proxy.late_s = 0.5
        assert [await ask(b"once"), await ask(b"more")] == [b"once", b"more"]
        assert slept == [0.5] * 4
        assert proxy.disturbed == 4
        proxy.heal()
        assert await ask(b"well") == b"well"
        assert slept == [0.5] * 4


@pytest.mark.asyncio
async def test_slow_wire_holds_up_the_first_octet_too() -> None:
    passed: list[float] = []
    go = asyncio.Event()

    async def sleep(seconds: float) -> None:
        passed.append(seconds)
        await go.wait()

    async with echoing(sleep) as (proxy, ask):
        proxy.octets_per_s = 100
        asked: asyncio.Future[bytes] = asyncio.ensure_future(ask(b"x" * 60))
        while not passed:  # noqa: ASYNC110 - the wire has no way to tell
            await asyncio.sleep(0)
        assert not asked.done()
        go.set()
        assert await asked == b"x" * 60
        assert passed == [0.6]


@pytest.mark.asyncio
async def test_order_that_stays_as_it_was_is_no_disturbance() -> None:
    async with connected([UPGRADE, frame(b"a")]) as (proxy, reader):
        proxy.events = shuffled(random.Random(1))
        await reader.read()
        assert proxy.disturbed == 0
