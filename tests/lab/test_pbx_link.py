"""The link against a real Asterisk with the product's configuration, and a town of real telephones around it."""

import asyncio
import math
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pytest
import pytest_asyncio

from ctl.lab.exchange import Exchange
from ctl.lab.net import own_network
from ctl.lab.party import NORMAL, Party
from ctl.lab.pulse import Pulse, eventually
from ctl.lab.tones import tone, write_wav
from ctl.lab.vanishing import VanishingPhone
from ctl.pbx.link import PbxLink
from ctl.pbx.names import fallback_queue
from ctl.settings import Settings
from ctl.switchboard.effects import (
    Answer,
    Connect,
    DialOutside,
    Disconnect,
    Effect,
    HangUp,
    Hush,
    MirrorToFallback,
    RingPhone,
    Say,
    StartMusic,
    StopMusic,
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
    LegRang,
    OperatorDialled,
    PbxFound,
    PhoneHeld,
    PhoneOccupied,
    PhoneReachable,
    PhoneResumed,
    PhoneUnreachable,
    PlaybackEnded,
)
from ctl.switchboard.ids import (
    BridgeId,
    CallId,
    Endpoint,
    Extension,
    LegId,
    Media,
    Millis,
    Number,
    PlaybackId,
    PromptName,
)
from ctl.switchboard.plan import Say as SystemPrompt
from tests.lab.barepbx import PLAN, SPOKEN_HZ, BarePbx, running
from tests.lab.wire import Wire, wire
from tests.plans import CITY, CIVIL, small_plan

ROUNDS = 150
"""On a busy machine one in some dozens met the moment."""
E = TypeVar("E")
DEPARTMENT = "0300000101"
GREETING = small_plan().prompts
TORN_OUT_S = 40
"""The announcement, and then 20 s without sound (``rtp_timeout``)."""
NOTICED_S = 10
"""What the centre promises: a dead line to the PBX is noticed within ten seconds."""


class Desk:
    """A switchboard of the test's own: what it was told, and what it asks for."""

    def __init__(self, settings: Settings, pbx: BarePbx) -> None:
        self.told: list[Event] = []
        self._pulse = Pulse(lambda: "told:\n" + "\n".join(map(str, self.told)))
        self.link = PbxLink(settings, pbx.secrets, self._deliver)

    def do(self, *effects: Effect) -> None:
        self.link.submit(effects)

    def _deliver(self, event: Event, at: Millis | None = None) -> None:
        self.told.append(event)
        self._pulse.beat()

    async def hears(self, kind: type[E], within_s: float = 10.0, **says: Any) -> E:
        """The first event of this kind that says this."""

        def look() -> E | None:
            fits = (event for event in self.told if isinstance(event, kind))
            return next((e for e in fits if all(getattr(e, name) == value for name, value in says.items())), None)

        return await self._pulse.until(look, f"{kind.__name__} {says}", within_s)

    async def until(self, look: Callable[[], Any], what: str, within_s: float = 10.0) -> None:
        await self._pulse.until(look, what, within_s)

    def all(self, kind: type[E]) -> list[E]:
        return [event for event in self.told if isinstance(event, kind)]


@asynccontextmanager
async def at_the_desk(settings: Settings, pbx: BarePbx) -> AsyncIterator[Desk]:
    desk = Desk(settings, pbx)
    running = asyncio.create_task(desk.link.run())
    try:
        await desk.hears(PbxFound)
        yield desk
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pbx(tmp_path_factory: pytest.TempPathFactory, rootfs: Path) -> AsyncIterator[BarePbx]:
    with own_network() as net:
        settings = Settings(
            home=tmp_path_factory.mktemp("bare") / "run",
            address=IPv4Address(f"{net}.1"),
            carrier_address=IPv4Address(f"{net}.10"),
        )
        async with running(settings, rootfs) as pbx:
            yield pbx


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def whole_town(pbx: BarePbx, rootfs: Path, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Exchange]:
    net = str(pbx.settings.address).rpartition(".")[0]
    secret_of = {str(extension): pbx.secrets.operator(extension) for extension in small_plan().operators}
    async with Exchange.started(net, tmp_path_factory.mktemp("town"), rootfs, secret_of) as town:
        for extension in ("2001", "2002"):
            await town.plug_in(extension)
        yield town


