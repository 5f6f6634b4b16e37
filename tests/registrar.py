"""A carrier's register, played: takes whoever knows the password, and refuses or keeps silent when it is told to."""

import asyncio
import hashlib
import re
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ctl.lab.centre import Centre
from ctl.lab.pulse import eventually
from tests.proving.stranger import header

BUFFER_S = 10
"""So long before the end Asterisk registers again."""


class Registrar(asyncio.DatagramProtocol):
    """Made by `opened`. ``refusal``: what everybody is told instead, 401 that it is not the password; ``silent``: nothing.

    ``said``: what was answered, a challenge not counted; of silence 0. ``soon_s``: how soon Asterisk is made to come again,
    ``retry_after_s``: after a refusal (0: when it likes).
    """

    def __init__(self, user: str, password: str, soon_s: int, retry_after_s: int) -> None:
        self.user, self._password = user, password
        self._soon_s, self._retry_after_s = soon_s, retry_after_s
        self.refusal: int | None = None
        self.silent = False
        self.said: list[int] = []
        self._transport: asyncio.DatagramTransport | None = None

    @classmethod
    @asynccontextmanager
    async def opened(
        cls, address: str, user: str, password: str, *, port: int = 5060, soon_s: int = 2, retry_after_s: int = 0
    ) -> AsyncIterator["Registrar"]:
        transport, registrar = await asyncio.get_running_loop().create_datagram_endpoint(
            lambda: cls(user, password, soon_s, retry_after_s), local_addr=(address, port)
        )
        registrar._transport = transport
        try:
            yield registrar
        finally:
            transport.close()

    async def says(self, status: int, times: int = 1, within_s: float = 10) -> None:
        """Wait until this was answered so many times since the begin."""

        async def ask() -> bool:
            return self.said.count(status) >= times

        await eventually(ask, f"whoever registers is told {status}", within_s)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """Whatever is no REGISTER, also a question whether somebody is there, is answered as by a register alone: 405."""
        if not data.startswith(b"REGISTER "):
            self._answer(data, addr, 405)
        elif self.silent:
            self.said.append(0)
        elif self.refusal is not None and self.refusal != 401:
            self.said.append(self.refusal)
            self._answer(data, addr, self.refusal, *self._later())
        elif not header(data, "Authorization"):
            self._answer(data, addr, 401, self._challenge())
        elif self.refusal == 401 or not self._knows(header(data, "Authorization")):
            self.said.append(401)
            self._answer(data, addr, 401, self._challenge(), *self._later())
        else:
            self.said.append(200)
            wanted = int(header(data, "Expires") or 0)
            self._answer(
                data,
                addr,
                200,
                f"Expires: {min(wanted, BUFFER_S + self._soon_s)}",
                f"Contact: {header(data, 'Contact')}",
            )

    def _challenge(self) -> str:
        return f'WWW-Authenticate: Digest realm="carrier", nonce="{uuid.uuid4().hex}", qop="auth"'

    def _later(self) -> list[str]:
        return [f"Retry-After: {self._retry_after_s}"] if self._retry_after_s else []

    def _knows(self, proof: str) -> bool:
        """RFC 2617 with ``qop=auth``."""
        said = {name: quoted or plain for name, quoted, plain in re.findall(r'(\w+)=(?:"([^"]*)"|([^\s,]+))', proof)}
        who, what = _md5(f"{self.user}:carrier:{self._password}"), _md5(f"REGISTER:{said['uri']}")
        right = _md5(f"{who}:{said['nonce']}:{said['nc']}:{said['cnonce']}:auth:{what}")
        return (said["username"], said["response"]) == (self.user, right)

    def _answer(self, request: bytes, addr: tuple[str, int], status: int, *more: str) -> None:
        assert self._transport is not None
        kept = re.findall(r"(?im)^(?:Via|From|To|Call-ID|CSeq):[^\r\n]*", request.decode())
        lines = [f"SIP/2.0 {status} Said", *kept, *more, "Content-Length: 0", "", ""]
        self._transport.sendto("\r\n".join(lines).encode(), addr)


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


@asynccontextmanager
async def registering(centre: Centre) -> AsyncIterator[Registrar]:
    """The centre registers beside the town while the context lasts; who is refused is asked to come again after 2 s."""
    elsewhere, user, password = centre.settings.carrier_address + 1, "0339811111", "pass;word"
    other = {"carrier_user": user, "carrier_password": password, "carrier_registrar": elsewhere}
    async with Registrar.opened(str(elsewhere), user, password, retry_after_s=2) as registrar:
        try:
            await _deploy(Centre(centre.settings.model_copy(update=other)))
            await is_registered(centre, True)
            yield registrar
        finally:
            await _deploy(centre)


async def is_registered(centre: Centre, wanted: bool) -> None:
    """Wait until the switchboard says so."""

    async def ask() -> bool:
        link = (await centre.client.health())["link"]
        return isinstance(link, dict) and link["trunk"].get("registered") is wanted

    await eventually(ask, f"registered at the carrier: {wanted}", 15)


async def alarm_of_the_trunk(centre: Centre, within_s: float = 30) -> str:
    """Wait for it; what it says."""

    async def ask() -> str | None:
        return next((row["text"] for row in (await centre.floor())["alarms"] if row["name"] == "trunk_away"), None)

    return await eventually(ask, "an alarm tells that the trunk is away", within_s)


async def _deploy(centre: Centre) -> None:
    done = await centre.ctl("deploy")
    assert done.status == 0, done.err
