"""The link against a fake PBX: what is told in which order, after every kind of gap."""

import asyncio
import math
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, TypeVar

import pytest
from yarl import URL

from ctl.pbx import ari, link, telephones
from ctl.pbx.link import PbxLink
from ctl.pbx.translate import SHUTTING_DOWN
from ctl.secrets import Secrets
from ctl.settings import Settings
from ctl.switchboard.effects import (
    AskPhone,
    DialOutside,
    HangUp,
    MirrorConditions,
    MirrorToFallback,
    RingPhone,
    StartMusic,
)
from ctl.switchboard.events import (
    CallArrived,
    CallServedElsewhere,
    Cause,
    Event,
    FoundLeg,
    KeyPressed,
    LegAnswered,
    LegEnded,
    LegLeft,
    OperatorDialled,
    PbxFound,
    PhoneOccupied,
    PhoneReachable,
    PhoneUnreachable,
    TimePassed,
)
from ctl.switchboard.floor import Phase
from ctl.switchboard.ids import CallId, Endpoint, Extension, LegId, Media, Millis, ModeName, Number, QueueName
from tests.floor_driver import Driver
from tests.plans import CITY
from tests.unit.pbx.fake_ami import Action, FakeAmi, fake_ami
from tests.unit.pbx.fake_ari import Asked, FakeAri, fake_ari, refusing
from tests.unit.pbx.samples import channel

CITIZEN, SECOND, OPERATOR = LegId("1795509605.20"), LegId("1795509605.21"), LegId("1795509605.20.l1")
THIRD, FOURTH = LegId("1795509605.100"), LegId("1795509606.2")
"""Not in the order of their letters."""
E = TypeVar("E")


class Scene:
    """``floor``: who is told everything, and says what is to be done; where there is none, the test does."""

    def __init__(self, settings: Settings, pbx: FakeAri, ami: FakeAmi, floor: Driver | None = None) -> None:
        self.settings, self.pbx, self.ami, self._floor = settings, pbx, ami, floor
        self.told: list[Event] = []
        self.told_at: dict[Event, Millis | None] = {}
        self._more = asyncio.Event()
        self.refused: list[tuple[str, str]] = []
        self.link = PbxLink(
            settings, Secrets.of(settings), self._deliver, lambda kind, address: self.refused.append((kind, address))
        )

    def _deliver(self, event: Event, at: Millis | None = None) -> None:
        self.told.append(event)
        self.told_at[event] = at
        if (floor := self._floor) is not None:  # decides in its own time, as the engine does
            asyncio.get_running_loop().call_soon(lambda: self.link.submit(floor.happens(event)))
        self._more.set()

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not condition():
                self._more.clear()
                await self._more.wait()

    async def hears(self, event: Event) -> None:
        await self.until(lambda: event in self.told)

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.told if isinstance(event, kind)]

    async def found(self, times: int = 1) -> None:
        await self.until(lambda: len(self.all(PbxFound)) >= times)

    @property
    def calls(self) -> list[Event]:
        """Without news of telephones, which come by AMI in their own time, and that nothing was heard until now."""
        passed_over = PhoneReachable | PhoneUnreachable | PhoneOccupied | TimePassed
        return [e for e in self.told if not isinstance(e, passed_over)]


