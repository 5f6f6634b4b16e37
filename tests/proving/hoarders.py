"""Who takes every place at the PBX's doors and asks for nothing: browsers' telephones that are none, and log-ins that never come."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager

import aiohttp

from ctl.lab import scenes
from ctl.lab.pulse import TooLateError
from ctl.pbx.ari import Ari, Away, Refused
from ctl.pbx.firewall import rules, table
from ctl.pbx.names import AMI_USER, ARI_USER, HTTP_SESSIONS
from ctl.secrets import Secrets
from ctl.settings import Settings
from tests.proving.badline import nft
from tests.proving.fault import CannotBeTriedError
from tests.proving.intruders import logs_in
from tests.proving.place import Place
from tests.proving.report import Case
from tests.proving.signs import Sign, Watch

FIRST, HOARDERS, EACH = 200, 25, 25
"""Last part of the first one's address, how many they are, and how many places each takes: together more than there are, and
at AMI, where each takes one, more than may stay without logging in."""
OURS = "127.0.0.1"
"""Where this machine's own programs come from."""


async def hoarding(place: Place, heard: list[bytes]) -> list[Case]:
    """Without the packet filter somebody is told, and all is as before when they let go; with it nobody is kept out."""
    watch = await Watch.begun(place)
    async with _hoarded(place) as (web, ami):
        open_to_all = f"{web} of {HTTP_SESSIONS} connections, {ami} at AMI; {await _doors(place)}"
        told = await watch.case(
            "connections hoarded", Sign("telephone_attack:HTTP", r"pbx_refused kind=HttpFull who=HTTP\b")
        )
    cases = [
        Case("connections hoarded, without the packet filter", "", open_to_all, None),
        told,
        Case("a citizen after they have let go", "is served", *await _served(place)),
    ]
    try:
        with filtered(place.centre.settings):
            async with _hoarded(place) as (web, ami):
                seen = f"{web} of {HTTP_SESSIONS} connections, {ami} at AMI; {await _doors(place)}"
                served, holds = await _served(place)
    except CannotBeTriedError as why:
        return [*cases, Case("connections hoarded, behind the packet filter", "", f"not tried: {why}", None)]
    return [
        *cases,
        Case("our own programs meanwhile, behind the packet filter", "are let in", seen, "shut out" not in seen),
        Case("a citizen meanwhile, behind the packet filter", "is served", served, holds),
    ]


@asynccontextmanager
async def _hoarded(place: Place) -> AsyncIterator[tuple[int, int]]:
    """Connections are held as long as the context lasts: how many telephones' and how many at AMI were let in."""
    settings = place.centre.settings
    url = f"http://{settings.pbx_host}:{settings.http_port}/ws"
    async with AsyncExitStack() as stack:
        web: list[aiohttp.ClientWebSocketResponse] = []
        ami: list[asyncio.StreamWriter] = []
        for host in range(FIRST, FIRST + HOARDERS):
            address = f"{place.net}.{host}"
            connector = aiohttp.TCPConnector(local_addr=(address, 0), limit=0)
            browsers = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
            wires = await asyncio.gather(*(_telephone(browsers, url) for _ in range(EACH)))
            web += [wire for wire in wires if wire is not None]
            ami += await _says_nothing(settings.pbx_host, settings.ami_port, address)
        try:
            yield len(web), len(ami)
        finally:
            for writer in ami:
                writer.transport.abort()


async def _telephone(browsers: aiohttp.ClientSession, url: str) -> aiohttp.ClientWebSocketResponse | None:
    """None: not let in."""
    try:
        return await browsers.ws_connect(url, protocols=("sip",))
    except (aiohttp.ClientError, OSError):
        return None


async def _says_nothing(host: str, port: int, address: str) -> list[asyncio.StreamWriter]:
    """Whom AMI greets, and who leaves it at that; none when it greets nobody."""
    try:
        reader, writer = await asyncio.open_connection(host, port, local_addr=(address, 0))
        return [writer] if await reader.readline() else []
    except OSError:
        return []


async def _doors(place: Place) -> str:
    """What somebody of this machine meets who comes anew, as the switchboard does after a restart."""
    settings, secrets = place.centre.settings, Secrets.of(place.centre.settings)
    said = await logs_in(settings.pbx_host, settings.ami_port, AMI_USER, secrets.ami, OURS)
    ami = "AMI lets in" if "Response: Success" in said else "shut out of AMI"
    try:
        async with Ari(f"http://{settings.pbx_host}:{settings.http_port}/ari", ARI_USER, secrets.ari) as ari:
            await ari.channels_list()
    except (Away, Refused) as error:
        return f"{ami}, shut out of ARI ({error})"
    return f"{ami}, ARI answers"


async def _served(place: Place) -> tuple[str, bool]:
    """By the switchboard: a citizen and an operator hear each other."""
    try:
        citizen, phone = await scenes.talking(place.centre, place.town)
        hears = await citizen.hears(phone) and await phone.hears(citizen)
    except (TooLateError, AssertionError) as late:
        return f"not served: {late}".splitlines()[0], False
    finally:
        await place.sweep()
    return ("both hear each other" if hears else "not heard"), hears


@contextmanager
def filtered(settings: Settings) -> Iterator[None]:
    """The packet filter that `ctl firewall` prints, with all other addresses of the loopback network for strangers'."""
    nft(rules(settings, [OURS, str(settings.address)]))
    try:
        yield
    finally:
        nft(f"delete table {table(settings)}\n")
