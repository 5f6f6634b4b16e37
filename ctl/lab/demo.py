"""The demonstration: a few calls of a day at the centre, told in plain words as they happen.

It uses the centre as people do: it is started if it is not up, and what operations would change for a special day
(open now, closed now) is deployed like any change of theirs, and taken back at the end.
"""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Address
from pathlib import Path

from ctl.config import load
from ctl.house import ensure_rootfs
from ctl.lab import flows, scenes, table
from ctl.lab.centre import Centre
from ctl.lab.driver import LabError
from ctl.lab.exchange import Exchange
from ctl.lab.party import Party
from ctl.lab.townconf import CARRIER
from ctl.runtime.client import SwitchboardAway
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.plan import Department, Plan

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


async def tell_story(settings: Settings, tell: Tell) -> None:
    """Play the scenes, then print the table of the calls. Raises `LabError` when this machine cannot play them."""
    async with stage(settings, tell, operators=2) as on:
        citizens = [
            await _inquiry(on),
            await _agreed(on, _departments(on.plan)[0]),
            await _refused(on, _departments(on.plan)[1]),
            await _abandoned(on),
            await _night(on),
        ]
        tell("Waiting until the last row is in Postgres …")
        records = [await on.centre.record_of(citizen, within_s=120) for citizen in citizens]
        tell("")
        tell(table.of_calls(records))
        await where_to_look(on.centre, tell)


@asynccontextmanager
async def stage(settings: Settings, tell: Tell, operators: int, listening: bool = True) -> AsyncIterator[Stage]:
    """The centre up and open, a town around it, and telephones for so many operators. Swept at the end."""
    net, last = str(settings.address).rpartition(".")[0], str(settings.carrier_address).rpartition(".")[2]
    if settings.carrier_address != IPv4Address(f"{net}.{CARRIER}"):
        raise LabError(
            f"the demonstration plays the carrier at {net}.{CARRIER}, and this centre expects it at ….{last}: "
            f"leave CTL_CARRIER_ADDRESS unset, or set it to {net}.{CARRIER}"
        )
    centre = Centre(settings)
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


# --- scenes -----------------------------------------------------------------------------------------------------------


async def _inquiry(on: Stage) -> Party:
    on.tell("\n1. An inquiry")
    await _at_work(on, on.first, on.second)
    citizen = await on.town.citizen_calls(scenes.INQUIRY)
    await citizen.hears_speech()
    on.tell(f"   A citizen ({citizen.caller}) dials 03-3981-1111 and hears the greeting in Japanese.")
    await scenes.choose(on.centre, citizen, scenes.FIRST_MENU)
    row = await on.centre.call_of(citizen)
    on.tell(f"   The citizen presses 1 ({row['menu']}) and enters the queue {row['queue']}.")
    phone = await on.town.rings(on.town.phone(on.first))
    on.tell(f"   The telephone of {on.operator(on.first)} rings: idle longest of all who fit.")
    await phone.answer()
    await citizen.hears(phone)
    await phone.hears(citizen)
    on.tell("   They talk: each hears the other (measured on the wire).")
    await _a_while()
    await citizen.hang_up()
    await phone.is_gone()
    await on.centre.operator_is(on.first, "wrap_up")
    on.tell("   The citizen hangs up; the operator is in wrap-up, and gets no call before it is done.")
    await on.centre.operator(on.first, "wrap_up_done")
    return citizen


async def _agreed(on: Stage, department: Department) -> Party:
    on.tell("\n2. A handoff in two steps, agreed")
    citizen, phone, ward = await _asks(on, department)
    await ward.answer()
    await phone.hears(ward)
    on.tell(f"   {department.name} answers; operator and department talk, the citizen hears music.")
    await _a_while()
    await on.centre.do(citizen, "complete")
    await citizen.hears(ward)
    await ward.hears(citizen)
    on.tell("   The department agrees: citizen and department are connected over the outside line.")
    await _a_while()
    await phone.is_gone()
    await on.centre.operator(on.second, "wrap_up_done")
    await ward.hang_up()
    await citizen.is_gone()
    return citizen