@pytest_asyncio.fixture(loop_scope="session")
async def around(whole_town: Exchange) -> AsyncIterator[Exchange]:
    yield whole_town
    await whole_town.everybody_hangs_up()


@pytest_asyncio.fixture(loop_scope="session")
async def desk(pbx: BarePbx, around: Exchange) -> AsyncIterator[Desk]:
    async with at_the_desk(pbx.settings, pbx) as desk:
        await desk.hears(PhoneReachable, extension="2001")
        yield desk
        for leg in {event.leg for event in desk.all(CallArrived)}:
            desk.do(HangUp(leg))


@pytest_asyncio.fixture(loop_scope="session")
async def line(pbx: BarePbx) -> AsyncIterator[tuple[Wire, Wire, Settings]]:
    """ARI and AMI over wires that can be cut, and the settings that lead through them."""
    address = str(pbx.settings.address)
    between = address.rpartition(".")[0] + ".50"
    through = pbx.settings.model_copy(update={"asterisk_host": between})
    async with (
        wire(between, address, pbx.settings.http_port) as ari,
        wire(between, address, pbx.settings.ami_port) as ami,
    ):
        yield ari, ami, through


async def arrives(desk: Desk, town: Exchange, number: str = CITY) -> tuple[Party, LegId]:
    seen = len(desk.all(CallArrived))
    citizen = await town.citizen_calls(number)
    await desk.until(lambda: len(desk.all(CallArrived)) > seen, "the citizen's call arrives")
    await citizen.is_up()
    return citizen, desk.all(CallArrived)[-1].leg


async def talk(desk: Desk, town: Exchange) -> tuple[Party, Party, LegId, LegId]:
    """A citizen and operator 2001 in a bridge."""
    citizen, leg = await arrives(desk, town)
    operator = LegId(f"{leg}.l1")
    desk.do(RingPhone(CallId(leg), operator, Endpoint("2001"), "0312345678", "代表電話", 20_000))
    phone = await town.rings(town.phone("2001"))
    await desk.hears(LegRang, leg=operator)
    await phone.answer()
    await desk.hears(LegAnswered, leg=operator)
    desk.do(Connect(BridgeId(f"{leg}.b2"), (leg, operator), (operator,)))
    assert await citizen.hears(phone)
    assert await phone.hears(citizen)
    return citizen, phone, leg, operator


# --- a call -----------------------------------------------------------------------------------------------------------


async def test_call_arrives_answered_with_its_numbers(desk: Desk, around: Exchange) -> None:
    citizen, leg = await arrives(desk, around, "+81339811111")
    arrived = await desk.hears(CallArrived, leg=leg)
    assert (arrived.dialled, arrived.waiting_since) == (CITY, None)
    assert arrived.caller.startswith("090")
    await citizen.hang_up()
    assert await desk.hears(LegEnded, leg=leg) == LegEnded(leg, Cause.NORMAL, 16)


async def test_prompts_one_after_the_other_end_once_and_keys_are_heard(desk: Desk, around: Exchange) -> None:
    citizen, leg = await arrives(desk, around)
    first, missing, second = PlaybackId(f"{leg}.p1"), PlaybackId(f"{leg}.p2"), PlaybackId(f"{leg}.p3")
    greeting = GREETING[next(iter(GREETING))]
    desk.do(Say(leg, first, (greeting, greeting)))
    assert await citizen.hears_speech()
    await citizen.press("1#")
    await desk.hears(KeyPressed, leg=leg, digit="1")
    await desk.hears(KeyPressed, leg=leg, digit="#")
    await desk.hears(PlaybackEnded, playback=first)
    desk.do(Say(leg, missing, (Media("sound:ctl/never-made"),)), Say(leg, second, (Media("tone:ring"),)))
    await desk.hears(PlaybackEnded, playback=missing)
    assert await citizen.hears_ringing()
    desk.do(Hush(second), StartMusic(leg))
    await desk.hears(PlaybackEnded, playback=second)
    assert await citizen.hears_music()
    desk.do(StopMusic(leg))
    assert await citizen.hears_nothing()
    assert len(desk.all(PlaybackEnded)) == len(set(desk.all(PlaybackEnded))) == 3


