"""Recordings of legs that we made: begun once, ended in order, and asked for until Asterisk has answered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ctl.pbx.ami import Ami
from ctl.pbx.recorder import Recorder
from ctl.switchboard.effects import StartRecording, StopRecording
from ctl.switchboard.ids import LegId
from tests.unit.pbx.fake_ami import Action, FakeAmi, fake_ami

LEG, OTHER = LegId("1795509605.20.l2"), LegId("1795509605.33.l2")


@dataclass
class Legs:
    """Asterisk's side: which legs there are, and which of them are recorded."""

    there: set[str] = field(default_factory=lambda: {LEG, OTHER})
    recorded: dict[str, str] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    silent: set[str] = field(default_factory=set)
    """Actions that are carried out and not answered."""

    def answer(self, _: FakeAmi, action: Action) -> list[Action] | None:
        leg = action["Channel"]
        if leg not in self.there:
            return [{"Response": "Error", "Message": "No such channel"}]
        reply = {"Response": "Success"}
        match action["Action"]:
            case "Getvar":
                reply |= {"Variable": action["Variable"], "Value": "0x1" if leg in self.recorded else ""}
            case "MixMonitor":
                self.recorded[leg] = action["Options"]
                self.begun.append(leg)
            case "StopMixMonitor":
                del self.recorded[leg]
        return None if action["Action"] in self.silent else [reply]


@asynccontextmanager
async def recorder(fake: FakeAmi, deadline_s: float = 2.0) -> AsyncIterator[Recorder]:
    up = asyncio.Event()
    ami = Ami("127.0.0.1", fake.port, "ctl", "secret", lambda _: None, up.set, reconnect_s=0, deadline_s=deadline_s)
    ami.connect()
    async with asyncio.timeout(5):
        await up.wait()
    made = Recorder(ami, retry_s=0)
    yield made
    await made.lanes.stop()
    ami.stop()


async def done(recorder: Recorder) -> None:
    async with asyncio.timeout(5):
        await recorder.lanes.idle()


async def test_files_are_named_after_the_leg_and_hold_what_is_said_in_bridges() -> None:
    legs = Legs()
    async with fake_ami(legs.answer) as fake, recorder(fake) as at_work:
        at_work.put(StartRecording(LEG))
        await done(at_work)
        assert legs.recorded == {
            LEG: f"br(/centre/recordings/{LEG}-rx.wav)t(/centre/recordings/{LEG}-tx.wav)i(CTL_RECORDED)"
        }


async def test_a_leg_that_no_dialplan_saw_is_recorded_whole() -> None:
    legs = Legs()
    async with fake_ami(legs.answer) as fake, recorder(fake) as at_work:
        at_work.put(StartRecording(LEG, whole=True))
        await done(at_work)
        assert legs.recorded[LEG].startswith("r(")


async def test_a_recording_is_never_begun_anew() -> None:
    legs = Legs()
    async with fake_ami(legs.answer) as fake:
        async with recorder(fake) as before:
            before.put(StartRecording(LEG))
            before.put(StartRecording(LEG))
            await done(before)
        async with recorder(fake) as after_a_restart:
            after_a_restart.put(StartRecording(LEG))
            await done(after_a_restart)
        assert legs.begun == [LEG]


async def test_a_request_whose_answer_is_lost_is_not_repeated_when_it_was_carried_out() -> None:
    legs = Legs(silent={"MixMonitor"})
    async with fake_ami(legs.answer) as fake, recorder(fake, deadline_s=0.05) as at_work:
        at_work.put(StartRecording(LEG))
        await done(at_work)
        assert legs.begun == [LEG]


async def test_what_is_asked_for_while_ami_is_away_is_done_when_it_is_back() -> None:
    legs = Legs()
    async with fake_ami(legs.answer) as fake, recorder(fake) as at_work:
        fake.cut()
        at_work.put(StartRecording(LEG))
        at_work.put(StopRecording(LEG))
        at_work.put(StartRecording(OTHER))
        await done(at_work)
        assert set(legs.begun) == {LEG, OTHER}
        assert set(legs.recorded) == {OTHER}, "stopped after it was begun"


async def test_a_leg_that_is_gone_ends_the_trying() -> None:
    legs = Legs(there=set())
    async with fake_ami(legs.answer) as fake, recorder(fake) as at_work:
        at_work.put(StartRecording(LEG))
        at_work.put(StopRecording(LEG))
        await done(at_work)
        assert legs.begun == []
