"""Where a demonstration is played: the centre up and open, a town around it, operators with telephones."""

import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from ctl.config import load
from ctl.house import ensure_rootfs
from ctl.lab import flows
from ctl.lab.centre import Centre
from ctl.lab.driver import LabError
from ctl.lab.exchange import Exchange
from ctl.lab.townconf import CARRIER
from ctl.runtime.client import SwitchboardAway
from ctl.secrets import Secrets
from ctl.switchboard.plan import Plan

Tell = Callable[[str], None]


@dataclass(frozen=True)
class Stage:
    """All that a scene needs. ``extensions``: the operators of the day."""

    centre: Centre
    town: Exchange
    plan: Plan
    flows: Path
    extensions: Sequence[str]
    tell: Tell

    @property
    def first(self) -> str:
        return self.extensions[0]

    @property
    def second(self) -> str:
        return self.extensions[1]

    def operator(self, extension: str) -> str:
        known = next(one for one in self.plan.operators.values() if one.extension == extension)
        return f"{extension} {known.name}"


@asynccontextmanager
async def stage(centre: Centre, tell: Tell, operators: int, listening: bool = True) -> AsyncIterator[Stage]:
    """The centre up and open, a town around it, and telephones for so many operators. Swept at the end."""
    settings = centre.settings
    net, last = str(settings.address).rpartition(".")[0], str(settings.carrier_address).rpartition(".")[2]
    if settings.carrier_address != IPv4Address(f"{net}.{CARRIER}"):
        raise LabError(
            f"the demonstration plays the carrier at {net}.{CARRIER}, and this centre expects it at ….{last}: "
            f"leave CTL_CARRIER_ADDRESS unset, or set it to {net}.{CARRIER}"
        )
    await _up(centre, tell)
    rootfs = ensure_rootfs(settings, tell)
    async with AsyncExitStack() as stack:
        home = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="toritsugi-town-")))
        copy = flows.copy_of(settings.flows, home / "flows")
        plan = load(settings.flows).plan
        extensions = await _free_telephones(centre, operators)
        tell(
            "Operations deploys a calendar in which today is open around the clock, so that it can be shown at any hour."
        )
        stack.push_async_callback(deploy, centre, settings.flows)
        await deploy(centre, copy)
        secrets = Secrets.of(settings)
        secret_of = {extension: secrets.operator(extension) for extension in extensions}
        town = await stack.enter_async_context(
            Exchange.started(net, home / "town", rootfs, secret_of, listening=listening)
        )
        tell(
            f"A town is up at {net}.{CARRIER}: carrier, citizens, departments, and the telephones of {len(extensions)} operators."
        )
        for extension in extensions:
            await town.plug_in(extension)
            stack.push_async_callback(_goes_home, centre, town, extension)
        for extension in extensions:
            await centre.reaches(extension)
        yield Stage(centre, town, plan, copy, extensions, tell)


async def _up(centre: Centre, tell: Tell) -> None:
    try:
        floor = await centre.client.floor()
    except SwitchboardAway:
        tell("The centre is not up: starting it (ctl up) …")
        done = await centre.ctl("up", within_s=600)
        if done.status:
            raise LabError(f"ctl up failed: {done.err or done.out}") from None
        await centre.is_connected(True, within_s=60)
        return
    if floor["calls"]:
        raise LabError("calls are in progress at this centre: the demonstration would disturb them; try again later")


async def _free_telephones(centre: Centre, wanted: int) -> list[str]:
    """Extensions that nobody uses now: logged out and without a telephone."""
    rows = (await centre.client.floor())["operators"]
    free = [row["extension"] for row in rows if row["state"] == "logged_out" and not row["endpoints"]]
    if len(free) < wanted:
        raise LabError(f"only {len(free)} operators have no telephone registered, and {wanted} are needed")
    return free[:wanted]


async def _goes_home(centre: Centre, town: Exchange, extension: str) -> None:
    row = next(row for row in (await centre.client.floor())["operators"] if row["extension"] == extension)
    if row["state"] not in ("logged_out", "talking", "offered"):
        await centre.client.command("logout", by="demo", extension=extension)
    await town.unplug(extension)


async def deploy(centre: Centre, source: Path) -> None:
    done = await type(centre)(centre.settings.model_copy(update={"flows": source})).ctl("deploy", within_s=300)
    if done.status:
        raise LabError(f"ctl deploy failed: {done.err or done.out}")


async def where_to_look(centre: Centre, tell: Tell) -> None:
    urls = (await centre.ctl("status", "--json")).document["urls"]
    tell(f"\nThe page that shows these calls: {urls['web']}")
