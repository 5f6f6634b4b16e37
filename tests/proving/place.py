"""Where it is proved: a centre and a town of their own, on a loopback network of their own."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
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

    @classmethod
    @asynccontextmanager
    async def opened(cls, folder: Path) -> AsyncIterator["Place"]:
        with own_network() as net:
            write_wav(folder / "music" / "tone.wav", tone(MUSIC, 10))
            settings = Settings(
                home=folder / "run",
                flows=lab_flows(folder / "flows"),
                music=folder / "music",
                address=IPv4Address(f"{net}.1"),
                carrier_address=IPv4Address(f"{net}.10"),
            )
            rootfs = ensure_rootfs(settings, print)
            async with Centre.started(settings) as centre:
                secrets = Secrets.of(settings)
                secret_of = {extension: secrets.operator(extension) for extension in EXTENSIONS}
                async with Exchange.started(net, folder / "town", rootfs, secret_of) as town:
                    plan = load(settings.flows).plan
                    department = next(one for one in plan.departments.values() if len(one.numbers) > 1)
                    place = cls(centre, town, department, folder, net)
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
