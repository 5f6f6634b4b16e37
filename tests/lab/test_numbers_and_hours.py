"""Which number was called, and when: what is refused, and what the night hears (1.2.1, 1.2.2)."""

import pytest

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.flows import AROUND_THE_CLOCK, CLOSED, set_today


@pytest.mark.parametrize("number", ["0339811111", "+81339811111", "0345662466"])
async def test_our_numbers_are_answered_with_a_menu(centre: Centre, town: Exchange, number: str) -> None:
    citizen = await town.citizen_calls(number)
    assert await citizen.hears_speech()
    assert (await centre.phase(citizen, "ivr"))["called"] == number.replace("+81", "0")


async def test_unknown_number_is_refused_with_words(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready("2001")
    citizen = await town.citizen_calls("0399999999")
    assert await citizen.hears_speech()
    await citizen.is_gone(within_s=30)
    assert not town.phone("2001").calls or town.phone("2001").calls[-1].caller != citizen.caller
    assert (await centre.record_of(citizen))["outcome"] == "refused"


async def test_night_call_hears_the_closing_message(centre: Centre, town: Exchange) -> None:
    """The calendar says closed today; the change serves new calls at once, and calls in progress keep their plan."""
    await centre.gets_ready("2001")
    early = await town.citizen_calls(scenes.INQUIRY)
    await early.is_up()
    set_today(centre.settings.flows, CLOSED)
    try:
        deployed = await centre.ctl("deploy", within_s=120)
        assert deployed.status == 0, deployed.err or deployed.out
        late = await town.citizen_calls(scenes.INQUIRY)
        assert await late.hears_speech()
        await scenes.choose(centre, early, scenes.FIRST_MENU)
        phone = await town.rings(town.phone("2001"))
        assert phone.caller == early.caller
        await late.is_gone(within_s=60)
        assert (await centre.record_of(late))["outcome"] == "closed"
    finally:
        set_today(centre.settings.flows, AROUND_THE_CLOCK)
        deployed = await centre.ctl("deploy", within_s=120)
        assert deployed.status == 0, deployed.err or deployed.out


async def test_night_call_hears_the_closing_message_without_the_switchboard_too(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready("2001")
    set_today(centre.settings.flows, CLOSED)
    try:
        deployed = await centre.ctl("deploy", within_s=120)
        assert deployed.status == 0, deployed.err or deployed.out
        async with centre.without("switchboard"):
            late = await town.citizen_calls(scenes.INQUIRY)
            assert await late.hears_speech()
            await late.is_gone(within_s=60)
            assert not town.phone("2001").calls or town.phone("2001").calls[-1].caller != late.caller
        await centre.is_connected(True, within_s=40)
        record = await centre.record_of(late)
        assert (record["outcome"], record["operator"]) == ("closed", None)
    finally:
        set_today(centre.settings.flows, AROUND_THE_CLOCK)
        deployed = await centre.ctl("deploy", within_s=120)
        assert deployed.status == 0, deployed.err or deployed.out
