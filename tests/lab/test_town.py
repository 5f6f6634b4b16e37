"""The town itself, calling itself: a laboratory that mishears would prove nothing about the centre."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest
import pytest_asyncio

from ctl.lab.exchange import Exchange
from ctl.lab.lines import Line
from ctl.lab.net import own_network
from ctl.lab.party import BUSY, CONGESTED, DECLINED

NUMBER = "0312345678"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def running_alone(rootfs: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    """A town whose calls to the centre come back to itself."""
    with own_network() as net:
        home = tmp_path_factory.mktemp("alone")
        async with Exchange.started(net, home, rootfs, {}, centre=f"{net}.10") as town:
            yield town


@pytest_asyncio.fixture(loop_scope="session")
async def alone(running_alone: Exchange) -> AsyncIterator[Exchange]:
    yield running_alone
    await running_alone.everybody_hangs_up()


async def test_two_parties_hear_each_other_and_nobody_else(alone: Exchange) -> None:
    line = alone.line(NUMBER)
    caller = await alone.citizen_calls(NUMBER)
    called = await alone.rings(line)
    assert called.caller == caller.caller
    await called.answer()
    assert await caller.hears(called)
    assert await called.hears(caller)
    await called.hang_up()
    await caller.is_gone()


async def test_keys_arrive_in_order(alone: Exchange) -> None:
    alone.line(NUMBER).answers()
    caller = await alone.citizen_calls(NUMBER)
    called = await alone.rings(alone.line(NUMBER))
    await caller.is_up()
    await called.is_up()
    await caller.press("0*9#")
    await alone.until(lambda: called.keys_heard == "0*9#", "all keys are heard")


async def test_hold_key_is_noticed_at_the_other_end(alone: Exchange) -> None:
    alone.line(NUMBER).answers()
    caller = await alone.citizen_calls(NUMBER)
    called = await alone.rings(alone.line(NUMBER))
    await caller.is_up()
    await caller.hold()
    await alone.until(lambda: called.far_hold, "the hold is noticed")
    await caller.resume()
    await alone.until(lambda: not called.far_hold, "the end of the hold is noticed")


@pytest.mark.parametrize(
    ("behave", "cause"), [(Line.is_busy, BUSY), (Line.is_congested, CONGESTED), (Line.refuses, DECLINED)]
)
async def test_refusals_say_why(alone: Exchange, behave: Callable[[Line], None], cause: int) -> None:
    behave(alone.line(NUMBER))
    caller = await alone.citizen_calls(NUMBER)
    assert await caller.is_gone() == cause
