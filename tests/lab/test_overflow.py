"""Callers whom a queue cannot take, or not serve in time, with real telephones: where they go instead (1.3.1)."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest_asyncio

from ctl.lab import flows, scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.pulse import eventually

TAX, INSURANCE, REGISTER = "2", "3", "1"
"""Keys of the menu, each of which leads to a queue with a rule of its own."""
DESK = "desk"


@dataclass(frozen=True)
class Message:
    """An announcement that is a tone here, so that it is recognised like a voice."""

    name: str
    voice: int


FULL, CLOSED = Message("queue-is-full", 2600), Message("desk-is-closed", 2900)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def rules(running_centre: Centre) -> AsyncIterator[None]:
    """Rules of overflow in three queues while the tests of this module last."""
    copy = running_centre.settings.flows
    usual = {name: (copy / name).read_bytes() for name in ("queues.yaml", "calendar.yaml", "announcements.yaml")}
    add_rules(copy)
    await deploy(running_centre)
    yield
    for name, before in usual.items():
        (copy / name).write_bytes(before)
    await deploy(running_centre)


def add_rules(copy: Path) -> None:
    """Nobody who is at work serves the tax queue; the insurance queue holds one; the register queue closes."""
    flows.sound(copy, {one.name: one.voice for one in (FULL, CLOSED)}, seconds=4)
    flows.open_until(copy, DESK, datetime.now(UTC) + timedelta(days=1))
    only_experts, waited = {"group": "tax", "max_level": 1}, {"when": "waited", "after_seconds": 8, "queue": "waste"}
    flows.change_queue(copy, "tax", stages=[only_experts], overflow=[waited])
    flows.change_queue(copy, "insurance", overflow=[{"when": "full", "callers": 1, "say": FULL.name}])
    flows.change_queue(copy, "register", overflow=[{"when": "closed", "hours": DESK, "say": CLOSED.name}])


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
    if closing - datetime.now(UTC) < timedelta(seconds=35):  # the deployment and a call come before it
        closing += timedelta(minutes=1)
    flows.open_until(centre.settings.flows, DESK, closing)
    await deploy(centre)
    early = await scenes.waiting(centre, town, "early citizen", REGISTER)
    assert (await centre.phase(early, "waiting"))["queue"] == "register"
    assert datetime.now(UTC) < closing, "the early citizen came too late to show anything"

    async def is_closing_time() -> bool:
        return datetime.now(UTC) >= closing

    await eventually(is_closing_time, "closing time", 100)
    late = await scenes.waiting(centre, town, "late citizen", REGISTER)
    assert await late.hears(CLOSED)
    await late.is_gone()
    assert (await centre.record_of(late))["outcome"] == "closed"
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == early.caller
    await phone.answer()
    assert await early.hears(phone)
