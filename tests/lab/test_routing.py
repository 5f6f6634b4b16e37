"""Who is served by whom and when, with real telephones (1.3.1): stages, ageing, and callers who call again."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from ctl.lab import flows, scenes
from ctl.lab.centre import Centre
from ctl.lab.exchange import Exchange
from ctl.lab.pulse import eventually
from tests.proving.stranger import Stranger

TAX, INSURANCE, EXCHANGE = "2", "3", "6"
"""Keys of the menu. Callers of the exchange go before those of an inquiry by one step of priority."""
WIDENS_S, AGES_S = 5, 5
DIRECT, WITHHELD = "0345662466", "09011119999"
"""A number of the ward without a menu, and one that its caller hides."""


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def routing(running_centre: Centre) -> AsyncIterator[None]:
    """Callers age and are recognised, and two queues open in stages, while the tests of this module last.

    The operators of the laboratory have level 2 in both queues, so nobody serves their first stage.
    """
    queues = running_centre.settings.flows / "queues.yaml"
    usual = queues.read_bytes()
    flows.route(running_centre.settings.flows, ageing_seconds=AGES_S, keep_place_minutes=5, same_operator_minutes=30)
    experts, widened = {"group": "insurance", "max_level": 1}, {"group": "insurance", "max_level": 2}
    stages = [experts, widened | {"after_seconds": WIDENS_S}]
    flows.change_queue(running_centre.settings.flows, "insurance", stages=stages)
    stages = [{"group": "tax", "max_level": 1}, {"group": "general", "after_seconds": WIDENS_S}]
    flows.change_queue(running_centre.settings.flows, "tax", stages=stages)
    await deploy(running_centre)
    yield
    queues.write_bytes(usual)
    await deploy(running_centre)


async def deploy(centre: Centre) -> None:
    deployed = await centre.ctl("deploy", within_s=120)
    assert deployed.status == 0, deployed.err or deployed.out


@pytest.mark.parametrize("key", [INSURANCE, TAX], ids=["further level", "further group"])
async def test_operator_whom_a_later_stage_admits_is_rung_when_it_opens(
    centre: Centre, town: Exchange, key: str
) -> None:
    await centre.gets_ready("2001")
    citizen = await scenes.waiting(centre, town, key=key)
    assert await citizen.hears_music()
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == citizen.caller
    await phone.answer()
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    await citizen.hang_up()
    assert (await centre.record_of(citizen))["wait_ms"] >= WIDENS_S * 1000, "nobody is rung before"


async def test_caller_who_has_waited_long_enough_goes_before_one_of_higher_priority(
    centre: Centre, town: Exchange
) -> None:
    ordinary = await scenes.waiting(centre, town, "ordinary citizen")
    aged_at = datetime.now(UTC) + timedelta(seconds=AGES_S)

    async def has_aged() -> bool:
        return datetime.now(UTC) > aged_at

    await eventually(has_aged, "the ordinary citizen has waited long enough", AGES_S + 5)
    urgent = await scenes.waiting(centre, town, "citizen of the exchange", EXCHANGE)
    await centre.gets_ready("2001", "2002")
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == ordinary.caller
    assert (await town.rings(town.phone("2002"))).caller == urgent.caller
    await phone.answer()
    assert await ordinary.hears(phone)


async def test_caller_who_gave_up_and_calls_again_is_served_before_who_came_in_the_meantime(
    centre: Centre, town: Exchange
) -> None:
    first = await scenes.waiting(centre, town, "first citizen")
    given_up = (await centre.call_of(first))["id"]
    second = await scenes.waiting(centre, town, "second citizen")
    await first.hang_up()
    await first.is_gone()
    again = await scenes.waiting(centre, town, "first citizen again", caller=first.caller)
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == first.caller
    await phone.answer()
    assert await again.hears(phone)
    assert await phone.hears(again)
    call = (await centre.phase(again, "talking"))["id"]
    told = await centre.ctl("call", call, "explain")
    assert f"keeps the place of the same caller's call {given_up}" in told.out
    assert (await centre.phase(second, "waiting"))["caller"] == second.caller


async def test_nobody_comes_first_by_what_is_written_in_the_place_of_a_number(centre: Centre, town: Exchange) -> None:
    """A carrier passes on what a telephone calls itself. With commas it would be an arrival long ago, and a talk."""
    honest = await scenes.waiting(centre, town, "honest citizen")
    written = "0905550000,1000000000000,2001:1000000000000:1000000001000"
    forger = await town.citizen_calls(scenes.INQUIRY, "forger", f"<{written}>")
    forger.caller = "".join(one for one in written if one.isdecimal())
    await forger.is_up()
    await scenes.choose(centre, forger, scenes.FIRST_MENU)
    since = (await centre.phase(forger, "waiting"))["started_at"]
    assert datetime.fromisoformat(since) > datetime.now(UTC) - timedelta(minutes=1)
    await centre.gets_ready("2001")
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == honest.caller
    await forger.hang_up()
    assert (await centre.record_of(forger))["wait_ms"] < 60_000


async def test_telephone_is_shown_no_text_in_the_place_of_a_number(centre: Centre, town: Exchange) -> None:
    await centre.gets_ready("2001")
    citizen = await town.citizen_calls(scenes.INQUIRY, "citizen without a number", "<sales.desk>")
    citizen.caller = ""
    await citizen.is_up()
    await scenes.choose(centre, citizen, scenes.FIRST_MENU)
    phone = await town.rings(town.phone("2001"))
    assert phone.caller == "anonymous"
    await phone.answer()
    assert await citizen.hears(phone)


async def test_number_that_a_citizen_withholds_is_shown_to_nobody(centre: Centre, town: Exchange) -> None:
    """A carrier may bring it along for the network alone (RFC 3325): ``Privacy: id``."""
    await centre.gets_ready("2001")
    brought = {"P-Asserted-Identity": f"<sip:{WITHHELD}@{town.town.carrier}>", "Privacy": "id"}
    async with Stranger.opened(town.centre, town.town.carrier) as carrier:
        carrier.hangs_up = False
        carrier.send(carrier.request("INVITE", DIRECT, sender="anonymous", call=WITHHELD, more=brought))
        answer = await carrier.answer_to(WITHHELD)
        phone = await town.rings(town.phone("2001"), within_s=20)
        assert phone.caller == "anonymous"
        [call] = (await centre.floor())["calls"]
        assert call["caller"] == ""
        carrier.send(carrier.inside(answer, "BYE", 1))
        await carrier.answer_to(WITHHELD, 2)
    await phone.is_gone()
    assert WITHHELD not in (await centre.ctl("calls", "--json")).out


async def test_operator_who_served_the_citizen_last_is_rung_first(centre: Centre, town: Exchange) -> None:
    citizen, phone = await scenes.talking(centre, town, "2002")
    await centre.gets_ready("2001")
    await citizen.hang_up()
    await phone.is_gone()
    await centre.operator_is("2002", "wrap_up")
    await centre.gets_ready("2002")
    again = await scenes.waiting(centre, town, "citizen again", caller=citizen.caller)
    phone = await town.rings(town.phone("2002"))
    assert phone.caller == citizen.caller
    await phone.answer()
    assert await again.hears(phone)
    call = (await centre.phase(again, "talking"))["id"]
    told = await centre.ctl("call", call, "explain", "--language", "ja")
    assert "この番号に前回応対した人だった" in told.out
    assert not town.phone("2001").waiting
