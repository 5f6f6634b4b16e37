"""What the sentinel asks of AMI, and what it makes of the answers."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import IPv4Address
from pathlib import Path

import pytest

from ctl.runtime.rescue import Channel
from ctl.runtime.sentinel import PbxAway
from ctl.runtime.sentinel_pbx import AmiPbx
from ctl.secrets import Secrets
from ctl.settings import Settings
from tests.unit.pbx.fake_ami import Action, FakeAmi, fake_ami

CALLER = Channel("PJSIP/carrier-1", "1.1", "from-trunk", "0339811111", "Stasis", "")
ROW = {
    "Event": "CoreShowChannel",
    "Channel": CALLER.name,
    "Uniqueid": CALLER.uniqueid,
    "Context": CALLER.context,
    "Exten": CALLER.exten,
    "Application": CALLER.application,
    "BridgeId": "",
}


def one_caller(_: FakeAmi, action: Action) -> list[Action] | None:
    """A PBX with one caller, whose channel is gone when it comes to hanging up."""
    match action["Action"]:
        case "CoreShowChannels":
            started = {"Response": "Success", "EventList": "start", "Message": "Channels will follow"}
            return [started, ROW, {"Event": "CoreShowChannelsComplete", "EventList": "Complete", "ListItems": "1"}]
        case "Hangup":
            return [{"Response": "Error", "Message": "No such channel"}]
        case _:
            return [{"Response": "Success"}]


@asynccontextmanager
async def reached(home: Path) -> AsyncIterator[tuple[AmiPbx, FakeAmi]]:
    async with fake_ami(one_caller) as fake:
        settings = Settings(home=home, address=IPv4Address("127.0.0.1"), ami_port=fake.port)
        up = asyncio.Event()
        pbx = AmiPbx(settings, Secrets.of(settings), up.set)
        async with asyncio.timeout(5):
            await up.wait()
        try:
            yield pbx, fake
        finally:
            pbx.close()


async def test_channels_are_read_from_the_list(tmp_path: Path) -> None:
    async with reached(tmp_path) as (pbx, _):
        assert await pbx.channels() == [CALLER]


async def test_caller_is_redirected_by_the_name_of_the_channel(tmp_path: Path) -> None:
    async with reached(tmp_path) as (pbx, fake):
        await pbx.channels()
        await pbx.redirect(CALLER, "fallback", CALLER.exten)
        asked = fake.asked[-1]
        wanted = {"Action": "Redirect", "Channel": CALLER.name, "Context": "fallback", "Exten": "0339811111"}
        assert {name: asked[name] for name in wanted} == wanted
        assert asked["Priority"] == "1"


async def test_channel_that_is_gone_needs_nothing_more(tmp_path: Path) -> None:
    async with reached(tmp_path) as (pbx, fake):
        await pbx.channels()
        await pbx.hang_up(CALLER)
        assert fake.count("Hangup") == 1


async def test_pbx_that_cannot_be_reached_is_away(tmp_path: Path) -> None:
    async with fake_ami() as fake:
        port = fake.port
    settings = Settings(home=tmp_path, address=IPv4Address("127.0.0.1"), ami_port=port)
    pbx = AmiPbx(settings, Secrets.of(settings))
    with pytest.raises(PbxAway):
        await pbx.channels()
    pbx.close()