async def test_handoff_from_bridge_to_bridge(desk: Desk, around: Exchange) -> None:
    citizen, phone, leg, operator = await talk(desk, around)
    first, consult, last = (BridgeId(f"{leg}.b{n}") for n in (2, 4, 6))
    department = LegId(f"{leg}.l3")
    desk.do(Disconnect(first), StartMusic(leg), Say(operator, PlaybackId(f"{leg}.p3"), (Media("tone:ring"),)))
    desk.do(DialOutside(CallId(leg), department, Number(DEPARTMENT), Number(CITY), 20_000))
    assert await phone.hears_ringing()
    ward = await around.rings(around.line(DEPARTMENT))
    assert ward.caller == CITY
    await ward.answer()
    await desk.hears(LegAnswered, leg=department)
    desk.do(Hush(PlaybackId(f"{leg}.p3")), Connect(consult, (operator, department), (operator,)))
    assert await phone.hears(ward)
    assert await ward.hears(phone)
    assert await citizen.hears_music()
    desk.do(StopMusic(leg), Connect(last, (leg, department)), Disconnect(consult), HangUp(operator))
    assert await citizen.hears(ward)
    assert await ward.hears(citizen)
    await phone.is_gone()
    assert (await desk.hears(LegEnded, leg=operator)).cause is Cause.NORMAL
    await ward.hang_up()
    await desk.hears(LegEnded, leg=department)


async def test_three_hear_each_other(desk: Desk, around: Exchange) -> None:
    citizen, phone, leg, operator = await talk(desk, around)
    department = LegId(f"{leg}.l3")
    desk.do(DialOutside(CallId(leg), department, Number(DEPARTMENT), Number(CITY), 20_000))
    ward = await around.rings(around.line(DEPARTMENT))
    await ward.answer()
    await desk.hears(LegAnswered, leg=department)
    desk.do(Connect(BridgeId(f"{leg}.b4"), (leg, operator, department), (operator,)), Disconnect(BridgeId(f"{leg}.b2")))
    assert await citizen.hears(phone, ward)
    assert await ward.hears(citizen, phone)
    assert await phone.hears(citizen, ward)


async def test_what_is_said_right_after_a_conversation_is_said(desk: Desk, around: Exchange) -> None:
    """Asterisk drops without a word what it is told to play to who is on the way out of a bridge that was ended."""
    _, _, leg, operator = await talk(desk, around)
    ends_at_once = (Media("sound:ctl/never-made"),)
    bridge = BridgeId(f"{leg}.b2")
    for n in range(10, 10 + ROUNDS):
        to_citizen, to_operator = PlaybackId(f"{leg}.p{n}"), PlaybackId(f"{leg}.p{100 + n}")
        desk.do(Disconnect(bridge), Say(leg, to_citizen, ends_at_once), Say(operator, to_operator, ends_at_once))
        await desk.hears(PlaybackEnded, playback=to_citizen)
        await desk.hears(PlaybackEnded, playback=to_operator)
        bridge = BridgeId(f"{leg}.b{n}")
        desk.do(Connect(bridge, (leg, operator), (operator,), mixed=True))


async def test_operators_keys_reach_us_and_not_the_citizen(desk: Desk, around: Exchange) -> None:
    citizen, phone, leg, operator = await talk(desk, around)
    await phone.press("*21")
    for digit in "*21":
        await desk.hears(KeyPressed, leg=operator, digit=digit)
    await citizen.press("5")
    await desk.hears(KeyPressed, leg=leg, digit="5")
    assert await citizen.hears(phone)
    assert citizen.keys_heard == ""
    assert phone.keys_heard == "5"


async def test_hold_key_of_the_telephone(desk: Desk, around: Exchange) -> None:
    _, phone, _, operator = await talk(desk, around)
    await phone.hold()
    await desk.hears(PhoneHeld, leg=operator)
    await phone.resume()
    await desk.hears(PhoneResumed, leg=operator)


# --- telephones that do not answer ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("behave", "cause", "code"),
    [("is_busy", Cause.BUSY, 17), ("refuses", Cause.REFUSED, 21), ("is_congested", Cause.CONGESTED, 34)],
)
async def test_department_that_does_not_answer(
    desk: Desk, around: Exchange, behave: str, cause: Cause, code: int
) -> None:
    _, leg = await arrives(desk, around)
    getattr(around.line(DEPARTMENT), behave)()
    department = LegId(f"{leg}.l1")
    desk.do(DialOutside(CallId(leg), department, Number(DEPARTMENT), Number(CITY), 20_000))
    assert await desk.hears(LegEnded, leg=department) == LegEnded(department, cause, code)


