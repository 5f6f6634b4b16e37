"""Calls outside: what is not dialled is told and raises the alarm (N-9), and a line is kept free for handoffs."""

from collections.abc import AsyncIterator

import pytest_asyncio

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.flows import cap_own_calls, set_trunk
from ctl.switchboard.plan import Department

ALLOWED = "0312340000"
PHONE = "2003"
"""Of an operator who has dialled nothing outside before."""
FORBIDDEN = "010441234567"


async def deploy(centre: Centre) -> None:
    deployed = await centre.ctl("deploy", within_s=120)
    assert deployed.status == 0, deployed.err or deployed.out


@pytest_asyncio.fixture(loop_scope="session")
async def narrow(centre: Centre) -> AsyncIterator[Centre]:
    """A centre with two channels, one of them kept for handoffs."""
    set_trunk(centre.settings.flows, limit=2, reserve=1)
    try:
        await deploy(centre)
        yield centre
    finally:
        set_trunk(centre.settings.flows, limit=40, reserve=4)
        await deploy(centre)


@pytest_asyncio.fixture(loop_scope="session")
async def capped(centre: Centre) -> AsyncIterator[Centre]:
    """A centre in which every operator may dial one number outside in an hour."""
    file = centre.settings.flows / "centre.yaml"
    usual = file.read_bytes()
    cap_own_calls(centre.settings.flows, 1)
    try:
        await deploy(centre)
        yield centre
    finally:
        file.write_bytes(usual)
        await deploy(centre)


async def test_call_beyond_what_an_operator_may_dial_in_an_hour_is_refused_with_words(
    capped: Centre, town: Exchange
) -> None:
    line = town.line(ALLOWED)
    line.lets_it_ring()
    dialled_before = len(line.calls)
    await capped.gets_ready(PHONE)
    caller = await town.phone_dials(PHONE, ALLOWED)
    called = await town.rings(line)
    await called.answer()
    assert await caller.hears(called)
    await caller.hang_up()
    await called.is_gone()
    beyond = await town.phone_dials(PHONE, ALLOWED)
    assert await beyond.hears_speech()
    await beyond.is_gone(within_s=20)
    assert len(line.calls) == dialled_before + 1
    seen = await capped.ctl("alarm", "seen", f"toll_fraud:{PHONE}")
    assert seen.status == 0, seen.err


async def test_forbidden_number_is_refused_with_words_and_raises_the_alarm(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready("2001")
    caller = await town.phone_dials("2001", FORBIDDEN)
    assert await caller.hears_speech()
    alarms = (await centre.floor())["alarms"]
    assert [alarm["operator"] for alarm in alarms if alarm["name"] == "toll_fraud"] == ["2001"]
    await caller.is_gone(within_s=20)
    assert not town.line(FORBIDDEN).calls
    seen = await centre.ctl("alarm", "seen", "toll_fraud:2001")
    assert seen.status == 0, seen.err
    assert "toll_fraud" not in {alarm["name"] for alarm in (await centre.floor())["alarms"]}


async def test_caller_beyond_is_told_so_while_a_handoff_still_finds_a_line(
    narrow: Centre, town: Exchange, department: Department
) -> None:
    number = department.numbers[0]
    town.line(number).lets_it_ring()
    citizen, phone = await scenes.talking(narrow, town)
    beyond = await town.citizen_calls(scenes.INQUIRY, "citizen beyond")
    assert await beyond.hears_speech()
    await beyond.is_gone(within_s=20)
    assert (await narrow.record_of(beyond))["outcome"] == "trunk_full"
    await narrow.do(citizen, "consult", department.code)
    ward = await town.rings(town.line(number))
    await ward.answer()
    assert await phone.hears(ward)
