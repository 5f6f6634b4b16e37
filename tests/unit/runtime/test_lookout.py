"""The lookout: tells the floor what is found there, once, and only what is different."""

from ctl.runtime.lookout import HOLDS_FOR_MS, OVER_AFTER_MS, Lookout
from ctl.runtime.service import LiveService
from ctl.switchboard.events import AlarmKind, AlarmsFound, Event
from ctl.switchboard.floor import Floor
from tests.floor_driver import Driver


class Town:
    """A floor that takes what it is told at once, and a lookout who looks every second."""

    def __init__(self, driver: Driver | None = None) -> None:
        self.driver = driver or Driver()
        self.told: list[Event] = []
        self.connected = True
        self.out = Lookout(self, lambda: self.driver.now, LiveService(), lambda: self.connected)

    @property
    def floor(self) -> Floor:
        return self.driver.floor

    @floor.setter
    def floor(self, _: Floor) -> None: ...

    def deliver(self, event: Event) -> None:
        self.told.append(event)
        self.driver.happens(event)

    def looks(self, for_ms: int) -> list[str]:
        """Which alarms stand after so long."""
        for _ in range(for_ms // 1000):
            self.out.look()
            self.driver.passes(1000)
        return [alarm.name for alarm in self.floor.conditions.alarms]


def test_nothing_to_tell_is_not_told() -> None:
    town = Town()
    assert town.looks(5_000) == []
    assert town.told == []


def test_what_is_found_is_raised_at_once_and_told_once() -> None:
    town = Town()
    town.driver.waits_in_civil("1.1")
    assert town.looks(1_000) == ["nobody_logged_in:civil"]
    assert town.looks(20_000) == ["nobody_logged_in:civil"]
    assert len(town.told) == 1


def test_what_is_over_stands_a_while_longer_so_that_what_flickers_is_one_alarm() -> None:
    town = Town()
    for n in range(3):
        town.driver.waits_in_civil(f"1.{n}")
        town.looks(1_000)
        town.driver.hangs_up(f"1.{n}")
        assert town.looks(OVER_AFTER_MS - 1_000) == ["nobody_logged_in:civil"]
    assert len(town.told) == 1
    assert town.looks(2_000) == []
    assert town.told[1:] == [AlarmsFound(())]


def test_asterisk_away_for_a_moment_is_no_alarm() -> None:
    town = Town()
    patience = HOLDS_FOR_MS[AlarmKind.PBX_AWAY]
    town.connected = False
    assert town.looks(patience) == []
    assert town.looks(1_000) == ["pbx_away"]
    town.connected = True
    assert town.looks(OVER_AFTER_MS + 2_000) == []


def test_after_a_restart_an_alarm_that_stood_goes_on_or_out() -> None:
    town = Town()
    town.driver.waits_in_civil("1.1")
    town.looks(1_000)
    restarted = Town(town.driver)
    assert restarted.looks(1_000) == ["nobody_logged_in:civil"]
    town.driver.hangs_up("1.1")
    again = Town(town.driver)
    assert again.looks(OVER_AFTER_MS) == ["nobody_logged_in:civil"]
    assert again.looks(2_000) == []
    assert restarted.told == []


def test_what_somebody_did_is_not_the_lookouts_business() -> None:
    town = Town()
    town.driver.ready("2001")
    town.driver.dials("2001", "0990123456")
    assert town.looks(OVER_AFTER_MS + 5_000) == ["toll_fraud:2001"]
    assert town.told == []
