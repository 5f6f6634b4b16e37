"""Where it is proved: a centre and a town of their own, on a loopback network of their own."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from ctl.config import load
from ctl.house import ensure_rootfs
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.net import own_network
from ctl.lab.tones import MUSIC, tone, write_wav
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.plan import Department
from tests.lab.ground import EXTENSIONS, lab_flows
from tests.proving import rules
from tests.proving.faultproxy import FaultProxy, present

PBX_WIRES, DATABASE_WIRE = 50, 51
"""Last part of the addresses at which wires begin that lead to the PBX and to the database."""
STANDBY = 52
"""The same of a standby of the database, where there may be one (`standby`)."""


@dataclass(frozen=True)
class Wires:
    """What stands between a centre's own programs, its PBX and its database, and can be disturbed."""

    ari: FaultProxy
    ami: FaultProxy
    postgres: FaultProxy

    @classmethod
    @asynccontextmanager
    async def strung(cls, net: str, settings: Settings) -> AsyncIterator["Wires"]:
        """Wires to where these settings have everything."""
        address = str(settings.address)
        ends = (PBX_WIRES, settings.http_port), (PBX_WIRES, settings.ami_port), (DATABASE_WIRE, settings.postgres_port)
        async with AsyncExitStack() as stack:
            yield cls(
                *[
                    await stack.enter_async_context(present(FaultProxy(f"{net}.{host}", address, port)))
                    for host, port in ends
                ]
            )


@dataclass(frozen=True)
class Place:
    """A running centre with its town: four plugged in telephones, any number of citizens and departments."""

    centre: Centre
    town: Exchange
    department: Department
    """One that has more than one number."""
    folder: Path
    """For captures and logs; goes away with the run."""
    net: str
    """The first three parts of the loopback network."""
    wires: Wires | None = None
    sends_on: Department | None = None
    """Where one of the queues sends its callers, as `rules` has it. None: none does."""

    @classmethod
    @asynccontextmanager
    async def opened(cls, folder: Path, *, wired: bool = False, ruled: bool = False) -> AsyncIterator["Place"]:
        """``wired``: the centre's programs reach PBX and database through `Wires`. ``ruled``: it has the queues of `rules`."""
        async with AsyncExitStack() as stack:
            net = stack.enter_context(own_network())
            write_wav(folder / "music" / "tone.wav", tone(MUSIC, 10))
            settings = Settings(
                home=folder / "run",
                flows=lab_flows(folder / "flows"),
                music=folder / "music",
                address=IPv4Address(f"{net}.1"),
                carrier_address=IPv4Address(f"{net}.10"),
            )
            plan = load(settings.flows).plan
            department = next(one for one in plan.departments.values() if len(one.numbers) > 1)
            sends_on = next(one for one in plan.departments.values() if one is not department) if ruled else None
            if sends_on is not None:
                rules.add(settings.flows, sends_on)
            rootfs = ensure_rootfs(settings, print)
            wires = None
            if wired:
                wires = await stack.enter_async_context(Wires.strung(net, settings))
                through = {
                    "asterisk_host": wires.ari.listen,
                    "postgres_host": f"{wires.postgres.listen},{net}.{STANDBY}",
                }
                settings = Settings(**{name: getattr(settings, name) for name in settings.model_fields_set} | through)
            centre = await stack.enter_async_context(Centre.started(settings))
            secrets = Secrets.of(settings)
            secret_of = {extension: secrets.operator(extension) for extension in EXTENSIONS}
            town = await stack.enter_async_context(Exchange.started(net, folder / "town", rootfs, secret_of))
            place = cls(centre, town, department, folder, net, wires, sends_on)
            await place.plug_in()
            yield place

    async def plug_in(self) -> None:
        """Every telephone is at its place and reached."""
        for extension in EXTENSIONS:
            if not self.town.phone(extension).plugged_in:
                await self.town.plug_in(extension)
        for extension in EXTENSIONS:
            await self.centre.reaches(extension)

    async def sweep(self) -> None:
        """Nobody talks, nobody is at work: what comes next begins as the first did."""
        await self.town.everybody_hangs_up()
        await self.centre.everybody_goes_home()
        await self.plug_in()