class Pbx:
    """What AMI answers: lists by the name of the action. ``members`` are the interfaces in one queue."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Action]] = {}
        self.members: set[str] = set()

    def answer(self, _: FakeAmi, action: Action) -> list[Action]:
        name = action["Action"]
        if name == "QueueAdd":
            self.members.add(action["Interface"])
        if name == "QueueRemove":
            self.members.discard(action["Interface"])
        if name in ("DeviceStateList", "CoreShowChannels", "QueueStatus", "PJSIPShowContacts"):
            end = {"Event": f"{name}Complete", "EventList": "Complete"}
            return [
                {"Response": "Success", "EventList": "start", "Message": "will follow"},
                *self.rows.get(name, []),
                *(self._member(interface) for interface in self.members if name == "QueueStatus"),
                end,
            ]
        return [{"Response": "Success"}]

    @staticmethod
    def _member(interface: str) -> Action:
        return {"Event": "QueueMember", "Location": interface, "Queue": "fallback-inquiry", "Penalty": "1"}


@asynccontextmanager
async def scene(
    tmp_path: Path, pbx: FakeAri, lists: Pbx | None = None, floor: Driver | None = None
) -> AsyncIterator[Scene]:
    async with fake_ami((lists or Pbx()).answer) as ami:
        settings = Settings(
            home=tmp_path,
            address=IPv4Address("127.0.0.1"),
            http_port=URL(pbx.url).port or 0,
            ami_port=ami.port,
        )
        there = Scene(settings, pbx, ami, floor)
        running = asyncio.create_task(there.link.run())
        try:
            await asyncio.wait([running, asyncio.ensure_future(there.found())], return_when=asyncio.FIRST_COMPLETED)
            assert not running.done(), running.exception()
            yield there
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def pbx() -> AsyncIterator[FakeAri]:
    async with fake_ari() as fake:
        yield fake


# --- connecting -------------------------------------------------------------------------------------------------------


async def test_legs_that_came_by_themselves_are_told_then_all_that_is_there(tmp_path: Path, pbx: FakeAri) -> None:
    pbx.hold(CITIZEN, "inbound", "0339811111", "0312345678")
    pbx.hold(SECOND, "operator", "2001", "*11", state="Ring")
    pbx.rings(OPERATOR)
    queue = {"context": "fallback", "exten": "1", "priority": 1, "app_name": "Queue", "app_data": "inquiry"}
    pbx.channels["1795509605.22"] = channel("1795509605.22", dialplan=queue)
    async with scene(tmp_path, pbx) as s:
        *arrivals, found = s.calls
        assert {type(event) for event in arrivals} == {CallArrived, OperatorDialled}
        assert s.told.index(TimePassed(deaf=True)) < s.told.index(arrivals[0]), "nobody is rung before all is told"
        assert isinstance(found, PbxFound)
        expected = {FoundLeg(CITIZEN, True), FoundLeg(SECOND, False), FoundLeg(OPERATOR, False)}
        assert set(found.legs) == expected
        assert found.elsewhere == ("1795509605.22",)
        assert s.link.connected


async def test_leg_that_answered_while_nobody_was_there_is_ours_and_answers_when_it_is_handed_to_us(
    tmp_path: Path, pbx: FakeAri
) -> None:
    pbx.hold(CITIZEN, "inbound", "0339811111")
    plan = {"context": "made", "exten": "s", "priority": 4, "app_name": "Wait", "app_data": "0.2"}
    pbx.channels[OPERATOR] = channel(OPERATOR, dialplan=plan)
    async with scene(tmp_path, pbx) as s:
        assert s.calls[-1] == PbxFound((FoundLeg(CITIZEN, True), FoundLeg(OPERATOR, False)), ())
        await pbx.arrive(OPERATOR, "made")
        await s.hears(LegAnswered(OPERATOR))


async def test_channel_that_we_subscribed_to_and_that_left_is_elsewhere(tmp_path: Path, pbx: FakeAri) -> None:
    pbx.hold(CITIZEN, "inbound", "0339811111")
    pbx.channels[CITIZEN]["dialplan"] |= {"app_name": "Queue", "app_data": "inquiry"}
    async with scene(tmp_path, pbx) as s:
        assert s.calls == [PbxFound((), (CITIZEN,))]


async def test_citizen_who_hangs_up_while_we_connect_has_ended_when_he_is_cleared_away(
    tmp_path: Path, pbx: FakeAri
) -> None:
    pbx.hold(CITIZEN, "inbound", "0339811111")
    pbx.channels[CITIZEN]["dialplan"] = {
        "context": "from-trunk",
        "exten": "h",
        "priority": 2,
        "app_name": "GotoIf",
        "app_data": "0?fallback,h,1",
    }
    async with scene(tmp_path, pbx) as s:
        assert s.calls == [PbxFound((FoundLeg(CITIZEN, False),))]
        await pbx.destroy(CITIZEN)
        await s.hears(LegEnded(CITIZEN, Cause.NORMAL, 16))


async def test_of_who_hangs_up_in_the_fallback_its_line_will_tell(tmp_path: Path, pbx: FakeAri) -> None:
    pbx.hold(CITIZEN, "inbound", "0339811111")
    pbx.channels[CITIZEN]["dialplan"] |= {"context": "fallback", "exten": "h", "app_name": "Set"}
    async with scene(tmp_path, pbx) as s:
        assert s.calls == [PbxFound((), (CITIZEN,))]


async def test_what_happens_while_we_look_is_told_afterwards_in_order(tmp_path: Path, pbx: FakeAri) -> None:
    async def meanwhile(_: Asked) -> tuple[int, Any]:
        before = list(pbx.channels.values())
        await pbx.arrive(SECOND, "inbound", "0345662466", "0311112222")
        await pbx.tell("ChannelDtmfReceived", channel=channel(CITIZEN), digit="1", duration_ms=100)
        return 200, before

    pbx.hold(CITIZEN, "inbound", "0339811111")
    pbx.hooks["GET /channels"] = meanwhile
    async with scene(tmp_path, pbx) as s:
        await s.hears(KeyPressed(CITIZEN, "1"))
        first, found, second, key = s.calls
        assert isinstance(first, CallArrived)
        assert found == PbxFound((FoundLeg(CITIZEN, True),))
        assert isinstance(second, CallArrived)
        assert second.leg == SECOND
        assert key == KeyPressed(CITIZEN, "1")


async def test_events_are_told_with_the_instant_that_asterisk_stamped_and_findings_without(
    tmp_path: Path, pbx: FakeAri
) -> None:
    pbx.hold(CITIZEN, "inbound", "0339811111")
    async with scene(tmp_path, pbx) as s:
        key = KeyPressed(CITIZEN, "1")
        stamp = "2026-11-24T17:32:06.236+0900"
        await pbx.tell("ChannelDtmfReceived", channel=channel(CITIZEN), digit="1", duration_ms=100, timestamp=stamp)
        await s.hears(key)
        assert s.told_at[key] == round(datetime.fromisoformat(stamp).timestamp() * 1000)
        assert s.told_at[s.all(CallArrived)[0]] is None
        assert s.told_at[s.all(PbxFound)[0]] is None


async def test_bridge_that_is_made_late_for_a_call_that_is_over_is_taken_away(
    tmp_path: Path, pbx: FakeAri, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "TIDY_EVERY_S", 0.01)
    pbx.hold(CITIZEN, "inbound", "0339811111")
    async with scene(tmp_path, pbx):
        pbx.bridges = {f"{SECOND}.b1": [], f"{CITIZEN}.b1": [], f"{SECOND}.b2": [SECOND]}
        await pbx.until(lambda pbx: f"DELETE /bridges/{SECOND}.b1" in pbx.paths())
        assert pbx.bridges == {f"{CITIZEN}.b1": [], f"{SECOND}.b2": [SECOND]}


async def test_bridges_that_nobody_is_in_are_taken_away(tmp_path: Path, pbx: FakeAri) -> None:
    pbx.bridges = {"9.1.b1": [], "9.2.b1": [CITIZEN]}
    async with scene(tmp_path, pbx):
        assert pbx.bridges == {"9.2.b1": [CITIZEN]}


async def test_only_events_that_we_understand_are_asked_for(tmp_path: Path, pbx: FakeAri) -> None:
    async with scene(tmp_path, pbx):
        (asked,) = [one for one in pbx.asked if one.path.endswith("/eventFilter")]
        assert {"type": "StasisStart"} in asked.body["allowed"]
        assert {"type": "ChannelVarset"} not in asked.body["allowed"]


async def test_ends_of_all_channels_are_subscribed_to_before_any_is_looked_at(tmp_path: Path, pbx: FakeAri) -> None:
    async with scene(tmp_path, pbx):
        asked = [str(one) for one in pbx.asked]
        subscribed = asked.index("POST /applications/ctl/subscription")
        assert pbx.asked[subscribed].query == {"eventSource": "channel:"}
        assert subscribed < asked.index("GET /channels")


# --- gaps -------------------------------------------------------------------------------------------------------------


async def test_socket_that_was_cut_is_made_anew_and_the_gap_told(tmp_path: Path, pbx: FakeAri) -> None:
    pbx.hold(CITIZEN, "inbound", "0339811111")
    async with scene(tmp_path, pbx) as s:
        del pbx.channels[CITIZEN]
        await pbx.cut()
        await s.found(2)
        assert s.all(PbxFound) == [PbxFound((FoundLeg(CITIZEN, True),)), PbxFound(())]


async def test_answer_that_cannot_be_read_is_no_answer(tmp_path: Path, pbx: FakeAri) -> None:
    answers: list[tuple[int, Any]] = [(200, [{"id": 44}]), (200, [])]

    async def strange_at_first(_: Asked) -> tuple[int, Any]:
        return answers.pop(0)

    pbx.hooks["GET /channels"] = strange_at_first
    async with scene(tmp_path, pbx) as s:
        assert answers == []
        assert s.calls == [PbxFound(())]


async def test_half_open_socket_is_noticed(tmp_path: Path, pbx: FakeAri, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ari, "HEARTBEAT_S", 0.1)
    async with scene(tmp_path, pbx) as s:
        pbx.deaf = True
        await s.until(lambda: len(s.all(PbxFound)) >= 2)


def test_half_open_is_noticed_within_ten_seconds() -> None:
    # aiohttp waits half as long for the answer as between two pings
    assert ari.HEARTBEAT_S * 1.5 + ari.DEADLINE_S <= 10


async def test_effects_of_a_gap_are_not_carried_out_late(tmp_path: Path, pbx: FakeAri) -> None:
    pbx.hold(CITIZEN, "inbound", "0339811111")
    async with scene(tmp_path, pbx) as s:
        may_look = asyncio.Event()

        async def look(_: Asked) -> tuple[int, Any]:
            await may_look.wait()
            return 200, list(pbx.channels.values())

        pbx.hooks["GET /channels"] = look
        await pbx.cut()
        await pbx.until(lambda pbx: pbx.paths().count("GET /channels") == 2)
        s.link.submit([StartMusic(CITIZEN), HangUp(CITIZEN)])
        assert not s.link.connected
        may_look.set()
        await pbx.until(lambda pbx: f"DELETE /channels/{CITIZEN}" in pbx.paths())
        assert f"POST /channels/{CITIZEN}/moh" not in pbx.paths()


async def test_another_switchboard_in_our_place_is_not_fought(
    tmp_path: Path, pbx: FakeAri, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(link, "REPLACED_RETRY_S", 0.0)
    async with scene(tmp_path, pbx) as s:
        await pbx.tell("ApplicationReplaced")
        await s.found(2)
        assert "ari_replaced" in caplog.text


# --- requests that fail while events go on to come --------------------------------------------------------------------


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """A link that gives up sooner, and is back sooner."""
    monkeypatch.setattr(link, "Ari", partial(ari.Ari, deadline_s=0.1))
    monkeypatch.setattr(ari, "AGAIN_S", ())
    monkeypatch.setattr(link, "RETRY_S", 0.0)
    monkeypatch.setattr(link, "TRUST_S", 0.01)


async def late(pbx: FakeAri) -> bool:
    """As by an Asterisk that hung: carried out when we have given it up and are back."""
    await pbx.until(lambda pbx: len(pbx.sockets) > 1)
    return True


async def lost(pbx: FakeAri) -> bool:
    """It never reached Asterisk."""
    await pbx.until(lambda pbx: len(pbx.sockets) > 1)
    return False


async def unable(_: FakeAri) -> bool:
    """Refused at once."""
    return False


Trouble = Callable[[FakeAri], Awaitable[bool]]
"""Whether a request is carried out after all."""


def troubled(monkeypatch: pytest.MonkeyPatch, pbx: FakeAri, request: str, trouble: Trouble) -> None:
    """Requests like this fail, as long as the first connection lasts."""
    healthy = pbx.carry_out

    async def carry_out(asked: Asked) -> tuple[int, Any]:
        fails = len(pbx.sockets) == 1 and re.fullmatch(request, str(asked))
        return await healthy(asked) if not fails or await trouble(pbx) else (503, {"message": "too busy"})

    monkeypatch.setattr(pbx, "carry_out", carry_out)


def ringing(pbx: FakeAri) -> tuple[Driver, LegId]:
    """A citizen waits, and the operator's telephone rings."""
    floor = Driver()
    floor.ready("2001")
    floor.waits_in_civil(CITIZEN)
    operator = floor.rings_at(CITIZEN)
    pbx.hold(CITIZEN, "inbound", CITY, "0312345678")
    pbx.hold(operator, "made", state="Ringing")
    return floor, operator


