"""Operators' telephones that are torn out, or answer too late. Both serve the second menu before all others do."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from ctl.lab import scenes
from ctl.lab.party import Party
from ctl.lab.pulse import TooLateError
from tests.bench import traffic
from tests.bench.place import Place as BenchPlace
from tests.bench.rival import Rival
from tests.proving.background import taker
from tests.proving.badline import AWAY, hear_each_other, treated
from tests.proving.fault import SCENARIOS
from tests.proving.place import Place

EXTENSION, HOST, MENU = "2029", 33, "2"
"""The best of those who serve this menu; last part of the telephone's address."""
TRIES = 5
BY_OTHERS_S = 35
"""20 s of silence (``rtp_timeout``), and whoever serves the menu besides has to be free."""


@asynccontextmanager
async def at_work(place: Place, scenario: str) -> AsyncIterator[str]:
    """The operator is ready, with a telephone that plays this; his address."""
    host = f"{place.net}.{HOST}"
    bench = BenchPlace(place.centre, Rival(place.centre), place.folder)
    async with traffic.telephones(bench, scenario, host, [int(EXTENSION)], "-rtp_echo"):
        await place.centre.gets_ready(EXTENSION)
        yield host
    await place.centre.operator(EXTENSION, "logout")


async def served_by_others(place: Place, citizen: Party, within_s: float) -> None:
    await place.town.until(lambda: taker(place.town, citizen) is not None, f"somebody talks with {citizen}", within_s)
    phone = taker(place.town, citizen)
    assert phone is not None
    await hear_each_other(citizen, phone)
    await citizen.hang_up()
    await citizen.is_gone()


async def torn_out(place: Place) -> None:
    """A telephone is torn out of the wall in the middle of a call: no good-bye, no sound, no answer.

    Its citizen does not hang up, and has another operator soon.
    """
    async with at_work(place, "operator") as host:
        citizen = await scenes.waiting(place.centre, place.town, "listener", MENU)
        await place.centre.operator_is(EXTENSION, "talking")
        with treated(place, AWAY, host):
            await served_by_others(place, citizen, BY_OTHERS_S)
            await place.centre.operator_is(EXTENSION, "wrap_up", "not_ready", "unreachable", within_s=30)


async def rung_for(place: Place, name: str) -> Party:
    """A citizen for whom it rings there. A telephone that has just been cancelled is not free before its call is over for
    the PBX, too; who comes before that is served by another, and somebody else calls."""
    for _ in range(TRIES):
        citizen = await scenes.waiting(place.centre, place.town, name, MENU)
        with suppress(TooLateError):
            await place.centre.operator_is(EXTENSION, "offered", within_s=3)
            return citizen
        await citizen.hang_up()
        await citizen.is_gone()
    raise TooLateError(f"{EXTENSION} is not rung for any of {TRIES} citizens")


async def answers_late(place: Place) -> None:
    """A telephone's 200 OK crosses our CANCEL: because the citizen gives up, and because it rang for too long."""
    async with at_work(place, str(SCENARIOS / "answers_late")):
        for _ in range(3):
            impatient = await rung_for(place, "impatient")
            await impatient.hang_up()
            await impatient.is_gone()
            await place.centre.operator_is(EXTENSION, "ready")
        patient = await rung_for(place, "patient")
        await place.centre.operator_is(EXTENSION, "not_ready", within_s=40)
        await served_by_others(place, patient, 30)
