"""What ends a wrap-up, with telephones and the command line: its time, the saved record, a supervisor (2.1.4)."""

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.party import Party

FIXED_FOR_3_S, AT_MOST_5_S, UNTIL_SAVED = "2", "3", "4"
"""Keys of the menu that lead to the queues of tests/lab/conftest.py."""
SUPERVISOR = "2002"


async def comes(centre: Centre, town: Exchange, key: str, name: str = "citizen") -> Party:
    citizen = await town.citizen_calls(scenes.INQUIRY, name)
    await citizen.is_up()
    await scenes.choose(centre, citizen, key)
    return citizen


async def served(centre: Centre, town: Exchange, key: str) -> str:
    """2001 talks with a citizen, who hangs up. Returns the call."""
    await centre.gets_ready("2001")
    citizen = await comes(centre, town, key)
    phone = await town.rings(town.phone("2001"))
    await phone.answer()
    await centre.phase(citizen, "talking")
    call = (await centre.call_of(citizen))["id"]
    await citizen.hang_up()
    await phone.is_gone()
    return call


async def test_fixed_wrap_up_ends_by_itself_and_the_next_caller_rings(centre: Centre, town: Exchange) -> None:
    await served(centre, town, FIXED_FOR_3_S)
    row = await centre.operator_is("2001", "wrap_up")
    assert row["wrap_up"] == "fixed"
    assert row["until"] is not None
    done = await centre.client.command("wrap_up_done", by="lab", extension="2001")  # a command's start takes too long
    assert not done.ok
    assert "fixed time" in done.message
    citizen = await comes(centre, town, FIXED_FOR_3_S, "next citizen")
    assert (await town.rings(town.phone("2001"))).caller == citizen.caller


async def test_limited_wrap_up_ends_by_itself_or_when_the_operator_says_so(centre: Centre, town: Exchange) -> None:
    await served(centre, town, AT_MOST_5_S)
    row = await centre.operator_is("2001", "wrap_up")
    assert row["wrap_up"] == "limited"
    await centre.operator_is("2001", "ready")
    await served(centre, town, AT_MOST_5_S)
    await centre.operator_is("2001", "wrap_up")
    done = await centre.client.command("wrap_up_done", by="lab", extension="2001")
    assert done.ok, done.message
    await centre.operator_is("2001", "ready")


async def test_no_new_call_is_offered_until_the_record_is_saved(centre: Centre, town: Exchange) -> None:
    call = await served(centre, town, UNTIL_SAVED)
    await centre.operator_is("2001", "wrap_up")
    citizen = await comes(centre, town, UNTIL_SAVED, "next citizen")
    for wish in ("wrap-up-done", "logout"):
        refused = await centre.ctl("operator", "2001", wish)
        assert refused.status == 1
        assert f"record of call {call}" in refused.err
    code = await town.phone_dials("2001", "*15")
    assert await code.hears_speech()
    await code.is_gone(within_s=20)
    await centre.phase(citizen, "waiting")
    saved = await centre.ctl("operator", "2001", "record-saved", call)
    assert saved.status == 0, saved.err
    assert (await town.rings(town.phone("2001"))).caller == citizen.caller


async def test_supervisor_ends_the_wrap_up_with_a_reason(centre: Centre, town: Exchange) -> None:
    await served(centre, town, UNTIL_SAVED)
    await centre.operator_is("2001", "wrap_up")
    why = ("--as", SUPERVISOR, "--reason", "long queue")
    done = await centre.ctl("operator", "2001", "wrap-up-done", *why)
    assert done.status == 0, done.err
    await centre.operator_is("2001", "ready")
