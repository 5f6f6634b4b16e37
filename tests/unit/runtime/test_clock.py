"""Time on the floor: follows the wall clock, and never goes back."""

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from ctl.runtime.clock import Clock


@dataclass
class Hands:
    """The machine's two clocks, set by hand (seconds)."""

    wall: float = 1_000_000.0
    monotonic: float = 50.0

    def clock(self, not_before: int = 0) -> Clock:
        return Clock(not_before, lambda: self.wall, lambda: self.monotonic)

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


def test_time_goes_on_from_the_last_instant_in_the_journal() -> None:
    hands = Hands()
    assert hands.clock(not_before=1_000_005_000).now() == 1_000_005_000


@given(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(0, 1000))))
def test_time_never_goes_back(steps: list[tuple[float, float]]) -> None:
    hands = Hands()
    clock = hands.clock()
    read = [clock.now()]
    for jump, passed in steps:
        hands.wall += jump
        hands.pass_(passed)
        read.append(clock.now())
    assert read == sorted(read)