@pytest.mark.parametrize("trouble", [late, lost, unable])
@pytest.mark.parametrize("like", ["DELETE .+/moh", "POST /bridges/[^/]+", "POST /bridges/.+/addChannel"])
async def test_who_is_connected_while_the_pbx_is_in_trouble_is_heard_after_it(
    tmp_path: Path, pbx: FakeAri, hasty: None, monkeypatch: pytest.MonkeyPatch, like: str, trouble: Trouble
) -> None:
    floor, operator = ringing(pbx)
    troubled(monkeypatch, pbx, like, trouble)
    async with scene(tmp_path, pbx, floor=floor):
        await pbx.answer(operator)
        await pbx.until(lambda pbx: len(pbx.sockets) == 2)
        await pbx.until(lambda pbx: [set(legs) for legs in pbx.bridges.values()] == [{CITIZEN, operator}])
        await pbx.until(lambda pbx: not pbx.music)
        assert floor.call(CITIZEN).phase is Phase.TALKING


@pytest.mark.parametrize("trouble", [lost, unable])
async def test_telephone_that_the_pbx_could_not_hang_up_is_hung_up_after_its_trouble(
    tmp_path: Path, pbx: FakeAri, hasty: None, monkeypatch: pytest.MonkeyPatch, trouble: Trouble
) -> None:
    floor, operator = ringing(pbx)
    troubled(monkeypatch, pbx, f"DELETE /channels/{operator}", trouble)
    async with scene(tmp_path, pbx, floor=floor) as s:
        await pbx.answer(operator)
        await pbx.destroy(CITIZEN)
        await s.hears(LegEnded(operator, Cause.NORMAL, 16))
        assert pbx.channels == {}


async def test_list_that_does_not_come_is_no_reason_to_state_everything_anew(
    tmp_path: Path, pbx: FakeAri, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "TIDY_EVERY_S", 0.01)
    async with scene(tmp_path, pbx):
        pbx.hooks["GET /bridges"] = refusing(503)
        await pbx.until(lambda pbx: pbx.paths().count("GET /bridges") == 10)
        assert len(pbx.sockets) == 1


