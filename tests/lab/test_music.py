"""What is played to those who wait: the music of their queue, while whoever is on hold hears the centre's own."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest_asyncio

from ctl.lab import flows, scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange

TAX, INSURANCE = "2", "3"
"""Keys of the menu that lead to queues with music of their own."""
COVID = "0345662466"
"""The number whose queue has music of its own."""


@dataclass(frozen=True)
class Music:
    """A tone, so that it is recognised like a voice."""

    name: str
    voice: int


SPRING, SUMMER, AUTUMN, WINTER = Music("tax", 2000), Music("covid", 2300), Music("insurance", 2600), Music("tax", 2900)


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def music(running_centre: Centre) -> AsyncIterator[None]:
    """Three queues have music of their own while the tests of this module last."""
    queues = running_centre.settings.flows / "queues.yaml"
    usual = queues.read_bytes()
    await play(running_centre, SPRING)
    yield
    queues.write_bytes(usual)
    await deploy(running_centre)


async def play(centre: Centre, tax: Music) -> None:
    """Put the music of the tax queue into force, and that of the others, which is always the same."""
    flows.play(centre.settings.flows, {one.name: one.voice for one in (tax, SUMMER, AUTUMN)})
    await deploy(centre)


async def deploy(centre: Centre) -> None:
    deployed = await centre.ctl("deploy", within_s=120)
    assert deployed.status == 0, deployed.err or deployed.out


async def test_each_queue_plays_its_own_music_and_on_hold_it_is_that_of_the_centre(
    centre: Centre, town: Exchange
) -> None:
    tax = await scenes.waiting(centre, town, "citizen with a tax matter", TAX)
    insured = await scenes.waiting(centre, town, "insured citizen", INSURANCE)
    other = await scenes.waiting(centre, town, "citizen of another queue")
    assert await tax.hears(SPRING)
    assert await insured.hears(AUTUMN)
    assert await other.hears_music()
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == tax.caller
    assert await tax.hears(SPRING), "music goes on while the telephone rings"
    await phone.answer()
    assert await tax.hears(phone)
    await centre.do(tax, "hold")
    assert await tax.hears_music()
    await centre.do(tax, "resume")
    assert await tax.hears(phone)


async def test_caller_who_is_moved_hears_the_music_of_the_other_queue(centre: Centre, town: Exchange) -> None:
    citizen = await scenes.waiting(centre, town, key=INSURANCE)
    assert await citizen.hears(AUTUMN)
    call = (await centre.call_of(citizen))["id"]
    moved = await centre.ctl("call", call, "move", "tax", "--as", "2004", "--reason", "税の用件")
    assert moved.status == 0, moved.err
    assert await citizen.hears(SPRING)


async def test_new_music_is_heard_from_the_next_deploy_on_and_nobody_who_waits_is_lost(
    centre: Centre, town: Exchange
) -> None:
    waiting = await scenes.waiting(centre, town, "citizen who waits", TAX)
    assert await waiting.hears(SPRING)
    try:
        await play(centre, WINTER)
        late = await scenes.waiting(centre, town, "late citizen", TAX)
        assert await late.hears(WINTER)
        assert await waiting.hears(WINTER, within_s=40), "after the next announcement"
        await centre.gets_ready("2001")
        assert (await town.rings(town.phone("2001"))).caller == waiting.caller
    finally:
        await play(centre, SPRING)


async def test_music_is_that_of_the_queue_while_the_switchboard_is_away(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready("2001")
    await centre.is_covered_by("2001")
    async with centre.without("switchboard"):
        citizen = await town.citizen_calls(COVID)
        phone = await town.rings(town.phone("2001"), within_s=40)
        assert await citizen.hears(SUMMER)
        await phone.answer()
        assert await citizen.hears(phone)
    await centre.is_connected(True, within_s=40)
    assert await citizen.hears(phone)
