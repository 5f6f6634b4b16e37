"""Callers whom a queue cannot take, or not serve in time, with real telephones: where they go instead (1.3.1)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio

from ctl.lab import flows, scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.party import Party
from ctl.lab.pulse import eventually
from ctl.switchboard.plan import Department

REGISTER, TAX, INSURANCE, WELFARE, WASTE, EXCHANGE, GENERAL = "1", "2", "3", "4", "5", "6", "0"
"""Keys of the menu, each of which leads to a queue with a rule of its own."""
DESK = "desk"


@dataclass(frozen=True)
class Message:
    """An announcement that is a tone here, so that it is recognised like a voice."""

    name: str
    voice: int


FULL, CLOSED = Message("queue-is-full", 2600), Message("desk-is-closed", 2900)
CROWDED, CALLED_BACK = Message("desk-is-crowded", 2300), Message("may-we-call-you-back", 2000)
STAY = Message("who-waits-is-served", 3100)
TOO_LONG_S = 0.2
"""What a caller of the exchange may expect to wait: less than a talk of the laboratory lasts in which both are heard."""


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def rules(running_centre: Centre, department: Department) -> AsyncIterator[None]:
    """Rules of overflow in every queue but one while the tests of this module last."""
    copy = running_centre.settings.flows
    usual = {name: (copy / name).read_bytes() for name in ("queues.yaml", "calendar.yaml", "announcements.yaml")}
    add_rules(copy, department)
    await deploy(running_centre)
    yield
    for name, before in usual.items():
        (copy / name).write_bytes(before)
    await deploy(running_centre)


def add_rules(copy: Path, department: Department) -> None:
    """Nobody who is at work serves the tax queue; the insurance queue holds one; the register queue closes; the others
    send callers to a department, or offer them a call-back."""
    flows.sound(copy, {one.name: one.voice for one in (FULL, CLOSED, CROWDED, CALLED_BACK, STAY)}, seconds=4)
    flows.open_until(copy, DESK, datetime.now(UTC) + timedelta(days=1))
    only_experts, waited = {"group": "tax", "max_level": 1}, {"when": "waited", "after_seconds": 8, "queue": "waste"}
    flows.change_queue(copy, "tax", stages=[only_experts], overflow=[waited])
    flows.change_queue(copy, "insurance", overflow=[{"when": "full", "callers": 1, "say": FULL.name}])
    closed, stay = {"when": "closed", "hours": DESK, "say": CLOSED.name}, {"hours": DESK, "say": STAY.name}
    flows.change_queue(copy, "register", overflow=[closed], announce={"after_hours": stay})
    flows.change_queue(copy, "waste", callback={"hours": DESK, "after_seconds": 1})
    asked = {"when": "waited", "after_seconds": 6, "callback": True, "say": CALLED_BACK.name}
    late = {"hours": "inquiry", "after_seconds": 600, "preview": True}
    flows.change_queue(copy, "welfare", overflow=[asked], callback=late, wrap_up={"kind": "none"})
    expected = {"when": "expected", "wait_seconds": TOO_LONG_S, "department": department.code}
    flows.change_queue(copy, "exchange", overflow=[expected], wrap_up={"kind": "none"})
    nobody = {"when": "nobody", "department": department.code}
    flows.change_queue(copy, "general", overflow=[nobody, {"when": "crowd", "callers": 1, "say": CROWDED.name}])


async def deploy(centre: Centre) -> None:
    deployed = await centre.ctl("deploy", within_s=120)
    assert deployed.status == 0, deployed.err or deployed.out


async def test_caller_who_waits_too_long_is_answered_from_the_other_queue(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready("2001")
    citizen = await scenes.waiting(centre, town, key=TAX)
    assert (await centre.phase(citizen, "waiting"))["queue"] == "tax"
    assert await citizen.hears_music()
    phone = await town.rings(town.phone("2001"), within_s=20)
    assert phone.caller == citizen.caller
    await phone.answer()
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    call = await centre.phase(citizen, "talking")
    assert call["queue"] == "waste"
    told = await centre.ctl("call", call["id"], "explain", "--language", "ja")
    assert "溢れ規則1（この待ち行列で8.0秒待った）により、待ち行列「ごみ・環境」へ移した" in told.out


async def test_full_queue_says_so_and_the_caller_who_is_in_it_waits_on(centre: Centre, town: Exchange) -> None:
    waiting = await scenes.waiting(centre, town, "waiting citizen", INSURANCE)
    late = await scenes.waiting(centre, town, "late citizen", INSURANCE)
    assert await late.hears(FULL)
    await late.is_gone()
    assert (await centre.record_of(late))["outcome"] == "overflowed"
    await centre.gets_ready("2001")
    assert (await town.rings(town.phone("2001"))).caller == waiting.caller


async def test_at_closing_time_who_waits_is_served_and_who_comes_then_is_told(centre: Centre, town: Exchange) -> None:
    closing = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(minutes=1)
    if closing - datetime.now(UTC) < timedelta(seconds=50):  # the deployment and two calls come before it
        closing += timedelta(minutes=1)
    flows.open_until(centre.settings.flows, DESK, closing)
    await deploy(centre)
    early = await scenes.waiting(centre, town, "early citizen", REGISTER)
    assert (await centre.phase(early, "waiting"))["queue"] == "register"
    _, promise = await scenes.callback_promised(centre, town, WASTE)
    assert datetime.now(UTC) < closing, "the early citizen came too late to show anything"

    async def is_closing_time() -> bool:
        return datetime.now(UTC) >= closing

    await eventually(is_closing_time, "closing time", 115)
    assert await early.hears(STAY), "who waits is told that the hours are over, and that he will be served"
    late = await scenes.waiting(centre, town, "late citizen", REGISTER)
    assert await late.hears(CLOSED)
    await late.is_gone()
    assert (await centre.record_of(late))["outcome"] == "closed"
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == early.caller
    await phone.answer()
    assert await early.hears(phone)
    assert promise["call"] not in {row["call"] for row in (await centre.floor())["callbacks"]}
    told = await centre.ctl("call", promise["call"], "explain")
    assert "expired" in told.out


# --- into a call-back -------------------------------------------------------------------------------------------------


async def asked_for_the_number(centre: Centre, town: Exchange) -> Party:
    """A citizen has waited long enough to be offered a call-back without asking for it."""
    citizen = await scenes.waiting(centre, town, key=WELFARE)
    assert await citizen.hears_music()
    assert await citizen.hears(CALLED_BACK)
    await centre.phase(citizen, "confirming")
    assert await citizen.hears_speech(), "the number that the telephone shows"
    return citizen


async def test_caller_who_waits_too_long_is_called_back_instead(centre: Centre, town: Exchange) -> None:
    citizen = await asked_for_the_number(centre, town)
    await citizen.press("1")
    promise = await centre.owes(citizen)
    await citizen.hang_up()
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == citizen.caller
    await phone.answer()
    assert await phone.hears_speech(), "who is to be called; the operator looks first"
    assert await phone.hears_nothing()
    assert not town.line(citizen.caller).calls
    await phone.press("1")
    home = await town.rings(town.line(citizen.caller))
    await home.answer()
    assert await home.hears(phone)
    assert await phone.hears(home)
    await home.hang_up()
    assert (await centre.record_of(citizen))["outcome"] == "callback"
    told = await centre.ctl("call", promise["call"].removesuffix("-back"), "explain")
    assert "a call-back was offered" in told.out


async def test_caller_who_would_rather_wait_waits_on_and_is_not_asked_again(centre: Centre, town: Exchange) -> None:
    citizen = await asked_for_the_number(centre, town)
    later = await scenes.waiting(centre, town, "later citizen", WELFARE)
    await citizen.press("9")
    assert await citizen.hears_music()
    assert await later.hears(CALLED_BACK), "the rule's time has come again, and passes over the one who was asked"
    assert await citizen.hears_music()
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == citizen.caller
    await phone.answer()
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)


# --- outside ----------------------------------------------------------------------------------------------------------


async def test_caller_who_would_have_to_wait_too_long_is_answered_at_the_department(
    centre: Centre, town: Exchange, department: Department
) -> None:
    await scenes.experienced(centre, town, EXCHANGE, ("2001", "2002", "2003", "2004"))
    line = town.line(department.numbers[0])
    line.lets_it_ring()
    first = await scenes.waiting(centre, town, "first citizen", EXCHANGE)
    phone = await town.rings(town.phone("2001"))
    await phone.answer()
    assert await first.hears(phone)
    second = await scenes.waiting(centre, town, "second citizen", EXCHANGE)
    ward = await town.rings(line)
    await ward.answer()
    assert await second.hears(ward)
    assert await ward.hears(second)
    assert await first.hears(phone)
    told = await centre.ctl("call", (await centre.call_of(second))["id"], "explain")
    assert "of waiting were expected" in told.out


async def test_caller_is_answered_at_the_department_when_nobody_is_logged_in(
    centre: Centre, town: Exchange, department: Department
) -> None:
    line = town.line(department.numbers[0])
    line.lets_it_ring()
    citizen = await scenes.waiting(centre, town, key=GENERAL)
    ward = await town.rings(line)
    assert await citizen.hears_music()
    await ward.answer()
    assert await citizen.hears(ward)
    assert await ward.hears(citizen)


async def test_caller_beyond_what_those_at_work_can_bear_is_told_that_it_is_crowded(
    centre: Centre, town: Exchange
) -> None:
    await centre.gets_ready("2001")
    talks = await scenes.waiting(centre, town, "citizen who talks", GENERAL)
    phone = await town.rings(town.phone("2001"))
    await phone.answer()
    waits = await scenes.waiting(centre, town, "citizen who waits", GENERAL)
    assert await waits.hears_music()
    late = await scenes.waiting(centre, town, "late citizen", GENERAL)
    assert await late.hears(CROWDED)
    await late.is_gone()
    assert (await centre.record_of(late))["outcome"] == "overflowed"
    assert await talks.hears(phone)
    assert (await centre.phase(waits, "waiting"))["caller"] == waits.caller
