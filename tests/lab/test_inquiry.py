"""A citizen's inquiry from the first ring to the last row, and what is heard on the way (1.1.1, 1.2, 1.3, 2.2.1)."""

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.tones import RATE, heard_over_time, read_wav


async def test_inquiry_is_answered_by_the_operator_idle_longest(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready("2002", "2001", "2003")
    citizen = await town.citizen_calls(scenes.INQUIRY)
    assert await citizen.hears_speech()
    await scenes.choose(centre, citizen, scenes.FIRST_MENU)
    phone = await town.rings(town.phone("2002"))
    assert phone.caller == citizen.caller
    assert not town.phone("2001").waiting
    await phone.answer()
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    call = (await centre.call_of(citizen))["id"]
    await citizen.hang_up()
    await phone.is_gone()
    await centre.operator_is("2002", "wrap_up")

    record = await centre.record_of(citizen, recorded=True)
    assert record["id"] == call
    assert (record["called"], record["operator"], record["outcome"]) == (scenes.INQUIRY, "2002", "answered")
    assert record["menu"]
    assert record["talk_ms"] > 0
    assert record["wait_ms"] >= 0
    assert record["started_at"] < record["ended_at"]
    assert record["recordings"]

    shown = await centre.ctl("call", call, "show", "--json")
    assert shown.status == 0, shown.err
    assert shown.document["id"] == call
    explained = await centre.ctl("call", call, "explain")
    assert explained.status == 0, explained.err
    assert "2002" in explained.out
    assert "2001" in explained.out
    replayed = await centre.ctl("replay", call)
    assert replayed.status == 0, replayed.err or replayed.out


async def test_recording_holds_both_sides_apart(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.talking(centre, town)
    await citizen.hears(phone)
    await phone.hears(citizen)
    call = (await centre.call_of(citizen))["id"]
    await citizen.hang_up()
    await phone.is_gone()
    record = await centre.record_of(citizen, recorded=True)
    talked_s = sum(segment["seconds"] for segment in record["recordings"])
    assert talked_s > 0.3
    said, answered = (
        # the talk stands at the end of the call; what comes before is speech, which has many tones
        {tone for heard in heard_over_time(side[-round(talked_s * RATE) :]) for tone in heard.tones}
        for side in (read_wav(centre.settings.recordings_path / f"{call}-{way}.wav") for way in ("rx", "tx"))
    )
    assert citizen.voice in said
    assert phone.voice not in said
    assert phone.voice in answered
    assert citizen.voice not in answered


async def test_waiting_caller_hears_announcement_then_music(centre: Centre, town: Exchange) -> None:
    citizen = await scenes.waiting(centre, town)
    assert await citizen.hears_speech()
    assert await citizen.hears_music(within_s=25)
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    assert await citizen.hears_music()
    await phone.answer()
    assert await citizen.hears(phone)


async def test_callers_are_served_in_their_order(centre: Centre, town: Exchange) -> None:
    callers = [await scenes.waiting(centre, town, f"citizen {n}") for n in range(3)]
    await centre.gets_ready("2001")
    for citizen in callers:
        phone = await town.rings(town.phone("2001"))
        assert phone.caller == citizen.caller
        await phone.answer()
        await centre.phase(citizen, "talking")
        await phone.hang_up()
        await citizen.is_gone()
        await centre.operator_is("2001", "wrap_up")
        await centre.operator("2001", "wrap_up_done")


async def test_no_call_is_offered_before_wrap_up_is_done(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.talking(centre, town)
    await citizen.hang_up()
    await phone.is_gone()
    second = await scenes.waiting(centre, town)
    assert await second.hears_music(within_s=25)
    assert not town.phone("2001").waiting
    await centre.operator("2001", "wrap_up_done")
    assert (await town.rings(town.phone("2001"))).caller == second.caller


async def test_operator_by_command_holds_and_resumes(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.talking(centre, town)
    await centre.do(citizen, "hold")
    assert await citizen.hears_music()
    assert await phone.hears_nothing()
    await centre.do(citizen, "resume")
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    await phone.hang_up()
    record = await centre.record_of(citizen)
    assert record["hold_ms"] >= 600  # two listening windows
    assert record["outcome"] == "answered"


async def test_hold_key_of_the_telephone_gives_music(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.talking(centre, town)
    assert await citizen.hears(phone)
    await phone.hold()
    assert await citizen.hears_music()
    await phone.resume()
    assert await citizen.hears(phone)
    await phone.hang_up()
    record = await centre.record_of(citizen)
    assert record["hold_ms"] >= 300
