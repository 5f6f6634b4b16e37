"""Time on the floor: follows the wall clock, and never goes back."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ctl.lab.pulse import eventually
from ctl.runtime.clock import Clock, in_our_time, keep, kept, leave, runs
from ctl.switchboard.events import CallArrived, CallServedElsewhere, TalkElsewhere
from ctl.switchboard.ids import CallId, LegId, QueueName
from ctl.switchboard.plan import WrapUp, WrapUpKind
from ctl.switchboard.records import replace
from tests.floor_driver import Driver
from tests.plans import CITY, small_plan


@dataclass
class Hands:
    """The machine's two clocks, set by hand (seconds)."""

    wall: float = 1_000_000.0
    monotonic: float = 50.0
    busy: bool = False

    def clock(self, not_before: int = 0, ahead_s: float | None = None) -> Clock:
        clock = Clock(not_before, lambda: self.wall, lambda: self.monotonic, ahead_s)
        clock.busy = lambda: self.busy
        return clock

    def pass_(self, seconds: float) -> None:
        self.wall += seconds
        self.monotonic += seconds


def test_time_is_the_wall_clock_in_milliseconds() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.pass_(1.5)
    assert clock.now() == 1_000_001_500


def test_wall_clock_set_forward_is_followed_at_once() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.wall += 3600
    assert clock.now() == 1_003_600_000


def test_wall_clock_set_back_only_slows_time_down() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.wall -= 10
    before = clock.now()
    hands.pass_(10)
    assert clock.now() - before == 9_000


def test_wall_clock_set_back_is_agreed_with_in_the_end() -> None:
    hands = Hands()
    clock = hands.clock()
    hands.wall -= 10
    for _ in range(120):
        hands.pass_(1)
        clock.now()
    assert clock.now() == round(hands.wall * 1000)


@pytest.mark.parametrize("step", [-300, 300])
def test_wall_clock_set_while_somebody_calls_changes_no_duration(step: int) -> None:
    hands = Hands(busy=True)
    clock = hands.clock()
    before = clock.now()
    hands.pass_(20)
    hands.wall += step
    hands.pass_(20)
    assert clock.now() - before == 40_000
    assert round(clock.off_s) == step


def test_wall_clock_set_under_calls_is_agreed_with_when_nobody_calls(caplog: pytest.LogCaptureFixture) -> None:
    hands = Hands(busy=True)
    clock = hands.clock()
    hands.wall += 300
    clock.now()
    hands.busy = False
    assert clock.now() == 1_000_300_000
    assert clock.off_s == 0
    assert "set forward by 300.0 s" in caplog.text


def test_restart_while_somebody_calls_keeps_the_time_of_before(tmp_path: Path) -> None:
    hands = Hands(busy=True)
    clock = hands.clock()
    hands.wall += 300
    hands.pass_(10)
    clock.now()
    leave(tmp_path / "clock.json", clock.ahead_s)
    hands.pass_(2)
    assert hands.clock(ahead_s=kept(tmp_path / "clock.json")).now() == 1_000_012_000


@pytest.mark.parametrize("step", [-300, 300])
def test_instants_of_the_pbx_are_told_in_the_time_of_the_centre(step: int) -> None:
    hands = Hands(busy=True)
    clock = hands.clock()
    hands.wall += step
    now = clock.now()
    pbx = int(hands.wall * 1000)

    def told(at: int) -> tuple[CallArrived, CallServedElsewhere]:
        talks = (TalkElsewhere(None, at - 9_000, at - 8_000),)
        return (
            CallArrived(CallId("1.1"), LegId("1.1"), CITY, "0312345678", at - 10_000, talks),
            CallServedElsewhere(CallId("1.2"), CITY, "", at - 20_000, at - 5_000, at - 4_000, None, talks=talks),
        )

    assert tuple(in_our_time(event, clock.off_s) for event in told(pbx)) == told(now)


def test_instants_of_the_pbx_stay_as_they_are_while_the_clocks_agree() -> None:
    back = CallArrived(CallId("1.1"), LegId("1.1"), CITY, "0312345678", 990_000)
    assert in_our_time(back, 0.002) == back


def test_time_of_before_another_boot_is_not_gone_by(tmp_path: Path) -> None:
    (tmp_path / "clock.json").write_text('{"boot": "another", "ahead_s": 5.0}')
    assert kept(tmp_path / "clock.json") is None


def test_something_runs_while_there_is_a_leg_or_a_wrap_up_of_a_set_length() -> None:
    plan = small_plan()
    civil = replace(plan.queues[QueueName("civil")], wrap_up=WrapUp(WrapUpKind.FIXED, 30_000))
    driver = Driver(replace(plan, queues={**plan.queues, civil.name: civil}))
    driver.ready("2001")
    assert not runs(driver.floor)
    telephone = driver.talks("1.1", "2001")
    assert runs(driver.floor)
    driver.hangs_up("1.1")
    driver.hangs_up(telephone)
    assert runs(driver.floor)
    driver.passes(30_000)
    assert not runs(driver.floor)


def test_time_goes_on_from_the_last_instant_in_the_journal() -> None:
    hands = Hands()
    assert hands.clock(not_before=1_000_005_000).now() == 1_000_005_000


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1000), st.booleans())))
def test_time_never_goes_back(steps: list[tuple[float, float, bool]]) -> None:
    hands = Hands()
    clock = hands.clock()
    read = [clock.now()]
    for jump, passed, hands.busy in steps:
        hands.wall += jump
        hands.pass_(passed)
        read.append(clock.now())
    assert read == sorted(read)


async def test_the_file_tells_how_long_the_switchboard_lived(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ctl.runtime.clock.KEEP_EVERY_S", 0.01)
    path = tmp_path / "clock.json"

    async def written() -> bool:
        return kept(path) is not None

    async def touched() -> bool:
        return path.stat().st_mtime > 0

    keeping = asyncio.create_task(keep(Hands().clock(), path))
    await eventually(written, "it is written", 5)
    content = path.read_bytes()
    os.utime(path, (0, 0))
    await eventually(touched, "it is touched, though nothing has changed", 5)
    assert path.read_bytes() == content
    keeping.cancel()
