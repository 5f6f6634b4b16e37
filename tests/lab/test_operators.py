"""Operators' telephones: in vain, declined, unreachable; and the calls that operators make (1.1.1, 1.3.1)."""

from ctl.lab import scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.switchboard.plan import Plan

OUTSIDE = "0312340000"


async def test_ring_timeout_puts_the_operator_out_and_the_caller_back_at_the_head(
    centre: Centre, town: Exchange, plan: Plan
) -> None:
    citizen, phone = await scenes.ringing(centre, town)
    later = await scenes.waiting(centre, town, "later citizen")
    patience_s = max(queue.ring_timeout_ms for queue in plan.queues.values()) / 1000
    await phone.is_gone(within_s=patience_s + 5)
    row = await centre.operator_is("2001", "not_ready")
    assert row["reason"] == "ring_timeout"
    await centre.gets_ready("2002")
    assert (await town.rings(town.phone("2002"))).caller == citizen.caller
    await later.hang_up()
    await citizen.hang_up()
    record = await centre.record_of(citizen)
    assert record["outcome"] == "abandoned_ringing"


async def test_declining_puts_the_operator_out_and_offers_the_caller_elsewhere(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.ringing(centre, town)
    await centre.gets_ready("2002")
    await phone.decline()
    other = await town.rings(town.phone("2002"))
    assert other.caller == citizen.caller
    assert (await centre.operator_is("2001", "not_ready"))["reason"] == "refused"
    await other.answer()
    assert await citizen.hears(other)


async def test_unplugged_telephone_is_offered_nothing(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready("2001", "2002")
    await town.unplug("2001")
    await centre.reaches("2001", not_any_more=True)
    assert (await centre.operator_is("2001", "unreachable"))["reason"] == "unreachable"
    citizen = await scenes.waiting(centre, town)
    assert (await town.rings(town.phone("2002"))).caller == citizen.caller
    await town.plug_in("2001")
    await centre.reaches("2001")
    await centre.operator_is("2001", "ready")


async def test_operator_who_goes_not_ready_while_it_rings_passes_the_caller_on(
    centre: Centre, town: Exchange, plan: Plan
) -> None:
    citizen, phone = await scenes.ringing(centre, town)
    await centre.gets_ready("2002")
    await centre.operator("2001", "not_ready", next(iter(plan.not_ready_reasons)))
    await phone.is_gone()
    assert (await town.rings(town.phone("2002"))).caller == citizen.caller


async def test_operator_calls_operator(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready("2001", "2002")
    caller = await town.phone_dials("2001", "2002")
    called = await town.rings(town.phone("2002"))
    assert called.caller == "2001"
    assert await caller.hears_ringing()
    await called.answer()
    assert await caller.hears(called)
    assert await called.hears(caller)
    await caller.hang_up()
    await called.is_gone()


async def test_operator_calls_outside_and_shows_the_representative_number(
    centre: Centre, town: Exchange, plan: Plan
) -> None:
    town.line(OUTSIDE).lets_it_ring()
    await centre.gets_ready("2001")
    caller = await town.phone_dials("2001", OUTSIDE)
    called = await town.rings(town.line(OUTSIDE))
    assert called.caller == plan.trunk.caller_id
    assert await caller.hears_ringing()
    await called.answer()
    assert await caller.hears(called)
    assert await called.hears(caller)
    await called.hang_up()
    await caller.is_gone()


async def test_busy_outside_number_is_told_with_words(centre: Centre, town: Exchange) -> None:
    town.line(OUTSIDE).is_busy()
    await centre.gets_ready("2001")
    caller = await town.phone_dials("2001", OUTSIDE)
    assert await caller.hears_speech()
    await caller.is_gone(within_s=20)


async def test_expensive_number_is_not_dialled(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready("2001")
    caller = await town.phone_dials("2001", "0990123456")
    assert await caller.hears_speech()
    await caller.is_gone(within_s=20)
    assert not town.line("0990123456").calls
