"""What comes in over the wire: TLS, plain HTTP, and what is neither."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from ctl.security.audit.book import MemoryBook
from ctl.security.certificates import BadCertificate, Files, ensure
from ctl.settings import Settings
from ctl.web.app import make_app
from ctl.web.editing.uploads import MOST_BYTES
from ctl.web.forms import patience_s
from ctl.web.guard import HSTS
from ctl.web.listening import Places
from ctl.web.names import NameBook
from ctl.web.serve import context, load, serve, serving
from tests.unit.web.town import StubArchive, StubSwitchboard, busy_floor

ADDRESS = "127.26.0.2"
ANOTHER = "127.26.0.3"
ADDRESS_OF_US = "127.0.0.1"
"""From which this machine asks itself at any address of its own."""
DEADLINE_S = 10


@dataclass
class Served:
    port: int
    files: Files
    tls: ssl.SSLContext
    book: MemoryBook

    @property
    def trusting(self) -> ssl.SSLContext:
        """A browser that was given our authority."""
        return ssl.create_default_context(cafile=self.files.authority)

    async def said(self, request: bytes, tls: ssl.SSLContext | None = None, name: str = "localhost") -> str:
        async with asyncio.timeout(DEADLINE_S):
            server_name = name if tls else None
            reader, writer = await asyncio.open_connection(ADDRESS, self.port, ssl=tls, server_hostname=server_name)
            writer.write(request)
            answer = await reader.read()
            writer.close()
        return answer.decode()

    async def answers(self, of: str | None = None) -> bool:
        """Whether there is a place for one more connection, from this address of ours."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                source = (of, 0) if of else None
                reader, writer = await asyncio.open_connection(ADDRESS, self.port, local_addr=source)
                writer.write(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
                answer = await reader.read()
                writer.close()
        except OSError:
            return False
        return answer.startswith(b"HTTP/1.1 308 ")


@asynccontextmanager
async def at_the_door(tmp_path: Path) -> AsyncIterator[Served]:
    settings = Settings(home=tmp_path, web_port=8080)
    files = ensure(settings)
    tls = context(files)
    book = MemoryBook()
    app = make_app(settings, StubSwitchboard(busy_floor()), StubArchive(), NameBook(), book=book)
    async with serving(app, ADDRESS, 0, tls) as port:
        yield Served(port, files, tls, book)


@pytest.fixture
async def served(tmp_path: Path) -> AsyncIterator[Served]:
    async with at_the_door(tmp_path) as served:
        yield served


FORM = (
    b"POST /login HTTP/1.1\r\nHost: localhost\r\nOrigin: https://localhost\r\nContent-Length: 99\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n\r\ncsrf="
)


@pytest.mark.parametrize("beginning", [b"", b"GET /login HTTP/1.1\r\nX-Slow: a"])
async def test_who_never_ends_what_he_asks_is_sent_away(
    served: Served, beginning: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctl.web.serve.ASKED_WITHIN_S", 0.1)
    assert await served.said(beginning, served.trusting) == ""


async def test_form_that_does_not_come_to_its_end_is_refused(served: Served, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctl.web.forms.SENT_WITHIN_S", 0.1)
    async with asyncio.timeout(DEADLINE_S):
        reader, writer = await asyncio.open_connection(
            ADDRESS, served.port, ssl=served.trusting, server_hostname="localhost"
        )
        writer.write(FORM)
        assert (await reader.readline()).startswith(b"HTTP/1.1 408 ")
        writer.transport.abort()


def test_the_largest_recording_comes_through_a_slow_line_and_a_false_word_gains_nothing() -> None:
    mbit_s = 125_000
    assert patience_s(MOST_BYTES, MOST_BYTES) > MOST_BYTES / mbit_s
    assert patience_s(10**12, 1_000_000) == patience_s(1_000_000, 1_000_000) < 2 * patience_s(None, 1_000_000)


async def test_browser_that_leaves_in_the_middle_of_a_form_is_no_error_of_ours(
    served: Served, caplog: pytest.LogCaptureFixture
) -> None:
    _, writer = await asyncio.open_connection(ADDRESS, served.port, ssl=served.trusting, server_hostname="localhost")
    writer.write(FORM)
    await writer.drain()
    writer.transport.abort()
    assert (await served.said(b"GARBAGE\r\n\r\n", served.trusting)).startswith("HTTP/1.0 400")
    assert [record.getMessage() for record in caplog.records if "Connection" in record.getMessage()] == []
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def test_places_are_for_one_and_for_all_and_are_given_back() -> None:
    places = Places(from_one=2, together=3)
    taken = [places.take(*guest) for guest in (("a", 1), ("a", 2), ("a", 3), ("b", 1), ("c", 1))]
    assert taken == [True, True, False, True, False]
    places.leave("a", 1)
    places.leave("a", 1)
    assert [places.take(*guest) for guest in (("c", 1), ("a", 3))] == [True, False]


@pytest.mark.parametrize(
    "said", [b"", b"GET / HTTP/1.1\r\n", b"\x16\x03\x01"], ids=["nothing", "half a request", "half a handshake"]
)
async def test_nobody_has_all_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: bytes) -> None:
    monkeypatch.setattr("ctl.web.listening.Places", partial(Places, from_one=2))
    async with at_the_door(tmp_path) as served, asyncio.timeout(DEADLINE_S):
        held = [await asyncio.open_connection(ADDRESS, served.port) for _ in range(2)]
        for _, writer in held:
            writer.write(said)
        assert not await served.answers()
        assert await served.answers(ANOTHER)
        held[0][1].transport.abort()
        while not await served.answers():
            pass
        held[1][1].transport.abort()
    [kept] = {(row.kept.who, row.kept.where, row.kept.action, row.kept.reason) for row in served.book.rows}
    assert kept == ("visitor", ADDRESS_OF_US, "access.refused", "too many connections")


async def test_who_has_been_served_or_was_not_understood_has_given_his_place_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctl.web.listening.Places", partial(Places, from_one=1))
    async with at_the_door(tmp_path) as served, asyncio.timeout(DEADLINE_S):
        for said in (b"GET / HTTP/1.0\r\n\r\n", b"GARBAGE\r\n\r\n", b"\x16\x03\x01\x00\x01\xff", b""):
            _, writer = await asyncio.open_connection(ADDRESS, served.port)
            writer.write(said)
            writer.write_eof()
            while not await served.answers():
                pass
            writer.close()


REQUESTS = [
    b"GARBAGE\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX: \x01\x02\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET /floor HTTP/1.1\r\nContent-Length: x\r\n\r\n",
    b"GET /floor HTTP/1.0\r\n\r\n",
    b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n\r\n",
]


@pytest.mark.parametrize("request_bytes", [*REQUESTS, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n"])
async def test_no_request_whatever_makes_it_name_its_software(served: Served, request_bytes: bytes) -> None:
    answer = await served.said(request_bytes, served.trusting)
    status = int(answer.split()[1])
    assert 400 <= status < 500
    assert not [word for word in ("aiohttp", "Python", "Traceback", "Error") if word in answer]


async def test_what_is_no_http_is_noted_once_a_minute_with_where_it_came_from(served: Served) -> None:
    for _ in range(3):
        await served.said(b"GARBAGE\r\n\r\n", served.trusting)
    (kept,) = (row.kept for row in served.book.rows)
    assert (kept.who, kept.where, kept.action, kept.reason) == ("visitor", ADDRESS_OF_US, "access.refused", "no HTTP")


@pytest.mark.parametrize("request_bytes", REQUESTS)
async def test_nothing_but_a_signpost_is_served_in_plain(served: Served, request_bytes: bytes) -> None:
    answer = await served.said(request_bytes)
    assert answer.startswith(("HTTP/1.1 308 ", "HTTP/1.1 400 "))
    assert not [word for word in ("aiohttp", "Python", "Traceback", "Error", "floor:") if word in answer]


@pytest.mark.parametrize(
    ("host", "place"),
    [
        (b"127.0.0.1:8080", "https://127.0.0.1:8080/calls?page=2"),
        (b"localhost:9", "https://localhost:9/calls?page=2"),
        (b"evil.example", "https://127.0.0.1:8080/calls?page=2"),
    ],
)
async def test_plain_http_is_sent_to_the_same_page_over_tls(served: Served, host: bytes, place: str) -> None:
    answer = await served.said(b"GET /calls?page=2 HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
    assert "308 Permanent Redirect" in answer
    assert f"\r\nLocation: {place}\r\n" in answer


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
async def test_a_browser_that_trusts_our_authority_is_served(served: Served, name: str) -> None:
    request = f"GET /login HTTP/1.1\r\nHost: {name}\r\nConnection: close\r\n\r\n".encode()
    answer = await served.said(request, served.trusting, name)
    assert answer.startswith("HTTP/1.1 200 ")
    hsts = f"\r\nStrict-Transport-Security: {HSTS}\r\n" in answer
    assert hsts is (name != "localhost")
    assert "Secure" in answer.split("__Host-visitor")[1]


async def test_one_that_does_not_is_not(served: Served) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        await served.said(b"", ssl.create_default_context())


async def test_old_tls_is_refused(served: Served) -> None:
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises((ssl.SSLError, ConnectionError)):
        await served.said(b"", old)


async def test_a_renewed_certificate_is_taken_into_use_without_a_restart(served: Served, tmp_path: Path) -> None:
    other = ensure(Settings(home=tmp_path / "other"))
    with pytest.raises(ssl.SSLCertVerificationError):
        await served.said(b"", ssl.create_default_context(cafile=other.authority))
    load(served.tls, other)
    trusting = ssl.create_default_context(cafile=other.authority)
    assert "400" in await served.said(b"GARBAGE\r\n\r\n", trusting)


async def test_a_key_of_another_certificate_is_refused_by_name(tmp_path: Path) -> None:
    one, other = ensure(Settings(home=tmp_path / "one")), ensure(Settings(home=tmp_path / "other"))
    settings = Settings(web_certificate=one.certificate, web_key=other.key)
    app = make_app(settings, StubSwitchboard(busy_floor()), StubArchive(), NameBook())
    with pytest.raises(BadCertificate, match="do not belong together"):
        await serve(app, settings)
