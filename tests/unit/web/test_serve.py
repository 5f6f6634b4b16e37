"""What comes in over the wire, HTTP or not."""

import asyncio
from collections.abc import AsyncIterator
from ipaddress import IPv4Address

import pytest

from ctl.settings import Settings
from ctl.web.app import make_app
from ctl.web.names import NameBook
from ctl.web.serve import NotLoopbackError, serve, serving
from tests.unit.web.town import StubArchive, StubSwitchboard, busy_floor

ADDRESS = "127.26.0.2"


@pytest.fixture
async def port() -> AsyncIterator[int]:
    app = make_app(Settings(), StubSwitchboard(busy_floor()), StubArchive(), NameBook())
    async with serving(app, ADDRESS, 0) as port:
        yield port


async def said(port: int, request: bytes) -> str:
    async with asyncio.timeout(10):
        reader, writer = await asyncio.open_connection(ADDRESS, port)
        writer.write(request)
        answer = await reader.read()
        writer.close()
    return answer.decode()


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"GARBAGE\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: \x01\x02\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /floor HTTP/1.1\r\nContent-Length: x\r\n\r\n",
        b"GET /floor HTTP/1.0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
    ],
)
async def test_no_request_whatever_makes_it_name_its_software(port: int, request_bytes: bytes) -> None:
    answer = await said(port, request_bytes)
    status = int(answer.split()[1])
    assert 400 <= status < 500
    assert not [word for word in ("aiohttp", "Python", "Traceback", "Error") if word in answer]


async def test_an_address_that_others_can_reach_is_refused() -> None:
    app = make_app(Settings(), StubSwitchboard(busy_floor()), StubArchive(), NameBook())
    with pytest.raises(NotLoopbackError, match="CTL_ADDRESS"):
        await serve(app, Settings(address=IPv4Address("192.0.2.1")))
