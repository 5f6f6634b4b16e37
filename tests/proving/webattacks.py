"""What is thrown at the screens' door: requests that no browser sends, and connections that never finish what they begin."""

import asyncio
import re
import ssl
from collections.abc import Mapping
from contextlib import AsyncExitStack, suppress

from ctl.lab import webuser
from ctl.security.certificates import ensure
from ctl.settings import Settings
from ctl.web.listening import FROM_ONE
from tests.proving.place import Place
from tests.proving.report import Case
from tests.proving.signs import Sign, Watch

SLOW = 300
"""Connections that say a letter now and then."""
HOARDER, TOO_MANY = 77, 100
"""Last part of his address, and how many connections he wants beyond what one may have."""
THROWN_OUT_S = 90
DEEP = 100_000
HUGE = 50_000_000
PASSWD = "etc/passwd"
TRAVERSALS = (
    f"/static/../../../../../../{PASSWD}",
    f"/static/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/%2e%2e/{PASSWD}",
    f"/static/..%2f..%2f..%2f..%2f..%2f..%2f{PASSWD}",
    f"/static/%252e%252e%252f%252e%252e%252f{PASSWD}",
    f"/static//{PASSWD}",
    f"/static/..\\..\\..\\..\\{PASSWD}",
    f"/static/css%00/../../../{PASSWD}",
    f"//{PASSWD}",
    "/settings/text/../../run/secrets.json",
    "/api/settings/files/..%2f..%2frun%2fsecrets.yaml",
)
SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: {host}\r\n\r\n"
HERE = "127.0.0.1"
"""From which this machine asks itself."""
_ANSWER = re.compile(rb"HTTP/1\.[01] (\d{3}) ")


def _noted(where: str) -> str:
    return rf'"where": "{re.escape(where)}", "action": "access.refused"'


def requests(host: str) -> Mapping[str, bytes]:
    """What no browser sends, each for one connection; of none may the second half be taken for a request of its own."""

    def post(*headers: str, body: str = "") -> bytes:
        lines = ["POST /login HTTP/1.1", f"Host: {host}", "Content-Type: application/x-www-form-urlencoded", *headers]
        return ("\r\n".join(lines) + "\r\n\r\n" + body).encode("utf-8", "surrogateescape")

    def get(path: str, *headers: str, name: str = host) -> bytes:
        return ("\r\n".join([f"GET {path} HTTP/1.1", f"Host: {name}", *headers]) + "\r\n\r\n").encode()

    inner = SMUGGLED.format(host=host)
    chunked = "Transfer-Encoding: chunked"
    return {
        "length and chunks": post(f"Content-Length: {len(inner) + 5}", chunked, body=f"0\r\n\r\n{inner}"),
        "two lengths": post("Content-Length: 0", f"Content-Length: {len(inner)}", body=inner),
        "two lengths in one": post(f"Content-Length: 0, {len(inner)}", body=inner),
        "signed length": post("Content-Length: +0", body=inner),
        "negative length": post("Content-Length: -1", body=inner),
        "length of another script": post("Content-Length: ٠", body=inner),
        "chunks of another name": post("Transfer-Encoding: xchunked", body=f"0\r\n\r\n{inner}"),
        "chunks with a space": post("Transfer-Encoding : chunked", body=f"0\r\n\r\n{inner}"),
        "chunks twice": post(chunked, "Transfer-Encoding: identity", body=f"0\r\n\r\n{inner}"),
        "chunks on a folded line": post("Transfer-Encoding:\r\n chunked", body=f"0\r\n\r\n{inner}"),
        "chunk without an end": post(chunked, body="FFFFFFFFFFFFFFFFF\r\n" + inner),
        "chunk of no number": post(chunked, body="0x0\r\n\r\n" + inner),
        "bare line feeds": post("X: a\nContent-Length: 0", body=inner),
        "NUL in a header": get("/login", "X: a\0b"),
        "a name with a space": get("/login", "X Y: a"),
        "10,000 headers": get("/login", *(f"X-{n}: {n}" for n in range(10_000))),
        "a header of a megabyte": get("/login", "X: " + "a" * 1_000_000),
        "an address of a megabyte": get("/" + "a" * 1_000_000),
        "a cookie of nonsense": get("/login", "Cookie: " + '=;,\\"' * 1000 + "__Host-session=\x7f"),
        "ranges without end": get("/static/built/manifest.json", "Range: bytes=" + ",".join(["0-"] * 1500)),
        "another host": get("/login", name="evil.example"),
        "two hosts": get("/login", "Host: evil.example"),
        "no host": b"GET /login HTTP/1.1\r\n\r\n",
        "another's address": get("http://evil.example/login", name="evil.example"),
        "another's origin": post("Origin: https://evil.example", "Content-Length: 0"),
        "no origin": post("Content-Length: 0"),
        "CONNECT": f"CONNECT evil.example:443 HTTP/1.1\r\nHost: {host}\r\n\r\n".encode(),
        "TRACE": f"TRACE / HTTP/1.1\r\nHost: {host}\r\nX-Secret: mirrored\r\n\r\n".encode(),
        "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(500),
        "a WebSocket that is none": get(
            "/floor/events", "Upgrade: websocket", "Connection: Upgrade, close", "Sec-WebSocket-Key: x"
        )
        + b"\x81\xff"
        + b"\xff" * 2000,
        "a telephone's message": f"INVITE sip:2001@{host} SIP/2.0\r\nVia: SIP/2.0/TLS x\r\n\r\n".encode(),
        **{f"path {path}": get(path) for path in TRAVERSALS},
    }