async def _refused(on: Stage, department: Department) -> Party:
    on.tell("\n3. A handoff in two steps, refused")
    citizen, phone, ward = await _asks(on, department)
    await ward.decline(21)  # 603
    on.tell(f"   {department.name} refuses the call; the operator is told so in words.")
    await on.centre.phase(citizen, "talking", within_s=20)
    await citizen.hears(phone)
    on.tell("   The operator has the citizen back.")
    await phone.hang_up()
    await citizen.is_gone()
    await on.centre.operator(on.first, "wrap_up_done")
    return citizen


async def _asks(on: Stage, department: Department) -> tuple[Party, Party, Party]:
    line = on.town.line(department.numbers[0])
    line.lets_it_ring()
    citizen = await scenes.waiting(on.centre, on.town)
    row = await on.centre.phase(citizen, "ringing")
    extension = row["operator"] or on.first
    phone = await on.town.rings(on.town.phone(extension))
    await phone.answer()
    await citizen.hears(phone)
    on.tell(f"   A citizen ({citizen.caller}) talks with {on.operator(extension)}.")
    await _a_while()
    await on.centre.do(citizen, "consult", department.code)
    ward = await on.town.rings(line)
    await citizen.hears_music_of_any_kind()
    on.tell(f"   The operator asks {department.name} ({department.numbers[0]}); the citizen hears music.")
    return citizen, phone, ward


async def _abandoned(on: Stage) -> Party:
    on.tell("\n4. An abandoned call")
    reason = next(iter(on.plan.not_ready_reasons))
    for extension in (on.first, on.second):
        await on.centre.operator(extension, "not_ready", reason)
    on.tell("   Both operators are at a break.")
    citizen = await scenes.waiting(on.centre, on.town)
    await citizen.hears_music_of_any_kind(within_s=30)
    await _a_while()
    on.tell(f"   A citizen ({citizen.caller}) waits: announcement, then music; and hangs up.")
    await citizen.hang_up()
    await citizen.is_gone()
    return citizen


async def _night(on: Stage) -> Party:
    on.tell("\n5. A night call")
    flows.set_today(on.flows, flows.CLOSED)
    await deploy(on.centre, on.flows)
    on.tell("   Operations deploys a calendar in which today is closed; it holds for the next call at once.")
    citizen = await on.town.citizen_calls(scenes.INQUIRY)
    await citizen.hears_speech()
    on.tell(f"   A citizen ({citizen.caller}) hears the message for the night.")
    await citizen.is_gone(within_s=90)
    on.tell("   When it has been said, the centre hangs up.")
    return citizen


async def _a_while() -> None:
    """People talk, and recordings shall have something in them."""
    await asyncio.sleep(2)


# --- setting up and clearing away -------------------------------------------------------------------------------------


def _departments(plan: Plan) -> Sequence[Department]:
    return list(plan.departments.values())


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


async def _at_work(on: Stage, *extensions: str) -> None:
    for extension in extensions:
        for code, what in ((on.plan.features.login, "logs in"), (on.plan.features.ready, "is ready")):
            call = await on.town.phone_dials(extension, code)
            await call.is_gone(within_s=20)
            on.tell(f"   {on.operator(extension)} dials {code} and {what}.")
        await on.centre.operator_is(extension, "ready")


async def _goes_home(centre: Centre, town: Exchange, extension: str) -> None:
    row = next(row for row in (await centre.client.floor())["operators"] if row["extension"] == extension)
    if row["state"] not in ("logged_out", "talking", "offered"):
        await centre.client.command("logout", by="demo", extension=extension)
    await town.unplug(extension)


async def deploy(centre: Centre, source: Path) -> None:
    done = await Centre(centre.settings.model_copy(update={"flows": source})).ctl("deploy", within_s=300)
    if done.status:
        raise LabError(f"ctl deploy failed: {done.err or done.out}")


async def where_to_look(centre: Centre, tell: Tell) -> None:
    status = await centre.ctl("status", "--json")
    for name, url in status.document.get("urls", {}).items():
        tell(f"{name}: {url}")
