"""The lookout: tells the floor what is found there, once, and only what is different."""

from ctl.runtime.intrusion import TRIES, WITHIN_MS, Intrusion
from ctl.runtime.lookout import HOLDS_FOR_MS, MOST_OF_A_KIND, OVER_AFTER_MS, TOLD_OVER_AFTER_MS, Lookout
from ctl.runtime.service import LiveService
from ctl.switchboard.events import AlarmFound, AlarmKind, AlarmsFound, Do, Event
from ctl.switchboard.floor import Floor
from tests.floor_driver import Driver


class Town:
    """A floor that takes what it is told at once, and a lookout who looks every second."""

    def __init__(self, driver: Driver | None = None) -> None:
        self.driver = driver or Driver()
        self.told: list[Event] = []
        self.connected = True
        self.off_s = 0.0
        self.unwritten: str | None = None
        self.trouble: str | None = None
        self.out = Lookout(
            self,
            lambda: self.driver.now,
            LiveService(),
            lambda: self.connected,
            lambda: self.off_s,
            lambda: self.unwritten,
            lambda: self.trouble,
        )

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


def test_a_line_that_is_away_for_more_than_moments_is_an_alarm_that_says_why() -> None:
    town = Town()
    patience = HOLDS_FOR_MS[AlarmKind.TRUNK_AWAY]
    town.trouble = "the carrier does not answer"
    assert town.looks(patience) == []
    town.trouble = None
    assert town.looks(1_000) == []
    town.trouble = "the carrier does not answer"
    assert town.looks(patience) == []
    assert town.looks(1_000) == ["trunk_away"]
    assert town.floor.conditions.alarms[0].what == "the carrier does not answer"
    town.trouble = None
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


FULL = AlarmFound(AlarmKind.DISK_NEARLY_FULL, "/srv", "1 MiB is free")
GUESSED = AlarmFound(AlarmKind.BRUTE_FORCE, "hanako", "refused ten times")


def test_what_others_tell_stands_as_long_as_they_tell_it() -> None:
    town = Town()
    town.out.told("worker", (FULL,), 60_000)
    assert town.looks(30_000) == ["disk_nearly_full:/srv"]
    town.out.told("worker", (FULL,), 60_000)
    assert town.looks(50_000) == ["disk_nearly_full:/srv"]
    town.out.told("worker", (), 60_000)
    assert town.looks(TOLD_OVER_AFTER_MS - 1_000) == ["disk_nearly_full:/srv"]
    assert town.looks(2_000) == []
    assert len(town.told) == 2


def test_what_a_silent_teller_told_goes_out() -> None:
    town = Town()
    town.out.told("worker", (FULL,), 60_000)
    assert town.looks(60_000) == ["disk_nearly_full:/srv"]
    assert town.looks(TOLD_OVER_AFTER_MS + 1_000) == []


def test_after_a_restart_what_others_told_waits_for_them() -> None:
    town = Town()
    town.out.told("worker", (FULL,), 60_000)
    town.looks(1_000)
    restarted = Town(town.driver)
    assert restarted.looks(OVER_AFTER_MS + 5_000) == ["disk_nearly_full:/srv"]
    restarted.out.told("worker", (FULL,), 60_000)
    assert restarted.looks(50_000) == ["disk_nearly_full:/srv"]
    assert restarted.told == []


def test_what_somebody_did_elsewhere_stands_until_it_was_seen_and_counts() -> None:
    town = Town()
    town.driver.waits_in_civil("1.1")
    town.looks(1_000)
    town.out.happened(GUESSED)
    town.out.happened(GUESSED)
    assert town.looks(TOLD_OVER_AFTER_MS + 5_000) == ["nobody_logged_in:civil", "brute_force:hanako", "long_wait:civil"]
    assert {alarm.count for alarm in town.floor.conditions.alarms if alarm.kind is AlarmKind.BRUTE_FORCE} == {2}
    assert town.driver.command(Do.ALARM_SEEN, argument="brute_force:hanako").ok
    assert town.looks(5_000) == ["nobody_logged_in:civil", "long_wait:civil"]


def test_who_comes_from_everywhere_does_not_fill_the_list() -> None:
    town = Town()
    for n in range(100):
        town.out.happened(AlarmFound(AlarmKind.TELEPHONE_ATTACK, f"192.0.2.{n}", "refused"))
    standing = town.looks(1_000)
    assert len(standing) == MOST_OF_A_KIND + 1
    assert standing[-1] == "telephone_attack:others"


def test_an_address_that_is_refused_again_and_again_is_an_attack() -> None:
    now, told = 0, list[AlarmFound]()
    doors = Intrusion(lambda: now, told.append)
    for n in range(2 * TRIES):
        doors.refused("InvalidPassword", "192.0.2.9")
        doors.refused("InvalidAccountID", f"198.51.100.{n}")
        now += 1_000
    assert [(one.kind, one.about) for one in told] == [(AlarmKind.TELEPHONE_ATTACK, "192.0.2.9")] * 2
    told.clear()
    for _ in range(3 * TRIES):
        doors.refused("InvalidPassword", "192.0.2.10")
        now += WITHIN_MS // (TRIES - 1)
    assert told == []


def test_journal_that_cannot_be_written_is_an_alarm_when_it_lasts() -> None:
    town = Town()
    town.unwritten = "the disk is full"
    assert town.looks(HOLDS_FOR_MS[AlarmKind.JOURNAL_FAILING]) == []
    assert town.looks(1_000) == ["journal_failing"]
    assert town.floor.conditions.alarms[0].what == "the disk is full"
    town.unwritten = None
    assert town.looks(OVER_AFTER_MS + 1_000) == []


def test_clock_of_the_machine_that_was_set_under_calls_is_an_alarm_until_it_is_agreed_with() -> None:
    town = Town()
    town.off_s = -300.0
    assert town.looks(1_000) == ["clock_off"]
    assert town.floor.conditions.alarms[0].what.startswith("the machine's clock is 300 s behind the centre's")
    town.off_s = 0.0
    assert town.looks(OVER_AFTER_MS + 1_000) == []