async def test_connection_on_which_requests_fail_is_made_anew_ever_more_seldom(
    tmp_path: Path, pbx: FakeAri, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, most = link.TRUST_S, 4 * link.TRUST_S
    monkeypatch.setattr(link, "TRUST_AT_MOST_S", most)
    monkeypatch.setattr(link, "WELL_S", math.inf)
    trusted: list[float] = []
    sleep = asyncio.sleep

    async def noted(seconds: float) -> None:
        await sleep(seconds)
        if first <= seconds <= most:
            trusted.append(seconds)

    async def connections(number: int) -> None:
        async with asyncio.timeout(5):
            while len(trusted) < number:
                await sleep(0)

    monkeypatch.setattr(asyncio, "sleep", noted)
    music = f"POST /channels/{CITIZEN}/moh"
    pbx.hooks[music] = refusing(503)
    async with scene(tmp_path, pbx, floor=ringing(pbx)[0]) as s:
        await connections(4)
        del pbx.hooks[music]
        await connections(5)
        assert trusted == [first, 2 * first, most, most, most]
        monkeypatch.setattr(link, "WELL_S", 0)
        pbx.hooks[music] = refusing(503)
        s.link.submit([StartMusic(CITIZEN)])
        await connections(6)
        assert trusted[5] == first


# --- legs that come and go --------------------------------------------------------------------------------------------


async def test_leg_whose_request_was_given_up_is_hung_up_when_it_turns_up(tmp_path: Path, pbx: FakeAri) -> None:
    async with scene(tmp_path, pbx) as s:
        await pbx.arrive(OPERATOR, "made")
        await pbx.until(lambda pbx: f"DELETE /channels/{OPERATOR}" in pbx.paths())
        assert s.calls == [PbxFound(())]


async def test_telephone_that_sends_a_call_on_has_refused_it_and_is_named(tmp_path: Path, pbx: FakeAri) -> None:
    async with scene(tmp_path, pbx) as s:
        s.link.submit([RingPhone(CallId(CITIZEN), OPERATOR, Endpoint("2001"), "0312345678", "代表電話", 20_000)])
        await pbx.until(lambda pbx: f"POST /channels/{OPERATOR}/dial" in pbx.paths())
        pbx.channels[OPERATOR]["name"] = "PJSIP/2001-0000002a"
        await pbx.send_on(OPERATOR, "PJSIP/0990123456@carrier")
        await pbx.send_on(OPERATOR, "PJSIP/0990123456@carrier")  # Asterisk says so with everything that comes from it
        await pbx.destroy(OPERATOR)
        await s.hears(LegEnded(OPERATOR, Cause.REFUSED))
        assert s.all(LegEnded) == [LegEnded(OPERATOR, Cause.REFUSED)]
        assert s.refused == [("CallForwarded", "2001")]


async def test_whom_asterisk_calls_for_the_carrier_who_sends_a_call_on_is_hung_up(tmp_path: Path, pbx: FakeAri) -> None:
    onward = "1795509700.7"
    async with scene(tmp_path, pbx) as s:
        s.link.submit([DialOutside(CallId(CITIZEN), OPERATOR, Number("0312340001"), Number("0339811111"), 20_000)])
        await pbx.until(lambda pbx: OPERATOR in pbx.channels)
        pbx.channels[OPERATOR]["name"] = "PJSIP/carrier-0000002a"
        pbx.rings(onward)
        await pbx.send_on(OPERATOR, "PJSIP/0990123456@carrier", pbx.channels[onward])
        await pbx.until(lambda pbx: onward not in pbx.channels)
        await s.hears(LegEnded(OPERATOR, Cause.REFUSED))
        assert s.refused == []


async def test_call_that_is_put_in_the_place_of_another_is_hung_up_and_its_telephone_named(
    tmp_path: Path, pbx: FakeAri
) -> None:
    new = LegId("1795509700.8")
    async with scene(tmp_path, pbx) as s:
        await pbx.arrive(CITIZEN, "inbound", "0339811111")
        await s.until(lambda: bool(s.all(CallArrived)))
        pbx.hold(new)
        pbx.channels[new]["name"] = "PJSIP/2001w-0000002b"
        before = list(s.told)
        await pbx.tell("StasisStart", args=[], channel=pbx.channels[new], replace_channel=pbx.channels[CITIZEN])
        await pbx.until(lambda pbx: new not in pbx.channels)
        assert s.refused == [("CallReplaced", "2001w")]
        assert s.told == before


async def test_telephone_that_was_made_and_may_never_be_called_is_hung_up(tmp_path: Path, pbx: FakeAri) -> None:
    """The switchboard was killed between the two requests."""
    pbx.hold(OPERATOR, "made", state="Down")
    async with scene(tmp_path, pbx) as s:
        await s.hears(LegEnded(OPERATOR, Cause.LOST, 16))
        assert OPERATOR not in pbx.channels


async def test_telephone_that_rings_when_we_come_back_goes_on_ringing(tmp_path: Path, pbx: FakeAri) -> None:
    pbx.hold(OPERATOR, "made", state="Ringing")
    async with scene(tmp_path, pbx) as s:
        await pbx.answer(OPERATOR)
        await s.hears(LegAnswered(OPERATOR))
        assert s.all(PbxFound) == [PbxFound((FoundLeg(OPERATOR, False),))]
        assert OPERATOR in pbx.channels


async def test_snooping_channel_enters_its_bridge_and_is_no_leg(tmp_path: Path, pbx: FakeAri) -> None:
    snoop, bridge = "s-1.s2", "s-1.b3"
    async with scene(tmp_path, pbx) as s:
        await s.found()
        before = list(s.calls)
        await pbx.arrive(snoop, "snoop", bridge)
        await pbx.until(lambda pbx: f"POST /bridges/{bridge}/addChannel" in pbx.paths())
        assert pbx.asked[-1].query["channel"] == snoop
        await pbx.destroy(snoop)
        await pbx.arrive(CITIZEN, "inbound", "0339811111")
        await s.until(lambda: bool(s.all(CallArrived)))
        assert [event for event in s.calls if event not in before and not isinstance(event, CallArrived)] == []


async def test_snooping_channel_that_outlived_us_is_not_told_as_a_leg(tmp_path: Path, pbx: FakeAri) -> None:
    pbx.hold(OPERATOR, "made")
    pbx.hold("s-1.s2", "snoop", "s-1.b3")
    async with scene(tmp_path, pbx) as s:
        await s.found()
        (found,) = s.all(PbxFound)
        assert [one.leg for one in found.legs] == [OPERATOR]
        assert "s-1.s2" not in found.elsewhere


async def test_rescued_leg_has_left(tmp_path: Path, pbx: FakeAri) -> None:
    async with scene(tmp_path, pbx) as s:
        await pbx.arrive(CITIZEN, "inbound", "0339811111")
        pbx.channels[CITIZEN]["dialplan"] |= {"app_name": "Queue", "app_data": "inquiry"}
        await pbx.tell("StasisEnd", channel=pbx.channels[CITIZEN])
        await s.hears(LegLeft(CITIZEN))
        assert s.all(LegEnded) == []


async def test_who_was_taken_away_while_we_hung_is_taken_back_from_the_announcement(
    tmp_path: Path, pbx: FakeAri
) -> None:
    """No connection broke: who hears the announcement is in no queue yet, of which Asterisk would tell."""
    lists = Pbx()
    async with scene(tmp_path, pbx, lists) as s:
        await s.ami.until(lambda ami: ami.count("CoreShowChannels") == 2)  # who is occupied, and who waits
        await pbx.arrive(CITIZEN, "inbound", "0339811111")
        lists.rows["CoreShowChannels"] = [shown(CITIZEN, "fallback-waiting", "Playback")]
        pbx.channels[CITIZEN]["dialplan"] |= {"app_name": "Playback", "app_data": "fallback"}
        await pbx.tell("StasisEnd", channel=pbx.channels[CITIZEN])
        await s.hears(LegLeft(CITIZEN))
        await s.ami.until(lambda ami: ami.count("Redirect") == 1)
        (redirect,) = [one for one in s.ami.asked if one["Action"] == "Redirect"]
        assert (redirect["Channel"], redirect["Context"]) == (f"PJSIP/carrier-{CITIZEN}", "returning")


async def test_operator_whom_the_sentinel_hung_up_has_ended_after_the_caller_has_left(
    tmp_path: Path, pbx: FakeAri
) -> None:
    floor, operator = ringing(pbx)
    async with scene(tmp_path, pbx, floor=floor) as s:
        pbx.channels[CITIZEN]["dialplan"] |= {"app_name": "Queue", "app_data": "inquiry"}
        await pbx.tell("StasisEnd", channel=pbx.channels[CITIZEN])
        await pbx.destroy(operator, 16)
        await s.until(lambda: bool(s.all(LegEnded)))
        assert [type(one) for one in s.calls if isinstance(one, LegLeft | LegEnded)] == [LegLeft, LegEnded]


async def test_operator_has_ended_after_the_caller_also_when_the_pbx_is_slow_to_say_where_he_is(
    tmp_path: Path, pbx: FakeAri, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ari, "AGAIN_S", ())
    floor, operator = ringing(pbx)
    async with scene(tmp_path, pbx, floor=floor) as s:
        pbx.channels[CITIZEN]["dialplan"] |= {"app_name": "Queue", "app_data": "inquiry"}
        pbx.hooks[f"GET /channels/{CITIZEN}"] = refusing(503)
        await pbx.tell("StasisEnd", channel=pbx.channels[CITIZEN])
        await pbx.destroy(operator, 16)
        await pbx.until(lambda pbx: f"GET /channels/{operator}" in pbx.paths())
        del pbx.hooks[f"GET /channels/{CITIZEN}"]
        await s.until(lambda: bool(s.all(LegEnded)))
        assert [type(one) for one in s.calls if isinstance(one, LegLeft | LegEnded)] == [LegLeft, LegEnded]


async def test_who_refuses_has_refused_also_when_the_pbx_says_first_that_the_leg_is_no_more(
    tmp_path: Path, pbx: FakeAri
) -> None:
    floor, operator = ringing(pbx)
    async with scene(tmp_path, pbx, floor=floor) as s:
        gone = pbx.channels.pop(operator)
        await pbx.tell("StasisEnd", channel=gone)
        await pbx.until(lambda pbx: f"GET /channels/{operator}" in pbx.paths())
        await pbx.tell("ChannelDestroyed", channel=gone, cause=21, cause_txt="")
        await s.hears(LegEnded(operator, Cause.REFUSED, 21))


async def test_leg_has_not_ended_because_the_pbx_is_not_able_to_tell(
    tmp_path: Path, pbx: FakeAri, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ari, "AGAIN_S", ())
    look = f"GET /channels/{CITIZEN}"
    async with scene(tmp_path, pbx) as s:
        await pbx.arrive(CITIZEN, "inbound", "0339811111")
        pbx.channels[CITIZEN]["dialplan"] |= {"app_name": "Queue", "app_data": "inquiry"}
        pbx.hooks[look] = refusing(503)
        await pbx.tell("StasisEnd", channel=pbx.channels[CITIZEN])
        await pbx.until(lambda pbx: pbx.paths().count(look) == 2)
        del pbx.hooks[look]
        await s.hears(LegLeft(CITIZEN))
        assert s.all(LegEnded) == []


async def test_leg_that_left_and_came_back_is_told_as_both(tmp_path: Path, pbx: FakeAri) -> None:
    async with scene(tmp_path, pbx) as s:
        await pbx.arrive(CITIZEN, "inbound", "0339811111")
        await pbx.tell("StasisEnd", channel=pbx.channels[CITIZEN])
        await pbx.arrive(CITIZEN, "inbound", "0339811111", "", "1795509605000")
        await s.until(lambda: len(s.all(CallArrived)) == 2)
        _, _, left, again = s.calls
        assert left == LegLeft(CITIZEN)
        assert isinstance(again, CallArrived)
        assert again.waiting_since == 1795509605000


async def test_call_begins_when_it_was_answered_and_not_when_the_dialplan_has_handed_it_to_us(
    tmp_path: Path, pbx: FakeAri
) -> None:
    answered, handed = "2026-11-24T17:32:06.236+0900", "2026-11-24T17:32:06.367+0900"
    async with scene(tmp_path, pbx) as s:
        pbx.hold(CITIZEN, "inbound", "0339811111")
        citizen = pbx.channels[CITIZEN]
        await pbx.tell("ChannelStateChange", channel=citizen, timestamp=answered)
        await pbx.tell("StasisStart", args=["inbound", "0339811111"], channel=citizen, timestamp=handed)
        await s.until(lambda: bool(s.all(CallArrived)))
        assert s.told_at[s.all(CallArrived)[0]] == round(datetime.fromisoformat(answered).timestamp() * 1000)


async def test_leg_has_ended_when_the_other_side_hung_up_and_not_when_the_pbx_has_cleared_it_away(
    tmp_path: Path, pbx: FakeAri
) -> None:
    hung_up, gone = "2026-11-24T17:32:06.236+0900", "2026-11-24T17:32:06.419+0900"
    async with scene(tmp_path, pbx) as s:
        await pbx.arrive(CITIZEN, "inbound", "0339811111")
        await pbx.tell("ChannelHangupRequest", channel=pbx.channels[CITIZEN], cause=16, timestamp=hung_up)
        await pbx.tell("ChannelDestroyed", channel=pbx.channels.pop(CITIZEN), cause=16, cause_txt="", timestamp=gone)
        await s.hears(ended := LegEnded(CITIZEN, Cause.NORMAL, 16))
        assert s.told_at[ended] == round(datetime.fromisoformat(hung_up).timestamp() * 1000)


async def test_leg_that_we_hang_up_has_ended_when_it_is_gone(tmp_path: Path, pbx: FakeAri) -> None:
    asked, gone = "2026-11-24T17:32:06.236+0900", "2026-11-24T17:32:06.419+0900"
    async with scene(tmp_path, pbx) as s:
        await pbx.arrive(CITIZEN, "inbound", "0339811111")
        await pbx.tell("ChannelHangupRequest", channel=pbx.channels[CITIZEN], soft=True, cause=32, timestamp=asked)
        await pbx.tell("ChannelDestroyed", channel=pbx.channels.pop(CITIZEN), cause=16, cause_txt="", timestamp=gone)
        await s.hears(ended := LegEnded(CITIZEN, Cause.NORMAL, 16))
        assert s.told_at[ended] == round(datetime.fromisoformat(gone).timestamp() * 1000)


async def test_leg_that_hangs_up_ends_with_its_cause_and_has_not_left(tmp_path: Path, pbx: FakeAri) -> None:
    async with scene(tmp_path, pbx) as s:
        await pbx.arrive(CITIZEN, "inbound", "0339811111")
        await pbx.tell("StasisEnd", channel=pbx.channels[CITIZEN])
        await pbx.destroy(CITIZEN, 16)
        await s.until(lambda: bool(s.all(LegEnded)))
        assert s.all(LegLeft) == []


@pytest.mark.parametrize("soft", [None, True], ids=["the other side", "the PBX"])
async def test_who_hangs_up_has_ended_however_long_the_pbx_takes_to_clear_him_away(
    tmp_path: Path, pbx: FakeAri, soft: bool | None
) -> None:
    look = f"GET /channels/{CITIZEN}"
    async with scene(tmp_path, pbx) as s:
        await pbx.arrive(CITIZEN, "inbound", "0339811111")
        more = {} if soft is None else {"soft": soft}
        await pbx.tell("ChannelHangupRequest", channel=pbx.channels[CITIZEN], cause=16, **more)
        pbx.channels[CITIZEN]["dialplan"] |= {"app_name": "GotoIf", "app_data": "?1:2", "exten": "h"}
        await pbx.tell("StasisEnd", channel=pbx.channels[CITIZEN])
        await pbx.until(lambda pbx: pbx.paths().count(look) == 2)
        await pbx.destroy(CITIZEN, 16)
        await s.hears(LegEnded(CITIZEN, Cause.NORMAL, 16))
        assert s.all(LegLeft) == []


async def test_whom_a_pbx_that_shuts_down_hangs_up_is_lost(tmp_path: Path, pbx: FakeAri) -> None:
    async with scene(tmp_path, pbx) as s:
        await pbx.arrive(CITIZEN, "inbound", "0339811111")
        citizen = pbx.channels[CITIZEN]
        await pbx.tell("ChannelHangupRequest", channel=citizen, soft=True, cause=SHUTTING_DOWN)
        await pbx.tell("StasisEnd", channel=citizen)
        await pbx.destroy(CITIZEN, 0)
        await s.hears(LegEnded(CITIZEN, Cause.LOST, 0))
        assert len(s.all(LegEnded)) == 1


async def test_leg_that_vanished_unseen_has_ended(tmp_path: Path, pbx: FakeAri) -> None:
    async with scene(tmp_path, pbx) as s:
        await pbx.arrive(CITIZEN, "inbound", "0339811111")
        gone = pbx.channels.pop(CITIZEN)
        await pbx.tell("StasisEnd", channel=gone)
        await s.until(lambda: bool(s.all(LegEnded)))


# --- telephones and the fallback --------------------------------------------------------------------------------------


async def test_telephones_are_told_as_they_are_and_as_they_change(tmp_path: Path, pbx: FakeAri) -> None:
    lists = Pbx()
    lists.rows["DeviceStateList"] = [
        {"Event": "DeviceStateChange", "Device": "PJSIP/2001", "State": "NOT_INUSE"},
        {"Event": "DeviceStateChange", "Device": "PJSIP/2001w", "State": "UNAVAILABLE"},
        {"Event": "DeviceStateChange", "Device": "PJSIP/carrier", "State": "NOT_INUSE"},
        {"Event": "DeviceStateChange", "Device": "Queue:inquiry_avail", "State": "INUSE"},
    ]
    async with scene(tmp_path, pbx, lists) as s:
        await s.hears(PhoneUnreachable(Extension("2001"), Endpoint("2001w")))
        assert PhoneReachable(Extension("2001"), Endpoint("2001")) in s.told
        await s.ami.tell(Event="DeviceStateChange", Device="PJSIP/2001", State="INUSE")
        await s.ami.tell(Event="DeviceStateChange", Device="PJSIP/2001", State="UNAVAILABLE")
        await s.hears(PhoneUnreachable(Extension("2001"), Endpoint("2001")))
        assert len(s.all(PhoneReachable)) == 1


async def test_telephones_of_which_asterisk_knows_nothing_yet_are_asked_first(tmp_path: Path, pbx: FakeAri) -> None:
    lists = Pbx()
    lists.rows["PJSIPShowContacts"] = [
        {"Event": "ContactList", "Endpoint": "2001", "Status": "NonQualified", "QualifyFrequency": "30"},
        {"Event": "ContactList", "Endpoint": "2002", "Status": "Reachable", "QualifyFrequency": "30"},
        {"Event": "ContactList", "Endpoint": "carrier", "Status": "NonQualified", "QualifyFrequency": "0"},
    ]
    async with scene(tmp_path, pbx, lists) as s:
        await s.ami.until(lambda ami: ami.count("PJSIPQualify") == 1)
        assert [one["Endpoint"] for one in s.ami.asked if one["Action"] == "PJSIPQualify"] == ["2001"]
        lists.rows["DeviceStateList"] = [
            {"Event": "DeviceStateChange", "Device": "PJSIP/2001", "State": "NOT_INUSE"},
        ]
        await s.ami.tell(Event="DeviceStateChange", Device="PJSIP/2001", State="NOT_INUSE")
        await s.hears(PhoneReachable(Extension("2001"), Endpoint("2001")))
        assert s.all(PhoneUnreachable) == []


@pytest.mark.parametrize("there", [True, False])
async def test_doubted_telephone_is_asked_and_believed_when_it_answers_only(
    tmp_path: Path, pbx: FakeAri, monkeypatch: pytest.MonkeyPatch, there: bool
) -> None:
    monkeypatch.setattr(telephones, "ASKED_FOR_S", 0.05)
    lists = Pbx()
    phone, other = (Extension("2001"), Endpoint("2001")), (Extension("2002"), Endpoint("2002"))
    lists.rows["DeviceStateList"] = [{"Event": "DeviceStateChange", "Device": "PJSIP/2001", "State": "NOT_INUSE"}]
    async with scene(tmp_path, pbx, lists) as s:
        await s.hears(PhoneReachable(*phone))
        state = "Reachable" if there else "Unreachable"
        lists.rows["PJSIPShowContacts"] = [
            {"Event": "ContactList", "Endpoint": "2001", "Status": state, "QualifyFrequency": "10"},
        ]
        s.link.submit([AskPhone(*phone)])
        await s.ami.until(lambda ami: ami.count("PJSIPQualify") == 1)
        # The end of the call that it did not take makes Asterisk say that it is idle: that is no news of it.
        await s.ami.tell(Event="DeviceStateChange", Device="PJSIP/2001", State="NOT_INUSE")
        await s.ami.until(lambda ami: ami.count("PJSIPShowContacts") == 2)
        await s.ami.tell(Event="DeviceStateChange", Device="PJSIP/2002", State="NOT_INUSE")
        await s.hears(PhoneReachable(*other))
        if there:
            await s.until(lambda: s.all(PhoneReachable).count(PhoneReachable(*phone)) == 2)
        else:
            await s.ami.tell(Event="DeviceStateChange", Device="PJSIP/2001", State="UNAVAILABLE")
            await s.ami.tell(Event="DeviceStateChange", Device="PJSIP/2001", State="NOT_INUSE")
            await s.until(lambda: s.all(PhoneReachable).count(PhoneReachable(*phone)) == 2)
            assert s.all(PhoneReachable) == [PhoneReachable(*phone), PhoneReachable(*other), PhoneReachable(*phone)]


async def test_doubted_telephone_that_asterisk_finds_gone_is_told_to_be_gone(
    tmp_path: Path, pbx: FakeAri, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(telephones, "ASKED_FOR_S", 60)
    lists = Pbx()
    phone = (Extension("2001"), Endpoint("2001"))
    lists.rows["DeviceStateList"] = [{"Event": "DeviceStateChange", "Device": "PJSIP/2001", "State": "NOT_INUSE"}]
    async with scene(tmp_path, pbx, lists) as s:
        await s.hears(PhoneReachable(*phone))
        s.link.submit([AskPhone(*phone)])
        await s.ami.until(lambda ami: ami.count("PJSIPQualify") == 1)
        await s.ami.tell(Event="DeviceStateChange", Device="PJSIP/2001", State="UNAVAILABLE")
        await s.hears(PhoneUnreachable(*phone))
        await s.ami.tell(Event="DeviceStateChange", Device="PJSIP/2001", State="NOT_INUSE")
        await s.until(lambda: len(s.all(PhoneReachable)) == 2)


async def test_telephone_that_the_fallback_rings_is_occupied(tmp_path: Path, pbx: FakeAri) -> None:
    lists = Pbx()
    lists.rows["CoreShowChannels"] = [
        {"Event": "CoreShowChannel", "Channel": "PJSIP/2001-0000000a", "Uniqueid": "9.1", "Application": "AppDial"},
        {"Event": "CoreShowChannel", "Channel": "PJSIP/2002-0000000b", "Uniqueid": "9.2", "Application": "Stasis"},
    ]
    async with scene(tmp_path, pbx, lists) as s:
        await s.hears(PhoneOccupied(Extension("2001"), True))
        await s.ami.tell(Event="Hangup", Channel="PJSIP/2001-0000000a", Uniqueid="9.1")
        await s.hears(PhoneOccupied(Extension("2001"), False))
        await s.ami.tell(Event="Newchannel", Channel="PJSIP/2003-0000000c", Uniqueid="9.3", ChannelState="0")
        await s.hears(PhoneOccupied(Extension("2003"), True))
        assert {event.extension for event in s.all(PhoneOccupied)} == {"2001", "2003"}


async def test_telephone_that_the_fallback_has_called_is_occupied_before_anybody_is_offered_to_it(
    tmp_path: Path, pbx: FakeAri
) -> None:
    """AMI is not there yet; ARI shows the channel, too."""

    class Silent(Pbx):
        def answer(self, _: FakeAmi, action: Action) -> list[Action]:
            return []

    pbx.hold(CITIZEN, "inbound", "0339811111")
    for name, application in (("PJSIP/2001-0000000a", "AppDial"), ("PJSIP/2002-0000000b", "Queue")):
        plan = {"context": "from-operator", "exten": "", "priority": 1, "app_name": application, "app_data": ""}
        pbx.channels[name] = channel(name, dialplan=plan) | {"name": name}
    async with scene(tmp_path, pbx, Silent()) as s:
        first, arrived, found = (event for event in s.told if not isinstance(event, TimePassed))
        assert first == PhoneOccupied(Extension("2001"), True)
        assert isinstance(arrived, CallArrived)
        assert isinstance(found, PbxFound)


@pytest.mark.parametrize(
    "channel",
    [
        {"Channel": "PJSIP/2001-0000000a", "Uniqueid": OPERATOR, "ChannelState": "0"},
        {"Channel": "PJSIP/2001-0000000a", "Uniqueid": "9.1", "ChannelState": "4"},
        {"Channel": "PJSIP/carrier-0000000a", "Uniqueid": "9.1", "ChannelState": "0"},
    ],
)
async def test_our_own_legs_occupy_nobody(tmp_path: Path, pbx: FakeAri, channel: dict[str, str]) -> None:
    async with scene(tmp_path, pbx) as s:
        await s.ami.tell(Event="Newchannel", **channel)
        await s.ami.tell(Event="Newchannel", Channel="PJSIP/2009-0000000c", Uniqueid="9.3", ChannelState="0")
        await s.hears(PhoneOccupied(Extension("2009"), True))
        assert s.all(PhoneOccupied) == [PhoneOccupied(Extension("2009"), True)]


def queued(call: str) -> Action:
    return {
        "Event": "QueueEntry",
        "Queue": "fallback-inquiry",
        "Position": "1",
        "Channel": f"PJSIP/carrier-{call}",
        "Uniqueid": call,
    }


def shown(call: str, context: str, application: str) -> Action:
    return {
        "Event": "CoreShowChannel",
        "Channel": f"PJSIP/carrier-{call}",
        "Uniqueid": call,
        "Context": context,
        "Application": application,
    }


async def test_callers_who_wait_in_the_fallback_are_taken_back_the_first_first(
    tmp_path: Path, pbx: FakeAri, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ctl.pbx.telephones.QUALIFIED_WITHIN_S", 0.3)
    lists = Pbx()
    unasked = {"Endpoint": "2001", "Status": "NonQualified", "QualifyFrequency": "30"}
    lists.rows["PJSIPShowContacts"] = [{"Event": "ContactList", **unasked}]
    lists.rows["QueueStatus"] = [
        queued(SECOND),
        queued(FOURTH),
        {"Event": "QueueEntry", "Queue": "sales", "Position": "1", "Channel": "PJSIP/stranger", "Uniqueid": "9.9"},
    ]
    lists.rows["CoreShowChannels"] = [
        shown(THIRD, "fallback-waiting", "Playback"),
        shown(CITIZEN, "fallback-waiting", "MusicOnHold"),
        shown(FOURTH, "fallback-waiting", "Queue"),
        shown("1795509605.11", "fallback-waiting", "Queue"),  # talks there
        shown("1795509605.12", "fallback", "Playback"),  # is told that it is closed
        shown("1795509605.13", "from-trunk", "Stasis"),
    ]
    async with scene(tmp_path, pbx, lists) as s:
        await s.ami.until(lambda ami: ami.count("Redirect") == 4)
        redirects = [one for one in s.ami.asked if one["Action"] == "Redirect"]
        assert [one["Channel"] for one in redirects] == [
            f"PJSIP/carrier-{one}" for one in (CITIZEN, SECOND, THIRD, FOURTH)
        ]
        assert {one["Context"] for one in redirects} == {"returning"}
        asked = [one["Action"] for one in s.ami.asked]
        assert asked.index("CoreShowChannels") < asked.index("Redirect"), "whom the fallback serves is known before"


async def test_caller_who_comes_to_the_fallback_while_we_are_there_is_taken_once(tmp_path: Path, pbx: FakeAri) -> None:
    async with scene(tmp_path, pbx) as s:
        await s.ami.until(lambda ami: {"CoreShowChannels", "QueueStatus"} <= {one["Action"] for one in ami.asked})
        await s.ami.tell(Event="QueueCallerJoin", Channel="PJSIP/stranger", Uniqueid="9.9", Queue="sales")
        for name in (CITIZEN, CITIZEN, SECOND):
            await s.ami.tell(Event="QueueCallerJoin", Channel=f"PJSIP/{name}", Uniqueid=name, Queue="fallback-inquiry")
        await s.ami.until(lambda ami: ami.count("Redirect") == 2)
        redirects = [one["Channel"] for one in s.ami.asked if one["Action"] == "Redirect"]
        assert redirects == [f"PJSIP/{CITIZEN}", f"PJSIP/{SECOND}"]


async def test_members_of_the_fallback_become_what_was_asked_for(tmp_path: Path, pbx: FakeAri) -> None:
    member = {"Event": "QueueMember", "Location": "Local/2001@operators/n"}
    lists = Pbx()
    lists.rows["QueueStatus"] = [
        {**member, "Queue": "fallback-exchange", "Penalty": "1"},
        {**member, "Queue": "fallback-inquiry", "Penalty": "5"},
    ]
    async with scene(tmp_path, pbx, lists) as s:
        queues = ((QueueName("inquiry"), 2), (QueueName("covid"), 1))
        s.link.submit([MirrorToFallback(Extension("2001"), True, queues)])
        await s.ami.until(lambda ami: ami.count("QueueAdd") == 1)
        changes = [one for one in s.ami.asked if one["Action"] in ("QueueAdd", "QueueRemove", "QueuePenalty")]
        assert [(one["Action"], one["Queue"], one.get("Penalty")) for one in changes] == [
            ("QueueRemove", "fallback-exchange", None),
            ("QueuePenalty", "fallback-inquiry", "2"),
            ("QueueAdd", "fallback-covid", "1"),
        ]
        assert changes[-1]["StateInterface"] == "hint:2001@operators"


@pytest.mark.parametrize("at_first", [True, False])
async def test_an_operator_who_changes_while_others_are_mirrored_ends_as_wished(
    tmp_path: Path, pbx: FakeAri, at_first: bool
) -> None:
    """2001 is mirrored, and changes back while 2002 is being mirrored."""
    inquiry = ((QueueName("inquiry"), 1),)
    lists = Pbx()
    lists.members = set() if at_first else {"Local/2001@operators/n"}

    def answer(ami: FakeAmi, action: Action) -> list[Action]:
        if action["Action"] == "QueueAdd" and action["MemberName"] == "2002":
            s.link.submit([MirrorToFallback(Extension("2001"), not at_first, inquiry)])
        return lists.answer(ami, action)

    async with scene(tmp_path, pbx, lists) as s:
        s.ami.answer = answer
        s.link.submit(
            [
                MirrorToFallback(Extension("2001"), at_first, inquiry),
                MirrorToFallback(Extension("2002"), True, inquiry),
            ]
        )
        at_last = {"Local/2002@operators/n"} | (set() if at_first else {"Local/2001@operators/n"})
        await s.ami.until(lambda ami: ami.count("QueueAdd") + ami.count("QueueRemove") == 3)
        assert lists.members == at_last


async def test_members_are_mirrored_anew_when_asterisk_may_have_forgotten(tmp_path: Path, pbx: FakeAri) -> None:
    lists = Pbx()
    async with scene(tmp_path, pbx, lists) as s:
        s.link.submit([MirrorToFallback(Extension("2001"), True, ((QueueName("inquiry"), 1),))])
        await s.ami.until(lambda ami: ami.count("QueueAdd") == 1)
        lists.members.clear()
        s.ami.cut()
        await s.ami.until(lambda ami: ami.count("QueueAdd") == 2)


async def test_the_mode_and_the_short_messages_lie_in_asterisks_database(tmp_path: Path, pbx: FakeAri) -> None:
    async with scene(tmp_path, pbx) as s:
        first, second = Media("sound:ctl/a"), Media("sound:ctl/b")
        s.link.submit([MirrorConditions(ModeName("emergency"), ((Number("0339811111"), (first, second)),))])
        await s.ami.until(lambda ami: ami.count("DBPut") == 2)
        puts = [(one["Family"], one["Key"], one["Val"]) for one in s.ami.asked if one["Action"] == "DBPut"]
        assert puts == [("ctl", "mode", "emergency"), ("ctl-notice", "0339811111", "ctl/a&ctl/b")]
        s.link.submit([MirrorConditions(None)])
        await s.ami.until(lambda ami: ami.count("DBDelTree") == 2)
        last = [one for one in s.ami.asked if one["Action"] == "DBPut"][-1]
        assert (last["Key"], last["Val"]) == ("mode", "normal")


async def test_the_mode_is_told_anew_when_asterisk_may_have_forgotten(tmp_path: Path, pbx: FakeAri) -> None:
    async with scene(tmp_path, pbx) as s:
        s.link.submit([MirrorConditions(ModeName("emergency"))])
        await s.ami.until(lambda ami: ami.count("DBPut") == 1)
        s.ami.cut()
        await s.ami.until(lambda ami: ami.count("DBPut") == 2)


async def test_calls_that_the_fallback_ended_are_told(tmp_path: Path, pbx: FakeAri) -> None:
    async with scene(tmp_path, pbx) as s:
        log = tmp_path / "asterisk" / "log" / "fallback.jsonl"
        log.parent.mkdir(parents=True)
        log.write_text(
            '{"call":"9.1","dialled":"0339811111","caller":"0312345678","arrived_at":1000,'
            '"answered_at":5000,"ended_at":9000,"operator":"2001"}\n'
        )
        await s.ami.tell(Event="UserEvent", UserEvent="CtlFallbackEnded", Call="9.1")
        served = CallServedElsewhere(CallId("9.1"), "0339811111", "0312345678", 1000, 5000, 9000, Extension("2001"))  # type: ignore[arg-type]
        await s.hears(served)


async def test_log_of_the_fallback_that_cannot_be_read_keeps_nobody_from_being_served(
    tmp_path: Path, pbx: FakeAri, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "asterisk" / "log" / "fallback.jsonl").mkdir(parents=True)  # in place of a broken disk
    async with scene(tmp_path, pbx) as s:
        assert s.all(PbxFound)
        await s.until(lambda: s.link.health()["connections"] == 1)
    assert "ami_message_unreadable" not in caplog.text
    assert "fallback_log_unreadable" in caplog.text


async def test_call_whose_leg_could_not_tell_of_its_end_is_told_again_before_what_is_there(
    tmp_path: Path, pbx: FakeAri
) -> None:
    """We hung, and the citizen hung up: AMI told of it before it was noticed that the connection to ARI was dead."""
    async with scene(tmp_path, pbx) as s:
        await pbx.arrive(CITIZEN, "inbound", "0339811111")
        await s.until(lambda: bool(s.all(CallArrived)))
        log = tmp_path / "asterisk" / "log" / "fallback.jsonl"
        log.parent.mkdir(parents=True)
        line = '"dialled":"0339811111","caller":"","arrived_at":1000,"answered_at":null,"ended_at":9000,"operator":null'
        log.write_text(f'{{"call":"{CITIZEN}",{line}}}\n{{"call":"9.1",{line}}}\n')
        await s.ami.tell(Event="UserEvent", UserEvent="CtlFallbackEnded", Call=CITIZEN)
        await s.until(lambda: len(s.all(CallServedElsewhere)) == 2)
        del pbx.channels[CITIZEN]
        await pbx.cut()
        await s.found(times=2)
    *_, last, found = s.calls
    assert [(one.call, one.in_gap) for one in s.all(CallServedElsewhere)] == [
        (CITIZEN, False),
        ("9.1", False),
        (CITIZEN, True),
    ]
    assert [type(last), type(found)] == [CallServedElsewhere, PbxFound]


@pytest.mark.parametrize("ami_first", [False, True])
async def test_calls_that_the_fallback_ended_in_the_gap_are_told_before_what_is_there(
    tmp_path: Path, pbx: FakeAri, ami_first: bool
) -> None:
    """Whichever connection is there first: their legs are missing from what is found, and they are not lost."""
    log = tmp_path / "asterisk" / "log" / "fallback.jsonl"
    log.parent.mkdir(parents=True)
    log.write_text(
        '{"call":"9.1","dialled":"0339811111","caller":"","arrived_at":1000,'
        '"answered_at":5000,"ended_at":9000,"operator":"2001"}\n'
    )
    async with fake_ami(Pbx().answer) as ami:
        nobody = URL(pbx.url).port or 0  # answers no AMI
        s = Scene(
            Settings(
                home=tmp_path,
                address=IPv4Address("127.0.0.1"),
                http_port=0 if ami_first else URL(pbx.url).port or 0,
                ami_port=ami.port if ami_first else nobody,
            ),
            pbx,
            ami,
        )
        running = asyncio.create_task(s.link.run())
        try:
            await s.until(lambda: bool(s.all(CallServedElsewhere)) and (ami_first or bool(s.all(PbxFound))))
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
    first, *found = s.calls
    assert isinstance(first, CallServedElsewhere)
    assert (first.call, first.in_gap) == ("9.1", True)
    assert [type(event) for event in found] == ([] if ami_first else [PbxFound])


async def test_strangers_at_the_door_are_logged_and_told(
    tmp_path: Path, pbx: FakeAri, caplog: pytest.LogCaptureFixture
) -> None:
    async with scene(tmp_path, pbx) as s:
        await s.ami.tell(
            Event="InvalidPassword", Service="PJSIP", AccountID="2001", RemoteAddress="IPV4/UDP/127.0.0.9/5060"
        )
        await s.ami.tell(Event="Newchannel", Channel="PJSIP/2009-0000000c", Uniqueid="9.3", ChannelState="0")
        await s.until(lambda: bool(s.all(PhoneOccupied)))
        assert "InvalidPassword service=PJSIP account=2001" in caplog.text
        assert s.refused == [("InvalidPassword", "127.0.0.9")]


async def test_health_tells_of_both_connections(tmp_path: Path, pbx: FakeAri) -> None:
    async with scene(tmp_path, pbx) as s:
        await s.ami.until(lambda ami: ami.connections == 1)
        health = s.link.health()
        assert (health["ari"], health["connections"], health["backlog"]) == (True, 1, 0)
