"""Telephones that are not ours: a browser (Chromium with JsSIP), a softphone (baresip), a citizen played by SIPp."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from ctl.house.machine import ensure_packages
from ctl.lab import scenes
from ctl.lab.browserphone import BrowserPhone
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.sippcitizen import SippCitizen
from ctl.lab.softphone import SoftPhone
from ctl.secrets import Secrets
from ctl.switchboard.plan import Department

DESK, BROWSER = "2005", "2006"


@pytest.fixture(scope="module", autouse=True)
def programs() -> None:
    ensure_packages(["chromium", "baresip-core", "sip-tester"], print)


@pytest_asyncio.fixture(loop_scope="session")
async def browser(centre: Centre, tmp_path: Path) -> AsyncIterator[BrowserPhone]:
    password = Secrets.of(centre.settings).operator(BROWSER)
    async with BrowserPhone.started(centre.settings, f"{BROWSER}w", password, 2600, tmp_path) as phone:
        await centre.reaches(BROWSER, f"{BROWSER}w")
        yield phone
    await centre.reaches(BROWSER, f"{BROWSER}w", not_any_more=True)


async def test_browser_takes_a_call_and_hands_it_off(
    centre: Centre, town: Exchange, browser: BrowserPhone, department: Department
) -> None:
    number = department.numbers[0]
    town.line(number).lets_it_ring()
    await centre.gets_ready(BROWSER)
    citizen = await scenes.waiting(centre, town)
    await browser.is_("ringing")
    assert browser.caller == citizen.caller
    await browser.answer()
    assert await citizen.hears(browser)
    assert await browser.hears(citizen.voice)
    await centre.do(citizen, "hold")
    assert await citizen.hears_music()
    assert await browser.hears()
    await centre.do(citizen, "consult", department.code)
    ward = await town.rings(town.line(number))
    await ward.answer()
    assert await browser.hears(ward.voice)
    assert await ward.hears(browser)
    await centre.do(citizen, "complete")
    assert await citizen.hears(ward)
    await browser.is_("idle")


async def test_softphone_takes_a_call(centre: Centre, town: Exchange, tmp_path: Path) -> None:
    password = Secrets.of(centre.settings).operator(DESK)
    async with SoftPhone.started(centre.settings, DESK, password, 2800, tmp_path) as phone:
        await centre.reaches(DESK)
        await centre.gets_ready(DESK)
        citizen = await scenes.waiting(centre, town)
        await phone.is_("ringing")
        await phone.answer()
        assert await citizen.hears(phone)
        assert await phone.hears(citizen)
        await citizen.hang_up()
        await phone.is_("idle")


async def test_citizen_with_another_telephone(centre: Centre, town: Exchange, tmp_path: Path) -> None:
    await centre.gets_ready("2001")
    async with SippCitizen.calling(town.town.carrier, town.centre, scenes.INQUIRY, 2200, tmp_path) as citizen:
        phone = await town.rings(town.phone("2001"), within_s=60)
        assert phone.caller == citizen.caller
        await phone.answer()
        assert await phone.hears(citizen)
        assert await town.hears(citizen, phone)
        await phone.hang_up()
        assert await asyncio.wait_for(citizen.ended(), 10) == 0