async def test_telephone_that_rings_in_vain(desk: Desk, around: Exchange) -> None:
    _, leg = await arrives(desk, around)
    operator = LegId(f"{leg}.l1")
    desk.do(RingPhone(CallId(leg), operator, Endpoint("2001"), "", "代表電話", 1_000))
    phone = await around.rings(around.phone("2001"))
    ended = await desk.hears(LegEnded, leg=operator)
    assert (ended.cause, ended.code) == (Cause.NO_ANSWER, 19)
    await phone.is_gone()


async def test_telephone_that_is_not_registered_is_unreachable_at_once(desk: Desk, around: Exchange) -> None:
    _, leg = await arrives(desk, around)
    operator = LegId(f"{leg}.l1")
    desk.do(RingPhone(CallId(leg), operator, Endpoint("2003"), "", "代表電話", 20_000))
    assert await desk.hears(LegEnded, within_s=1, leg=operator) == LegEnded(operator, Cause.UNREACHABLE)


async def test_call_taken_elsewhere_is_no_missed_call(desk: Desk, around: Exchange) -> None:
    _, leg = await arrives(desk, around)
    operator = LegId(f"{leg}.l1")
    desk.do(RingPhone(CallId(leg), operator, Endpoint("2001"), "", "代表電話", 20_000))
    phone = await around.rings(around.phone("2001"))
    desk.do(HangUp(operator, elsewhere=True))
    assert await desk.hears(LegEnded, leg=operator) == LegEnded(operator, Cause.CANCELLED, 26)
    assert await phone.is_gone() == 26


# --- operators' telephones --------------------------------------------------------------------------------------------


async def test_operator_dials_a_feature_code(desk: Desk, around: Exchange) -> None:
    phone = await around.phone_dials("2001", "*11")
    dialled = await desk.hears(OperatorDialled)
    assert (dialled.extension, dialled.endpoint, dialled.dialled) == ("2001", "2001", "*11")
    desk.do(Answer(dialled.leg))
    await phone.is_up()
    await desk.hears(LegAnswered, leg=dialled.leg)
    desk.do(HangUp(dialled.leg))
    await phone.is_gone()
    assert desk.all(PhoneOccupied) == []


async def test_telephone_that_is_unplugged_and_plugged_in_again(desk: Desk, around: Exchange) -> None:
    await around.unplug("2002")
    await desk.hears(PhoneUnreachable, extension="2002", endpoint="2002")
    desk.told.clear()
    await around.plug_in("2002")
    await desk.hears(PhoneReachable, extension="2002", endpoint="2002")


# --- when the line breaks ---------------------------------------------------------------------------------------------


async def test_socket_that_is_cut(pbx: BarePbx, around: Exchange, line: tuple[Wire, Wire, Settings]) -> None:
    ari, ami, through = line
    async with at_the_desk(through, pbx) as desk:
        await desk.hears(PhoneReachable, extension="2001")
        citizen, phone, leg, operator = await talk(desk, around)
        desk.told.clear()
        ari.cut()
        ami.cut()
        found = await desk.hears(PbxFound, NOTICED_S)
        assert set(found.legs) == {FoundLeg(leg, True), FoundLeg(operator, True)}
        assert await citizen.hears(phone)
        await citizen.hang_up()
        assert (await desk.hears(LegEnded, leg=leg)).code == 16
        desk.do(HangUp(operator))
        await phone.is_gone()


async def test_line_that_swallows_everything(pbx: BarePbx, around: Exchange, line: tuple[Wire, Wire, Settings]) -> None:
    ari, ami, through = line
    async with at_the_desk(through, pbx) as desk:
        await desk.hears(PhoneReachable, extension="2001")
        citizen, phone, _, operator = await talk(desk, around)
        desk.told.clear()
        ari.swallow()
        ami.swallow()
        await citizen.hang_up()
        await desk.until(lambda: not desk.link.connected, "the dead line is noticed", NOTICED_S)
        await desk.until(lambda: not desk.link.health()["ami"], "the dead AMI line is noticed", NOTICED_S)
        ari.flow()
        ami.flow()
        found = await desk.hears(PbxFound, NOTICED_S)
        assert found.legs == (FoundLeg(operator, True),)
        desk.do(HangUp(operator))
        await phone.is_gone()
        _, another = await arrives(desk, around)
        desk.do(HangUp(another))
        assert [event.leg for event in desk.all(CallArrived)] == [another]


