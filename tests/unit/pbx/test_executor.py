"""Effects as requests: in order, harmless when repeated, and every refusal an outcome."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import pytest

from ctl.pbx import ari, executor
from ctl.pbx.ari import DEADLINE_S, Ari
from ctl.pbx.executor import SHOWN, ByAmi, Executor
from ctl.pbx.hands import Hands
from ctl.pbx.recorder import Recording
from ctl.pbx.translate import translate
from ctl.switchboard.effects import (
    Answer,
    Connect,
    DialOutside,
    Disconnect,
    Effect,
    HangUp,
    Hush,
    MirrorConditions,
    MirrorToFallback,
    Overhear,
    Reply,
    RingPhone,
    Say,
    StartMusic,
    StartRecording,
    StartSilence,
    StopMusic,
    StopSilence,
)
from ctl.switchboard.events import Cause, Event, LegAnswered, LegEnded, PlaybackEnded
from ctl.switchboard.ids import (
    BridgeId,
    CallId,
    CommandId,
    Endpoint,
    Extension,
    LegId,
    Media,
    ModeName,
    MusicName,
    Number,
    PlaybackId,
)
from ctl.switchboard.kinds import SupervisionKind
from tests.unit.pbx.fake_ari import Asked, FakeAri, ari_of, fake_ari, refusing

CALL = CallId("1795509605.20")
CITIZEN = LegId(CALL)
OPERATOR = LegId(f"{CALL}.l1")
DEPARTMENT = LegId(f"{CALL}.l2")
BRIDGE = BridgeId(f"{CALL}.b3")
PLAYBACK = PlaybackId(f"{CALL}.p4")
HELLO, BYE = Media("sound:ctl/hello"), Media("sound:ctl/bye")
RING = RingPhone(CALL, OPERATOR, Endpoint("2001"), "0312345678", "代表電話", 20_000)
OUTSIDE = DialOutside(CALL, DEPARTMENT, Number("0311110001"), Number("0339811111"), 20_000)


class Scene:
    """An executor at work against the fake Asterisk, with what it told."""

    def __init__(self, pbx: FakeAri, ari: Ari) -> None:
        self.pbx, self.ari = pbx, ari
        self.told: list[Event] = []
        self.mirrored: list[ByAmi] = []
        self.recorded: list[tuple[Recording, bool]] = []
        """What is to be recorded, and whether the leg existed when that was asked."""
        self.hands = Hands()
        self._more = asyncio.Event()
        self.executor = Executor(self.hands, self._tell, self.mirrored.append, self._record)

    def _tell(self, event: Event) -> None:
        self.told.append(event)
        self._more.set()

    async def hears(self, event: Event) -> None:
        """Wait for news."""
        async with asyncio.timeout(5):
            while event not in self.told:
                self._more.clear()
                await self._more.wait()

    def _record(self, wanted: Recording) -> None:
        self.recorded.append((wanted, wanted.leg in self.pbx.channels))

    async def do(self, *effects: Effect) -> None:
        """Submit, and wait until all is done."""
        self.executor.submit(effects)
        async with asyncio.timeout(5):
            await self.executor.lanes.idle()

    async def listen(self, ari: Ari) -> None:
        async with ari.events("ctl") as events:
            async for event in events:
                news = translate(event, self.hands)
                if news is not None:
                    self._tell(news)


@asynccontextmanager
async def scene(deadline_s: float = 2.0) -> AsyncIterator[Scene]:
    async with fake_ari() as pbx, ari_of(pbx, deadline_s) as ari:
        there = Scene(pbx, ari)
        listening = asyncio.create_task(there.listen(ari))
        await pbx.until(lambda pbx: bool(pbx.sockets))
        there.executor.resume(ari)
        pbx.hold(CITIZEN, "inbound", "0339811111")
        there.hands.take(CITIZEN).answered = True
        yield there
        await there.executor.lanes.stop()
        listening.cancel()


# --- order ------------------------------------------------------------------------------------------------------------


async def test_effects_of_a_call_keep_their_order() -> None:
    async with scene() as s:
        await s.do(Answer(CITIZEN), StartMusic(CITIZEN), StopMusic(CITIZEN), Say(CITIZEN, PLAYBACK, (HELLO, BYE)))
        assert s.pbx.paths() == [
            f"POST /channels/{CITIZEN}/answer",
            f"POST /channels/{CITIZEN}/moh",
            f"DELETE /channels/{CITIZEN}/moh",
            f"POST /channels/{CITIZEN}/play/{PLAYBACK}",
        ]


async def test_what_an_operator_hears_who_picked_the_call_up_keeps_the_order_of_that_call() -> None:
    """The leg was made for another call."""
    picked_up, bridge = LegId("1795509699.1"), BridgeId(f"{CITIZEN}.b2")
    async with scene() as s:
        s.pbx.hold(picked_up, "operator", "2002", "*28")
        s.pbx.bridges[bridge] = [CITIZEN, picked_up]
        await s.do(Disconnect(bridge), Say(picked_up, PLAYBACK, (HELLO,)))
        paths = s.pbx.paths()
        assert paths.index(f"DELETE /bridges/{bridge}") < paths.index(f"POST /channels/{picked_up}/play/{PLAYBACK}")


async def test_music_is_asked_for_by_its_name() -> None:
    async with scene() as s:
        await s.do(StartMusic(CITIZEN, MusicName("spring")), StartMusic(CITIZEN))
        assert [asked.query.get("mohClass") for asked in s.pbx.asked if asked.path.endswith("/moh")] == ["spring", None]


async def test_calls_do_not_wait_for_each_other() -> None:
    other = LegId("1795509605.99")
    async with scene() as s:
        s.pbx.hold(other, "inbound", "0339811111")
        never = asyncio.Event()

        async def hang(_: Asked) -> tuple[int, Any]:
            await never.wait()
            return 204, None

        s.pbx.hooks[f"POST /channels/{CITIZEN}/answer"] = hang
        s.executor.submit([Answer(CITIZEN), StartMusic(CITIZEN), StartMusic(other)])
        await s.pbx.until(lambda pbx: f"POST /channels/{other}/moh" in pbx.paths())
        assert f"POST /channels/{CITIZEN}/moh" not in s.pbx.paths()
        never.set()
        await s.pbx.until(lambda pbx: f"POST /channels/{CITIZEN}/moh" in pbx.paths())


async def test_facts_and_replies_are_not_for_asterisk() -> None:
    async with scene() as s:
        await s.do(Reply(CommandId("1"), True, "done"))
        assert s.pbx.paths() == []


async def test_members_of_the_fallback_go_another_way() -> None:
    async with scene() as s:
        ready, stormy = MirrorToFallback(Extension("2001"), True), MirrorConditions(ModeName("emergency"))
        await s.do(ready)
        await s.do(stormy)
        assert s.mirrored == [ready, stormy]
        assert s.pbx.paths() == []


async def test_a_leg_is_recorded_once_it_exists() -> None:
    async with scene() as s:
        dial = DialOutside(CALL, DEPARTMENT, Number("0312340001"), Number("0339811111"), 20_000)
        await s.do(dial, StartRecording(DEPARTMENT))
        assert s.recorded == [(StartRecording(DEPARTMENT), True)]


async def test_effect_before_asterisk_was_looked_at_waits() -> None:
    async with fake_ari() as pbx, ari_of(pbx) as ari:
        s = Scene(pbx, ari)
        pbx.hold(CITIZEN, "inbound")
        s.executor.submit([HangUp(CITIZEN)])
        assert s.executor.lanes.waiting == 1
        assert pbx.paths() == []
        s.executor.resume(ari)
        await pbx.until(lambda pbx: pbx.paths() == [f"DELETE /channels/{CITIZEN}"])
        await s.executor.lanes.stop()


# --- playbacks --------------------------------------------------------------------------------------------------------


async def test_several_media_are_one_playback() -> None:
    async with scene() as s:
        await s.do(Say(CITIZEN, PLAYBACK, (HELLO, BYE)))
        assert s.pbx.asked[-1].query == {"media": f"{HELLO},{BYE}"}
        assert s.told == []


@pytest.mark.parametrize("status", [404, 409, 412, 422])
async def test_refused_playback_has_ended(status: int) -> None:
    async with scene() as s:
        s.pbx.hooks[f"POST /channels/{CITIZEN}/play/{PLAYBACK}"] = refusing(status)
        await s.do(Say(CITIZEN, PLAYBACK, (HELLO,)))
        assert s.told == [PlaybackEnded(PLAYBACK)]


@pytest.mark.parametrize("status", [500, 503])
async def test_what_the_pbx_was_not_able_to_do_is_asked_again(status: int) -> None:
    async with scene() as s:
        refusals = [refusing(status), refusing(status)]

        async def at_the_third_time(asked: Asked) -> tuple[int, Any]:
            return await refusals.pop()(asked) if refusals else (204, None)

        s.pbx.hooks[f"POST /channels/{CITIZEN}/moh"] = at_the_third_time
        await s.do(StartMusic(CITIZEN), StopMusic(CITIZEN))
        assert s.pbx.paths() == [*[f"POST /channels/{CITIZEN}/moh"] * 3, f"DELETE /channels/{CITIZEN}/moh"]


async def test_nothing_to_say_has_ended_at_once() -> None:
    async with scene() as s:
        await s.do(Say(CITIZEN, PLAYBACK, ()))
        assert s.told == [PlaybackEnded(PLAYBACK)]
        assert s.pbx.paths() == []


async def test_playback_without_an_answer_ends_once_and_is_stopped() -> None:
    async with scene(deadline_s=0.1) as s:
        answered = asyncio.Event()

        async def late(asked: Asked) -> tuple[int, Any]:
            await answered.wait()
            return 404, None

        s.pbx.hooks[f"POST /channels/{CITIZEN}/play/{PLAYBACK}"] = late
        await s.do(Say(CITIZEN, PLAYBACK, (HELLO,)))
        answered.set()
        await s.pbx.tell(
            "PlaybackFinished", playback={"id": PLAYBACK, "media_uri": HELLO, "target_uri": "", "state": "done"}
        )
        await s.do(StartMusic(CITIZEN))
        assert s.told == [PlaybackEnded(PLAYBACK)]
        assert f"DELETE /playbacks/{PLAYBACK}" in s.pbx.paths()


async def test_hush_of_what_is_over_ends_it_for_good() -> None:
    async with scene() as s:
        await s.do(Say(CITIZEN, PLAYBACK, (HELLO,)))
        s.pbx.hooks[f"DELETE /playbacks/{PLAYBACK}"] = refusing(404)
        await s.do(Hush(PLAYBACK), Hush(PLAYBACK))
        assert s.told == [PlaybackEnded(PLAYBACK)]


# --- legs -------------------------------------------------------------------------------------------------------------


MAKE, CALL_IT = "POST /channels/create", f"POST /channels/{OPERATOR}/dial"


async def test_telephone_is_made_with_number_and_name_and_then_called_for_a_time() -> None:
    async with scene() as s:
        await s.do(RING)
        make, call = s.pbx.asked
        assert [str(make), str(call)] == [MAKE, CALL_IT]
        assert (make.query["endpoint"], make.query["channelId"]) == ("PJSIP/2001", OPERATOR)
        assert (make.query["app"], make.query["appArgs"]) == ("ctl", "made")
        assert make.body == {"variables": {SHOWN: '"代表電話" <0312345678>'}}
        assert call.query == {"timeout": "20"}


async def test_name_that_would_end_its_quotes_does_not() -> None:
    async with scene() as s:
        await s.do(replace(RING, caller_name='代表"電話\\'))
        assert s.pbx.asked[0].body == {"variables": {SHOWN: '"代表電話" <0312345678>'}}


async def test_who_shows_no_number_is_shown_as_anonymous_and_what_was_called_is_told_all_the_same() -> None:
    async with scene() as s:
        await s.do(replace(RING, caller=""))
        assert s.pbx.asked[0].body == {"variables": {SHOWN: '"代表電話" <anonymous>'}}


async def test_telephone_is_not_called_before_it_is_handed_to_us() -> None:
    async with scene() as s:
        made_only = s.pbx.rings

        async def make(asked: Asked) -> tuple[int, Any]:
            made_only(OPERATOR)
            return 200, s.pbx.channels[OPERATOR]

        s.pbx.hooks[MAKE] = make
        s.executor.submit([RING])
        await s.pbx.until(lambda pbx: OPERATOR in pbx.channels)
        assert CALL_IT not in s.pbx.paths()
        await s.pbx.arrive(OPERATOR, "made")
        await s.pbx.until(lambda pbx: CALL_IT in pbx.paths())


async def test_telephone_whose_leg_ends_before_it_is_handed_to_us_is_not_called() -> None:
    async with scene() as s:

        async def make(asked: Asked) -> tuple[int, Any]:
            s.pbx.rings(OPERATOR)
            gone = s.pbx.channels[OPERATOR]
            await s.pbx.destroy(OPERATOR, 20)
            return 200, gone

        s.pbx.hooks[MAKE] = make
        await s.do(RING)
        assert s.told == [LegEnded(OPERATOR, Cause.UNREACHABLE, 20)]
        assert s.pbx.paths() == [MAKE]


async def test_telephone_that_cannot_be_called_once_it_is_made_is_hung_up() -> None:
    async with scene() as s:
        s.pbx.hooks[CALL_IT] = refusing(409)
        await s.do(RING)
        assert s.told == [LegEnded(OPERATOR, Cause.LOST)]
        assert s.pbx.paths() == [MAKE, CALL_IT, f"DELETE /channels/{OPERATOR}"]


async def test_nothing_is_waited_for_over_a_connection_that_is_gone() -> None:
    async with scene() as s:

        async def make(asked: Asked) -> tuple[int, Any]:
            s.pbx.rings(OPERATOR)
            return 200, s.pbx.channels[OPERATOR]

        s.pbx.hooks[MAKE] = make
        s.executor.submit([RING])
        await s.pbx.until(lambda pbx: OPERATOR in pbx.channels)
        await s.ari.__aexit__(None, None, None)
        async with asyncio.timeout(DEADLINE_S / 2):
            await s.executor.suspend()
        assert s.told == [LegEnded(OPERATOR, Cause.LOST)]


async def test_whoever_sends_the_call_on_has_refused_it() -> None:
    async with scene() as s:
        await s.do(RING)
        await s.pbx.send_on(OPERATOR, "PJSIP/0990123456@carrier")
        await s.pbx.destroy(OPERATOR)
        await s.hears(LegEnded(OPERATOR, Cause.REFUSED))
        assert s.told == [LegEnded(OPERATOR, Cause.REFUSED)]


@pytest.mark.parametrize(("timeout_ms", "seconds"), [(1, "1"), (1000, "1"), (1001, "2"), (30_000, "30")])
async def test_outside_number_goes_over_the_trunk(timeout_ms: int, seconds: str) -> None:
    async with scene() as s:
        await s.do(DialOutside(CALL, DEPARTMENT, Number("0311110001"), Number("0339811111"), timeout_ms))
        (call,) = s.pbx.asked
        assert (call.query["endpoint"], call.query["timeout"]) == ("PJSIP/0311110001@carrier", seconds)
        assert call.query["callerId"] == '"" <0339811111>'


async def test_legs_of_a_call_that_nobody_began_are_made_on_behalf_of_each_other() -> None:
    async with scene() as s:
        await s.do(RingPhone(CALL, OPERATOR, Endpoint("2001"), "0312345678", "折返 税", 20_000, first=True))
        await s.do(DialOutside(CALL, DEPARTMENT, Number("0312345678"), Number("0339811111"), 20_000, OPERATOR))
        asked = [one for one in s.pbx.asked if "endpoint" in one.query]
        assert [one.query.get("originator") for one in asked] == [None, OPERATOR]


async def test_telephone_rings_before_anything_else_of_the_same_moment() -> None:
    async with scene() as s:
        await s.do(StartMusic(CITIZEN), RING)
        assert s.pbx.paths() == [MAKE, CALL_IT, f"POST /channels/{CITIZEN}/moh"]


@pytest.mark.parametrize("begin", [RING, OUTSIDE], ids=["telephone", "outside"])
async def test_leg_that_we_made_has_answered_once(begin: RingPhone | DialOutside) -> None:
    """A telephone is in our hands before it is called; who is outside, once he has answered."""
    async with scene() as s:
        await s.do(begin)
        await s.pbx.answer(begin.leg)
        await s.hears(LegAnswered(begin.leg))
        assert s.told == [LegAnswered(begin.leg)]


async def test_telephone_that_is_not_there_is_unreachable_at_once() -> None:
    async with scene() as s:
        s.pbx.hooks[MAKE] = refusing(500)
        await s.do(RING)
        assert s.told == [LegEnded(OPERATOR, Cause.UNREACHABLE)]
        assert s.pbx.paths() == [MAKE]


async def test_repeated_ring_is_not_made_twice() -> None:
    async with scene() as s:
        await s.do(RING, RING)
        assert s.pbx.paths() == [MAKE, CALL_IT]


async def test_leg_of_which_we_never_hear_is_hung_up_and_told_as_our_own_fault() -> None:
    async with scene(deadline_s=0.1) as s:
        never = asyncio.Event()

        async def silent(_: Asked) -> tuple[int, Any]:
            await never.wait()
            return 204, None

        s.pbx.hooks[MAKE] = silent
        await s.do(RING)
        never.set()
        assert s.told == [LegEnded(OPERATOR, Cause.LOST)]
        assert s.pbx.paths() == [MAKE, f"DELETE /channels/{OPERATOR}"]


@pytest.mark.parametrize(("elsewhere", "reason"), [(True, "answered_elsewhere"), (False, "normal")])
async def test_hang_up_says_why(elsewhere: bool, reason: str) -> None:
    async with scene() as s:
        await s.do(HangUp(CITIZEN, elsewhere))
        assert s.pbx.asked[-1].query == {"reason": reason}


async def test_hang_up_of_a_leg_that_is_gone_tells_its_end_once() -> None:
    async with scene() as s:
        del s.pbx.channels[CITIZEN]
        await s.do(HangUp(CITIZEN), HangUp(CITIZEN))
        assert s.told == [LegEnded(CITIZEN, Cause.NORMAL)]


async def test_leg_that_the_pbx_is_not_able_to_hang_up_has_not_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ari, "AGAIN_S", ())
    look = f"GET /channels/{CITIZEN}"
    async with scene() as s:
        s.pbx.hooks[f"DELETE /channels/{CITIZEN}"] = s.pbx.hooks[look] = refusing(503)
        s.executor.submit([HangUp(CITIZEN)])
        await s.pbx.until(lambda pbx: pbx.paths().count(look) == 2)
        del s.pbx.hooks[look]
        await s.do()
        assert s.told == []


# --- bridges ----------------------------------------------------------------------------------------------------------


def added(pbx: FakeAri) -> list[tuple[str, str]]:
    return [(one.query["channel"], one.query["absorbDTMF"]) for one in pbx.asked if one.path.endswith("/addChannel")]


async def test_legs_are_connected_in_order_and_codes_stay_unheard() -> None:
    async with scene() as s:
        await s.do(Connect(BRIDGE, (CITIZEN, OPERATOR), (OPERATOR,)))
        assert added(s.pbx) == [(CITIZEN, "false"), (OPERATOR, "true")]
        assert s.pbx.asked[0].query["type"] == "mixing,dtmf_events"


async def test_connect_again_leaves_those_who_talk_alone() -> None:
    async with scene() as s:
        await s.do(Connect(BRIDGE, (CITIZEN, OPERATOR)), Connect(BRIDGE, (CITIZEN, OPERATOR)))
        assert [leg for leg, _ in added(s.pbx)] == [CITIZEN, OPERATOR]


async def test_bridge_that_cannot_be_made_is_not_taken_for_one_that_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ari, "AGAIN_S", ())
    async with scene() as s:
        s.pbx.hooks[f"POST /bridges/{BRIDGE}"] = refusing(503)
        await s.do(Connect(BRIDGE, (CITIZEN, OPERATOR)))
        assert s.pbx.paths() == [f"POST /bridges/{BRIDGE}"]


async def test_connect_again_with_others_makes_it_exactly_these() -> None:
    async with scene() as s:
        await s.do(Connect(BRIDGE, (CITIZEN, OPERATOR)), Connect(BRIDGE, (CITIZEN, DEPARTMENT)))
        removed = [one.query["channel"] for one in s.pbx.asked if one.path.endswith("/removeChannel")]
        assert removed == [OPERATOR]
        assert [leg for leg, _ in added(s.pbx)] == [CITIZEN, OPERATOR, DEPARTMENT]


async def test_leg_that_cannot_be_added_does_not_keep_the_other_out() -> None:
    async with scene() as s:

        async def only_the_department(asked: Asked) -> tuple[int, Any]:
            gone = asked.query["channel"] == CITIZEN
            return (422, {"message": "gone"}) if gone else (204, None)

        s.pbx.hooks[f"POST /bridges/{BRIDGE}/addChannel"] = only_the_department
        await s.do(Connect(BRIDGE, (CITIZEN, DEPARTMENT)))
        assert [leg for leg, _ in added(s.pbx)] == [CITIZEN, DEPARTMENT]


async def test_what_is_said_to_a_leg_stops_before_it_is_connected() -> None:
    async with scene() as s:
        await s.do(Say(CITIZEN, PLAYBACK, (HELLO,)), Connect(BRIDGE, (CITIZEN, OPERATOR)))
        paths = s.pbx.paths()
        assert paths.index(f"DELETE /playbacks/{PLAYBACK}") < paths.index(f"POST /bridges/{BRIDGE}/addChannel")


async def test_who_is_left_is_out_of_a_bridge_before_it_ends() -> None:
    last = BridgeId(f"{BRIDGE}1")
    async with scene() as s:
        await s.do(Connect(BRIDGE, (CITIZEN, OPERATOR)), Connect(last, (CITIZEN, DEPARTMENT)))
        await s.do(Disconnect(BRIDGE), Say(OPERATOR, PLAYBACK, (HELLO,)))
        assert s.pbx.paths()[-3:] == [
            f"POST /bridges/{BRIDGE}/removeChannel",
            f"DELETE /bridges/{BRIDGE}",
            f"POST /channels/{OPERATOR}/play/{PLAYBACK}",
        ]


async def test_disconnect_of_a_bridge_that_is_gone_is_done() -> None:
    async with scene() as s:
        s.pbx.hooks[f"GET /bridges/{BRIDGE}"] = refusing(404)
        await s.do(Disconnect(BRIDGE), StartMusic(CITIZEN))
        assert s.pbx.paths()[-1] == f"POST /channels/{CITIZEN}/moh"


# --- what the log says ------------------------------------------------------------------------------------------------


def said(caplog: pytest.LogCaptureFixture) -> list[str]:
    """What somebody reads who does not look for single requests."""
    return [one.message for one in caplog.records if one.levelno > logging.DEBUG and one.name == executor.__name__]


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG)
    return caplog


async def test_nothing_is_said_when_everybody_has_hung_up_before_us(log: pytest.LogCaptureFixture) -> None:
    async with scene() as s:
        await s.do(Say(CITIZEN, PLAYBACK, (HELLO,)))
        s.pbx.hooks[f"DELETE /playbacks/{PLAYBACK}"] = refusing(404, "Playback not found")
        s.pbx.hooks[f"POST /bridges/{BRIDGE}/addChannel"] = refusing(400, "Channel not found")
        del s.pbx.channels[CITIZEN]
        await s.do(Connect(BRIDGE, (CITIZEN, OPERATOR)), StartMusic(CITIZEN), HangUp(CITIZEN))
        assert s.told == [PlaybackEnded(PLAYBACK), LegEnded(CITIZEN, Cause.NORMAL)]
        assert said(log) == []


@pytest.mark.parametrize(
    ("path", "status", "effect"),
    [
        (f"POST /channels/{CITIZEN}/moh", 409, StartMusic(CITIZEN)),
        (f"DELETE /channels/{CITIZEN}", 500, HangUp(CITIZEN)),
        (f"DELETE /channels/{CITIZEN}", 404, HangUp(CITIZEN)),
        (MAKE, 500, RING),
        (f"POST /bridges/{BRIDGE}/addChannel", 400, Connect(BRIDGE, (CITIZEN,))),
        (f"POST /bridges/{BRIDGE}/addChannel", 422, Connect(BRIDGE, (CITIZEN,))),
    ],
)
async def test_a_true_refusal_is_said_with_asterisks_words(
    log: pytest.LogCaptureFixture, path: str, status: int, effect: Effect
) -> None:
    async with scene() as s:
        s.pbx.hooks[path] = refusing(status)
        await s.do(effect)
        (line,) = said(log)
        assert f"{status} refused by the test" in line


# --- after a gap ------------------------------------------------------------------------------------------------------


async def test_what_was_asked_for_in_a_gap_is_out_of_date_except_to_hang_up() -> None:
    async with fake_ari() as pbx, ari_of(pbx) as ari:
        s = Scene(pbx, ari)
        pbx.hold(CITIZEN, "inbound")
        s.executor.submit([Say(CITIZEN, PLAYBACK, (HELLO,)), RING, StartMusic(CITIZEN), HangUp(CITIZEN)])
        s.executor.resume(ari)
        await pbx.until(lambda pbx: pbx.paths() == [f"DELETE /channels/{CITIZEN}"])
        assert s.told == [PlaybackEnded(PLAYBACK)]
        await s.executor.lanes.stop()


async def test_suspended_executor_begins_nothing() -> None:
    async with scene() as s:
        await s.executor.suspend()
        s.executor.submit([StartMusic(CITIZEN)])
        assert s.executor.lanes.waiting == 1
        assert s.pbx.paths() == []


# --- supervision ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "whisper"),
    [(SupervisionKind.LISTEN, "none"), (SupervisionKind.WHISPER, "out"), (SupervisionKind.BARGE, "both")],
)
async def test_supervisor_hears_a_leg_through_a_snooping_channel(kind: SupervisionKind, whisper: str) -> None:
    supervisor, snoop, bridge = LegId("s-1.l1"), LegId("s-1.s2"), BridgeId("s-1.b3")
    async with scene() as s:
        await s.do(Overhear(bridge, snoop, OPERATOR, supervisor, kind))
        made, joined, snooped = s.pbx.asked[-3:]
        assert (made.path, made.query["type"]) == (f"/bridges/{bridge}", "mixing,dtmf_events")
        assert (joined.path, joined.query["channel"]) == (f"/bridges/{bridge}/addChannel", supervisor)
        assert joined.query["absorbDTMF"] == "true", "a supervisor's keys are for us"
        assert snooped.path == f"/channels/{OPERATOR}/snoop/{snoop}"
        assert (snooped.query["spy"], snooped.query["whisper"]) == ("both", whisper)
        assert (snooped.query["app"], snooped.query["appArgs"]) == ("ctl", f"snoop,{bridge}")


async def test_bridge_of_those_who_have_met_others_before_is_mixed() -> None:
    async with scene() as s:
        await s.do(Connect(BRIDGE, (CITIZEN, OPERATOR), mixed=True))
        assert "video_sfu" in next(one.query["type"] for one in s.pbx.asked if one.path == f"/bridges/{BRIDGE}")


async def test_silence_is_sent_and_stopped() -> None:
    async with scene() as s:
        await s.do(StartSilence(OPERATOR), StopSilence(OPERATOR))
        assert s.pbx.paths()[-2:] == [f"POST /channels/{OPERATOR}/silence", f"DELETE /channels/{OPERATOR}/silence"]


async def test_first_telephone_of_a_call_is_made_on_nobodys_behalf() -> None:
    """Asterisk refuses an originator that does not exist."""
    async with scene() as s:
        await s.do(replace(RING, first=True))
        assert "originator" not in s.pbx.asked[0].query
