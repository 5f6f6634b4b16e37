"""Call-back instead of waiting (B-2), with real telephones: asked for by key, made when the turn has come."""

import json

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.pbx.rotation import ACCOUNTS

OFFERS_CALLBACKS = "5"
"""The key of the menu that leads to the queue in which the laboratory offers call-backs after a second."""


async def test_it_keeps_the_place_and_calling_again_takes_it(centre: Centre, town: Exchange) -> None:
    first, _ = await scenes.callback_promised(centre, town, OFFERS_CALLBACKS)
    second, replaced = await scenes.callback_promised(centre, town, OFFERS_CALLBACKS)
    later = await scenes.waiting(centre, town, "later citizen", OFFERS_CALLBACKS)
    again = await scenes.waiting(centre, town, "second citizen again", OFFERS_CALLBACKS, second.caller)
    assert [row["number"] for row in (await centre.floor())["callbacks"]] == [first.caller]
    await centre.gets_ready("2001", "2002")
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == first.caller, "the call-back has the place of the first caller"
    other = await town.rings(town.phone("2002"))
    assert other.caller == second.caller, "and who calls again that of the second"
    await other.answer()
    assert await again.hears(other)
    assert await other.hears(again)
    assert (await centre.phase(later, "waiting"))["caller"] == later.caller
    told = await centre.ctl("call", replaced["call"], "explain")
    assert "called again" in told.out


async def test_operator_and_citizen_hear_each_other_and_nothing_is_counted_as_abandoned(
    centre: Centre, town: Exchange
) -> None:
    citizen, promise = await scenes.callback_promised(centre, town, OFFERS_CALLBACKS)
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == citizen.caller
    await phone.answer()
    home = await town.rings(town.line(citizen.caller))
    assert home.caller == scenes.INQUIRY
    assert await phone.hears_ringing()
    await home.answer()
    assert await home.hears(phone)
    assert await phone.hears(home)
    await home.hang_up()
    await centre.operator_is("2001", "wrap_up")
    assert (await centre.record_of(citizen))["outcome"] == "callback"
    made = await centre.shown(promise["call"])
    assert [one["verdict"] for one in made["recordings"]] == ["complete"]
    assert citizen.caller not in json.dumps(made), "history holds no number"
    accounts = [centre.settings.under("asterisk", "log", name).read_text() for name in ACCOUNTS]
    assert all(promise["call"] in account for account in accounts), "the PBX has told of the call"
    assert not any(citizen.caller in account for account in accounts)


async def test_busy_citizen_is_reached_at_the_next_attempt(centre: Centre, town: Exchange) -> None:
    citizen, promise = await scenes.callback_promised(centre, town, OFFERS_CALLBACKS)
    line = town.line(citizen.caller)
    line.is_busy()
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    await phone.answer()
    await town.rings(line)
    assert await phone.hears_speech()
    await centre.operator_is("2001", "ready")
    await phone.is_gone()
    line.lets_it_ring()
    again = await town.rings(town.phone("2001"), within_s=20)
    await again.answer()
    home = await town.rings(line)
    await home.answer()
    assert await home.hears(again)
    assert await again.hears(home)
    await home.hang_up()
    await centre.operator_is("2001", "wrap_up")
    told = (await centre.ctl("call", promise["call"], "explain", "--json")).document
    tries = [one["text"] for one in told if one["text"].startswith("attempt")]
    assert len(tries) == 2
    assert "(busy)" in tries[0]
    assert "answered" in tries[1]
