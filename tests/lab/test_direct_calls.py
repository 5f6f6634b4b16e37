"""Calls between operators, beside those of the queues: a colleague who cannot answer is a word, never silence (1.1.1)."""

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange

CALLER, COLLEAGUE = "2002", "2001"


async def test_busy_colleague_is_told_with_a_word_and_not_disturbed(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.talking(centre, town, COLLEAGUE)
    await centre.gets_ready(CALLER)
    caller = await town.phone_dials(CALLER, COLLEAGUE)
    assert await caller.hears_speech()
    await caller.is_gone(within_s=20)
    assert await phone.hears(citizen)
    assert await citizen.hears(phone)
    await centre.operator_is(CALLER, "ready")


async def test_colleague_who_declines_is_told_with_a_word(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready(CALLER, COLLEAGUE)
    caller = await town.phone_dials(CALLER, COLLEAGUE)
    assert await caller.hears_ringing()
    await (await town.rings(town.phone(COLLEAGUE))).decline()
    assert await caller.hears_speech()
    await caller.is_gone(within_s=20)
    await centre.operator_is(COLLEAGUE, "ready")


async def test_colleague_without_a_telephone_is_told_with_a_word(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready(CALLER)
    await town.unplug(COLLEAGUE)
    await centre.reaches(COLLEAGUE, not_any_more=True)
    try:
        caller = await town.phone_dials(CALLER, COLLEAGUE)
        assert await caller.hears_speech()
        await caller.is_gone(within_s=20)
    finally:
        await town.plug_in(COLLEAGUE)
        await centre.reaches(COLLEAGUE)


async def test_citizen_waits_while_colleagues_talk_and_rings_when_they_are_done(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready(CALLER, COLLEAGUE)
    caller = await town.phone_dials(CALLER, COLLEAGUE)
    called = await town.rings(town.phone(COLLEAGUE))
    await called.answer()
    assert await caller.hears(called)
    citizen = await scenes.waiting(centre, town)
    assert await citizen.hears_music()
    assert await called.hears(caller)
    await caller.hang_up()
    await called.is_gone()
    phone = await town.rings(town.phone(CALLER))
    assert phone.caller == citizen.caller
    await phone.answer()
    assert await citizen.hears(phone)
