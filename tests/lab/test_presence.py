"""Telephones that die in every way a telephone can: none is ready, none holds a caller, and all come back."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from ctl.house.machine import ensure_packages
from ctl.lab import scenes
from ctl.lab.browserphone import BrowserPhone
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.pulse import eventually
from ctl.lab.softphone import SoftPhone
from ctl.lab.vanishing import NotRegisteredError, VanishingPhone
from ctl.runtime.intrusion import TRIES
from ctl.secrets import Secrets

DESK, BROWSER, DEAF, VANISHED = "2005", "2006", "2007", "2008"
NOTICED_S = 5.0
"""A silent telephone is given 2.5 s; the rest is the machine's."""


@pytest_asyncio.fixture(loop_scope="session")
async def deaf(centre: Centre, town: Exchange) -> AsyncIterator[VanishingPhone]:
    """Registered, answers whether it is there, and never answers a call: not with 100, not with 180."""
    async with _deaf(centre, town, DEAF) as phone:
        yield phone


@asynccontextmanager
async def _deaf(centre: Centre, town: Exchange, extension: str) -> AsyncIterator[VanishingPhone]:
    password = Secrets.of(centre.settings).operator(extension)
    async with VanishingPhone.registered(town.centre, town.town.phones, extension, password) as phone:
        await centre.reaches(extension)
        yield phone
    await centre.reaches(extension, not_any_more=True)


async def test_telephone_that_vanished_without_a_word_does_not_keep_the_caller(centre: Centre, town: Exchange) -> None:
    # An extension of its own: while the PBX still asks the telephone, it stays doubted, also for the next test.
    async with _deaf(centre, town, VANISHED) as phone:
        await centre.gets_ready(VANISHED, "2001")
        phone.vanish()
        citizen = await scenes.waiting(centre, town)
        other = await town.rings(town.phone("2001"), within_s=NOTICED_S)
        assert other.caller == citizen.caller
        assert (await centre.operator_is(VANISHED, "unreachable"))["reason"] == "silent"
        await citizen.hang_up()


async def test_telephone_that_is_there_and_takes_no_call_is_tried_once_more_and_then_no_longer(
    centre: Centre, town: Exchange, deaf: VanishingPhone
) -> None:
    await centre.gets_ready(DEAF)
    citizen = await scenes.waiting(centre, town)
    row = await centre.operator_is(DEAF, "not_ready", within_s=20)  # asked, believed, tried again
    assert (row["reason"], row["kind"]) == ("silent", "forced")
    # How long it was unreachable in between is up to the telephone: it answers within milliseconds when it is asked.
    told = await centre.ctl("call", (await centre.call_of(citizen))["id"], "explain")
    assert told.out.count("could not be reached") == 2, told.out
    await centre.gets_ready("2001")
    assert (await town.rings(town.phone("2001"))).caller == citizen.caller
    await citizen.hang_up()


async def test_a_password_that_is_guessed_raises_an_alarm_and_the_right_one_is_still_welcome(
    centre: Centre, town: Exchange
) -> None:
    about = f"telephone_attack:{town.town.phones}"

    async def alarmed() -> bool:
        return about in {alarm["alarm"] for alarm in (await centre.floor())["alarms"]}

    for n in range(TRIES):
        assert not await alarmed()
        with pytest.raises(NotRegisteredError):
            async with VanishingPhone.registered(town.centre, town.town.phones, DEAF, f"guess {n}"):
                pass
    assert await eventually(alarmed, "the alarm of guessed passwords")
    password = Secrets.of(centre.settings).operator(DEAF)
    async with VanishingPhone.registered(town.centre, town.town.phones, DEAF, password):
        await centre.reaches(DEAF)
    await centre.reaches(DEAF, not_any_more=True)
    seen = await centre.ctl("alarm", "seen", about)
    assert seen.status == 0, seen.err
    assert not await alarmed()


async def test_softphone_that_is_killed_is_unreachable_and_ready_again_when_it_is_back(
    centre: Centre, town: Exchange, tmp_path: Path
) -> None:
    ensure_packages(["baresip-core"], print)
    password = Secrets.of(centre.settings).operator(DESK)
    async with SoftPhone.started(centre.settings, DESK, password, 2800, tmp_path) as phone:
        await centre.reaches(DESK)
        await centre.gets_ready(DESK, "2001")
        await phone.die()
        citizen = await scenes.waiting(centre, town)
        other = await town.rings(town.phone("2001"), within_s=NOTICED_S)
        assert other.caller == citizen.caller
        await centre.operator_is(DESK, "unreachable")
        await centre.reaches(DESK, not_any_more=True)
        await citizen.hang_up()
        await other.is_gone()
    async with SoftPhone.started(centre.settings, DESK, password, 2800, tmp_path):
        await centre.operator_is(DESK, "ready", within_s=30)


async def test_browser_that_is_closed_is_unreachable_at_once_and_ready_again_when_it_is_back(
    centre: Centre, town: Exchange, tmp_path: Path
) -> None:
    ensure_packages(["chromium"], print)
    password = Secrets.of(centre.settings).operator(BROWSER)
    async with BrowserPhone.started(centre.settings, f"{BROWSER}w", password, 2600, tmp_path / "first"):
        await centre.reaches(BROWSER, f"{BROWSER}w")
        await centre.gets_ready(BROWSER, "2001")
    assert (await centre.operator_is(BROWSER, "unreachable", within_s=NOTICED_S))["reason"] == "unreachable"
    citizen = await scenes.waiting(centre, town)
    other = await town.rings(town.phone("2001"), within_s=NOTICED_S)
    assert other.caller == citizen.caller
    async with BrowserPhone.started(centre.settings, f"{BROWSER}w", password, 2600, tmp_path / "second") as browser:
        await centre.operator_is(BROWSER, "ready", within_s=30)
        await other.decline()
        await browser.is_("ringing")
        assert browser.caller == citizen.caller
        await citizen.hang_up()