async def screens(place: Place, heard: list[bytes]) -> list[Case]:
    """Requests and connections from somebody who is not signed in, and documents from somebody who is."""
    watch, settings = await Watch.begun(place), place.centre.settings
    host = f"{settings.web_host}:{settings.web_port}"
    answers = {name: await said(settings, request) for name, request in requests(host).items()}
    wrong = {name: codes for name, answer in answers.items() if not _refused(codes := _codes(answer))}
    told = [
        name for name, answer in answers.items() if b"root:" in answer or b"mirrored" in answer or b"aiohttp" in answer
    ]
    many = await said(settings, form(host, HUGE), HUGE)
    heard += [*answers.values(), many]
    return [
        Case(
            f"{len(answers)} requests that no browser sends",
            "refused, each once",
            ", ".join(f"{name}: {codes}" for name, codes in wrong.items()) or "so it is",
            not wrong,
        ),
        Case("what they are told of the machine", "nothing", ", ".join(told) or "nothing", not told),
        Case("50 MB without being signed in", "refused", f"answers {_codes(many)}", _refused(_codes(many))),
        await _slow(settings),
        await _hoarded(place),
        await _documents(place),
        await watch.case(
            "requests that no browser sends, and connections without end",
            Sign(f"web_attack:{HERE}", _noted(HERE), audited=True),
            Sign(f"web_attack:{place.net}.{HOARDER}", _noted(f"{place.net}.{HOARDER}"), audited=True),
        ),
    ]


