"""Lines between our own parts: the ARI socket cut, half-open, slow; Asterisk restarted."""

import asyncio

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange


async def cut_ari(centre: Centre) -> None:
    """Tear the TCP connections to Asterisk's HTTP server away (`ss` of iproute2, as root)."""
    settings = centre.settings
    where = ["dst", settings.pbx_host, "dport", "=", str(settings.http_port)]
    process = await asyncio.create_subprocess_exec("ss", "-K", *where, stdout=asyncio.subprocess.PIPE)
    out, _ = await process.communicate()
    assert b"ESTAB" in out


async def test_cut_ari_socket_is_mended_and_nothing_is_lost(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready("2001", "2002")
    talker = await scenes.waiting(centre, town)
    phone = await town.rings(town.phone("2001"))
    await phone.answer()
    await centre.phase(talker, "talking")
    await cut_ari(centre)
    await talker.hang_up()  # told to nobody, since nobody listens
    await centre.is_connected(True, within_s=10)
    await phone.is_gone()
    await centre.operator_is("2001", "wrap_up")
    citizen = await scenes.waiting(centre, town)
    assert (await town.rings(town.phone("2002"))).caller == citizen.caller
    assert (await centre.record_of(talker))["outcome"] in ("answered", "lost")


async def test_silent_pbx_is_noticed_within_ten_seconds(centre: Centre, town: Exchange) -> None:
    """Who was to be connected meanwhile is so afterwards: the request failed, and is made again."""
    citizen, phone = await scenes.talking(centre, town)
    await centre.do(citizen, "hold")
    assert await citizen.hears_music()
    with centre.asleep("asterisk"):
        await centre.do(citizen, "resume")
        await centre.is_connected(False, within_s=10)
    await centre.is_connected(True, within_s=15)
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    await citizen.hang_up()
    await phone.is_gone()
    assert (await centre.record_of(citizen))["outcome"] == "answered"


async def test_slow_reader_catches_up(centre: Centre, town: Exchange) -> None:
    """The switchboard does not read for a while: shorter than the sentinel's patience."""
    await centre.gets_ready("2001")
    with centre.asleep("switchboard"):
        citizen = await town.citizen_calls(scenes.INQUIRY)
        await citizen.is_up()
        gone = await town.citizen_calls(scenes.INQUIRY, "impatient citizen")
        await gone.is_up()
        await gone.hang_up()
        await gone.is_gone()
    assert await citizen.hears_speech(within_s=15)
    await scenes.choose(centre, citizen, scenes.FIRST_MENU)
    assert (await town.rings(town.phone("2001"))).caller == citizen.caller


async def test_restarted_asterisk_is_back_within_fifteen_seconds(centre: Centre, town: Exchange) -> None:
    citizen, _ = await scenes.talking(centre, town, "2001")
    waiting = await scenes.waiting(centre, town, "waiting citizen")
    await centre.gets_ready("2002")
    await town.rings(town.phone("2002"))
    centre.kill("asterisk")
    await centre.is_connected(False, within_s=10)
    await centre.is_connected(True, within_s=15)
    for broken in (citizen, waiting):
        await broken.hang_up()  # the centre that knew the call is gone: it can say no BYE
        assert (await centre.record_of(broken))["outcome"] == "lost"
    await centre.operator_is("2001", "wrap_up")
    await centre.operator_is("2002", "ready")
    again = await scenes.waiting(centre, town)
    phone = await town.rings(town.phone("2002"), within_s=30)
    await phone.answer()
    assert await again.hears(phone)