async def test_asterisk_that_sleeps(pbx: BarePbx, desk: Desk, around: Exchange) -> None:
    citizen, phone, leg, operator = await talk(desk, around)
    desk.told.clear()
    pbx.sleep()
    try:
        await desk.until(lambda: not desk.link.connected, "the sleeping PBX is noticed", NOTICED_S)
    finally:
        pbx.wake()
    found = await desk.hears(PbxFound, NOTICED_S)
    assert set(found.legs) == {FoundLeg(leg, True), FoundLeg(operator, True)}
    assert await citizen.hears(phone)


async def test_another_link_after_ours_was_killed(pbx: BarePbx, around: Exchange) -> None:
    async with at_the_desk(pbx.settings, pbx) as before:
        await before.hears(PhoneReachable, extension="2001")
        citizen, phone, leg, operator = await talk(before, around)
        waiting, second = await arrives(before, around)
        before.do(StartMusic(second))
    assert await citizen.hears(phone)
    assert await waiting.hears_music()
    async with at_the_desk(pbx.settings, pbx) as desk:
        found = await desk.hears(PbxFound)
        assert set(found.legs) == {FoundLeg(leg, True), FoundLeg(second, True), FoundLeg(operator, True)}
        assert [event.leg for event in desk.all(CallArrived)] == [leg, second]
        await waiting.press("1")
        await desk.hears(KeyPressed, leg=second, digit="1")
        assert len(desk.all(KeyPressed)) == 1
        desk.do(HangUp(leg), HangUp(operator), HangUp(second))
        for party in (citizen, phone, waiting):
            await party.is_gone()


async def test_asterisk_that_is_killed_and_comes_back(pbx: BarePbx, desk: Desk, around: Exchange) -> None:
    await talk(desk, around)
    desk.do(MirrorToFallback(Extension("2001"), True, ((CIVIL, 1),)))
    desk.told.clear()
    await pbx.kill()
    await desk.until(lambda: not desk.link.connected, "the loss is noticed", NOTICED_S)
    await pbx.start()
    assert (await desk.hears(PbxFound, 15)).legs == ()
    await desk.hears(PhoneReachable, 15, extension="2001")
    _, leg = await arrives(desk, around)
    desk.do(HangUp(leg))


# --- while we are away ------------------------------------------------------------------------------------------------


async def leave_to_the_fallback(pbx: BarePbx, *wanted: str) -> None:
    """These operators are ready, the first one first, and then the switchboard goes away."""
    async with at_the_desk(pbx.settings, pbx) as before:
        for penalty, extension in enumerate(wanted, 1):
            await before.hears(PhoneReachable, extension=extension)
            before.do(MirrorToFallback(Extension(extension), True, ((CIVIL, penalty),)))

        async def mirrored() -> bool:
            return await pbx.members(fallback_queue(CIVIL)) == {f"Local/{one}@operators/n" for one in wanted}

        await eventually(mirrored, f"{wanted} are members of the fallback's queue")


async def test_caller_in_the_fallback_is_taken_back_with_the_first_instant(pbx: BarePbx, around: Exchange) -> None:
    await leave_to_the_fallback(pbx, "2001")
    citizen = await around.citizen_calls(CITY)
    await citizen.is_up()
    phone = await around.rings(around.phone("2001"), within_s=20)
    async with at_the_desk(pbx.settings, pbx) as desk:
        arrived = await desk.hears(CallArrived)
        assert arrived.waiting_since is not None
        assert arrived.waiting_since // 1000 == pytest.approx(int(arrived.call.split(".")[0]), abs=2)
        await phone.is_gone()
        await desk.hears(PhoneOccupied, extension="2001", occupied=False)
        desk.do(HangUp(arrived.leg))
        await citizen.is_gone()