def form(host: str, octets: int) -> bytes:
    """The beginning of a form that a browser may send, so many octets long."""
    lines = (
        "POST /login HTTP/1.1",
        f"Host: {host}",
        f"Origin: https://{host}",
        "Content-Type: application/x-www-form-urlencoded",
        f"Content-Length: {octets}",
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def said(settings: Settings, request: bytes, then: int = 0) -> bytes:
    """What comes back for these bytes on a connection of their own, until it is closed or quiet for a while.

    ``then``: so many more follow, as long as they are taken.
    """
    answer = b""
    reader, writer = await _connected(settings)
    with suppress(OSError, TimeoutError):
        async with asyncio.timeout(20):
            writer.write(request)
            for _ in range(0, then, 1 << 20):
                if _ANSWER.search(answer := answer + await _more(reader, 0.01)):
                    break
                writer.write(bytes(1 << 20))
                await writer.drain()
            while more := await _more(reader, 1.0):
                answer += more
    writer.transport.abort()
    return answer


async def _more(reader: asyncio.StreamReader, within_s: float) -> bytes:
    with suppress(TimeoutError):
        return await asyncio.wait_for(reader.read(1 << 16), within_s)
    return b""


async def _connected(settings: Settings) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    context = ssl.create_default_context(cafile=ensure(settings).authority)
    return await asyncio.open_connection(str(settings.web_host), settings.web_port, ssl=context)


def _codes(answer: bytes) -> list[int]:
    return [int(code) for code in _ANSWER.findall(answer)]


def _refused(codes: list[int]) -> bool:
    """One answer, and no welcome: whoever is not signed in is sent to the log-in (303) at most."""
    return len(codes) == 1 and (codes[0] == 303 or 400 <= codes[0] < 500)


async def _slow(settings: Settings) -> Case:
    """Many begin a request and never end it, or say what is none yet: others are served meanwhile, and they are thrown out in the end."""
    host = f"{settings.web_host}:{settings.web_port}"
    beginnings = (b"", b"\r" * 5000, b"GET /login HTTP/1.1\r\nX-Slow: ", form(host, 9999) + b"csrf=")
    async with AsyncExitStack() as stack:
        dripping = []
        for n in range(SLOW):
            reader, writer = await _connected(settings)
            stack.callback(writer.transport.abort)
            dripping.append(asyncio.create_task(_drips(reader, writer, beginnings[n % len(beginnings)])))
        served = _codes(await said(settings, f"GET /login HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()))
        _, holding = await asyncio.wait(dripping, timeout=THROWN_OUT_S)
        for one in holding:
            one.cancel()
        await asyncio.gather(*dripping, return_exceptions=True)
    return Case(
        f"{SLOW} connections that never end what they ask",
        f"others are served, all are thrown out within {THROWN_OUT_S} s",
        f"others: {served}, still there: {len(holding)}",
        served == [200] and not holding,
    )


async def _hoarded(place: Place) -> Case:
    """One machine takes every connection that it is given, and asks nothing: the last ones are given none, others are served."""
    settings = place.centre.settings
    to, source = (str(settings.web_host), settings.web_port), (f"{place.net}.{HOARDER}", 0)
    async with AsyncExitStack() as stack:
        waiting, writers = [], []
        for _ in range(FROM_ONE + TOO_MANY):
            reader, writer = await asyncio.open_connection(*to, local_addr=source)
            stack.callback(writer.transport.abort)
            writers.append(writer)  # one that nobody holds closes its connection
            waiting.append(asyncio.create_task(reader.read(1)))
        sent_away, held = await asyncio.wait(waiting, timeout=3)
        served = _codes(await said(settings, f"GET /login HTTP/1.1\r\nHost: {to[0]}:{to[1]}\r\n\r\n".encode()))
        for one in held:
            one.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
    return Case(
        f"{len(waiting)} connections from one address",
        f"{FROM_ONE} at most are held, others are served",
        f"held: {len(held)}, others: {served}",
        len(sent_away) == TOO_MANY and served == [200],
    )


async def _drips(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, beginning: bytes) -> None:
    """Until it is thrown out. Who has said nothing at first says nothing later."""
    writer.write(beginning)
    with suppress(OSError):
        while not reader.at_eof():
            await _more(reader, 2.0)
            if beginning and not writer.transport.is_closing():
                writer.write(b"a")


async def _documents(place: Place) -> Case:
    """JSON from an administrator's browser: too deep, too large, none at all, of another kind."""
    texts = {
        "deep": b'{"x":' * DEEP,
        "deep list": b'{"reason":"a","x":' + b"[" * DEEP + b"]" * DEEP + b"}",
        "large": b'{"reason":"' + b"a" * 5_000_000 + b'"}',
        "no text": b'{"reason":"\xff\xfe"}',
        "nothing": b"",
        "another kind": b'{"reason":{"a":[1e999]}}',
        "a number without end": b'{"reason":' + b"9" * 100_000 + b"}",
    }
    codes = {}
    async with webuser.signed_in(place.centre, "admin") as browser:
        await webuser.adds_second_factor(browser)
        async with browser.get("/account") as shown:
            token = webuser.TOKEN.search(await shown.text())
            assert token, "the page has no token"
        headers = {"X-CSRF-Token": token[1], "Content-Type": "application/json", "Accept": "application/json"}
        for name, text in texts.items():
            async with browser.post("/api/settings/apply", data=text, headers=headers) as answer:
                codes[name] = answer.status
    seen = ", ".join(f"{name}: {code}" for name, code in codes.items())
    refused = all(400 <= code < 500 and code not in (401, 403) for code in codes.values())
    return Case(f"{len(texts)} documents that are none", "refused as such", seen, refused)
