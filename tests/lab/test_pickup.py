"""An operator takes a caller who is ringing at a colleague's telephone, heard by tones."""

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange


async def test_operator_picks_up_what_rings_at_a_colleague(centre: Centre, town: Exchange) -> None:
    citizen, ringing = await scenes.ringing(centre, town)
    await centre.gets_ready("2002")
    taker = await town.phone_dials("2002", "*282001")
    await ringing.is_gone()
    assert await citizen.hears(taker)
    assert await taker.hears(citizen)
    assert (await centre.operator_is("2002", "talking"))["call"] == (await centre.call_of(citizen))["id"]
    await centre.operator_is("2001", "ready")
    await centre.do(citizen, "hold")
    assert await citizen.hears_music()
    await centre.do(citizen, "resume")
    assert await citizen.hears(taker)
    await citizen.hang_up()
    await taker.is_gone()
    await centre.operator_is("2002", "wrap_up")
    record = await centre.record_of(citizen)
    assert (record["outcome"], record["operator"]) == ("answered", "2002")