class Announcement(NamedTuple):
    """What callers of the fallback hear before they come into its queue, as a speaker of one long tone."""

    name: str = "announcement"
    voice: int = SPOKEN_HZ


@contextmanager
def long_announcement(pbx: BarePbx) -> Iterator[Announcement]:
    """It lasts a minute."""
    media = PLAN.prompts[PromptName(SystemPrompt.FALLBACK)]
    prompt = pbx.settings.prompts_path / f"{media.removeprefix('sound:ctl/')}.wav"
    usual = prompt.read_bytes()
    write_wav(prompt, tone(SPOKEN_HZ, 60))
    try:
        yield Announcement()
    finally:
        prompt.write_bytes(usual)


async def test_callers_who_hear_the_announcement_of_the_fallback_are_taken_back_in_their_order(
    pbx: BarePbx, around: Exchange
) -> None:
    await leave_to_the_fallback(pbx, "2001")
    with long_announcement(pbx) as announcement:
        citizens = []
        for _ in range(3):
            citizens.append(citizen := await around.citizen_calls(CITY))
            await citizen.is_up()
            assert await citizen.hears(announcement)
        async with at_the_desk(pbx.settings, pbx) as desk:
            await desk.until(lambda: len(desk.all(CallArrived)) == 3, "all have been taken back")
            # They come in one moment; the place of each is that of the first instant.
            arrived = sorted(desk.all(CallArrived), key=lambda one: one.waiting_since or math.inf)
            assert [one.caller for one in arrived] == [citizen.caller for citizen in citizens]
            assert all(one.waiting_since is not None for one in arrived)
            desk.do(*(HangUp(one.leg) for one in arrived))
            for citizen in citizens:
                await citizen.is_gone()


async def test_call_that_the_fallback_served_is_told_afterwards(pbx: BarePbx, around: Exchange) -> None:
    await leave_to_the_fallback(pbx, "2001")
    citizen = await around.citizen_calls(CITY)
    phone = await around.rings(around.phone("2001"), within_s=20)
    await phone.answer()
    assert await citizen.hears(phone)
    async with at_the_desk(pbx.settings, pbx) as desk:
        found = await desk.hears(PbxFound)
        assert found.legs == ()
        assert len(found.elsewhere) >= 2
        assert desk.told.index(PhoneOccupied(Extension("2001"), True)) < desk.told.index(found)
        assert await citizen.hears(phone)
        await citizen.hang_up()
        # Short calls of other tests may be told here, too: the PBX tells of them at least once.
        served = await desk.hears(CallServedElsewhere, caller=citizen.caller)
        assert (served.dialled, served.operator, served.ended_by) == (CITY, "2001", "citizen")
        assert served.answered_at is not None
        assert served.arrived_at < served.answered_at < served.ended_at
        await desk.hears(PhoneOccupied, extension="2001", occupied=False)
        assert desk.all(CallArrived) == []
        assert desk.all(LegLeft) == []


async def test_caller_whose_operator_is_torn_out_in_the_fallback_has_the_next_one(
    pbx: BarePbx, around: Exchange
) -> None:
    """The dead telephone looks alive and would be the first again. When its successor hangs up, the call is over."""
    net = str(pbx.settings.address).rpartition(".")[0]
    at = str(pbx.settings.address), f"{net}.60"
    async with VanishingPhone.registered(*at, "2003", pbx.secrets.operator("2003"), takes_calls=True) as dead:
        await leave_to_the_fallback(pbx, "2003", "2001")
        citizen = await around.citizen_calls(CITY)
        await asyncio.wait_for(dead.hung_up.wait(), TORN_OUT_S)
        phone = await around.rings(around.phone("2001"))
        assert await citizen.hears_music()
        await phone.answer()
        assert await citizen.hears(phone)
        assert dead.taken == 1
        await phone.hang_up()
        assert await citizen.is_gone() == NORMAL
    async with at_the_desk(pbx.settings, pbx) as desk:
        served = await desk.hears(CallServedElsewhere, caller=citizen.caller)
        (talk,) = served.talks
        assert (talk.operator, served.operator, served.ended_by) == ("2003", "2001", "operator")
        assert served.answered_at is not None
        assert served.arrived_at < talk.answered_at < talk.ended_at < served.answered_at < served.ended_at
        desk.do(MirrorToFallback(Extension("2003"), False, ()))
