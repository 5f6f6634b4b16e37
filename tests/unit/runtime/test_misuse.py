"""Callers who do what only harms raise an alarm, and callers who only mistype do not."""

import pytest

from ctl.runtime.misuse import CALLBACKS, KEYS, NUMBERS, WITHIN_MS, Misuse
from ctl.switchboard.events import AlarmFound, AlarmKind, KeyPressed
from ctl.switchboard.ids import LegId
from tests.floor_driver import Driver
from tests.plans import callback_plan

PREMIUM, LANDLINE = "0990123456", "0398765432"


class Town:
    """A desk whose every key is seen as it is pressed."""

    def __init__(self) -> None:
        self.desk = Driver(callback_plan())
        self.told: list[AlarmFound] = []
        self.misuse = Misuse(lambda: self.desk.now, lambda: self.desk.floor, self.told.append)

    def presses(self, leg: str, keys: str) -> None:
        for key in keys:
            self.misuse.heard(KeyPressed(LegId(leg), key))
            self.desk.presses(leg, key)

    def asks_for(self, call: str, number: str) -> None:
        """A caller waits, wishes to be called back elsewhere, and keys the number."""
        self.desk.waits_in_civil(call)
        self.desk.passes(30_000)
        self.presses(call, f"12{number}#")

    @property
    def alarms(self) -> list[tuple[AlarmKind, str | None]]:
        return [(one.kind, one.about) for one in self.told]


def test_keys_without_end_are_told_at_each_hundredth_of_a_call() -> None:
    town = Town()
    town.desk.waits_in_civil("c1")
    town.desk.waits_in_civil("c2")
    for _ in range(KEYS):
        town.presses("c1", "99")
        town.presses("c2", "#" if len(town.told) < 1 else "")
    assert town.alarms == [(AlarmKind.CALLER_MISUSE, "c1")] * 2


def test_keys_of_operators_are_their_work() -> None:
    town = Town()
    town.desk.ready("2001")
    leg = town.desk.talks("c1", "2001")
    town.presses(leg, "5" * 2 * KEYS)
    assert town.told == []


def test_costly_numbers_for_call_backs_are_told_at_the_fifth() -> None:
    town = Town()
    for n in range(NUMBERS):
        assert town.told == []
        town.asks_for(f"c{n}", PREMIUM)
    assert town.alarms == [(AlarmKind.CALLER_MISUSE, CALLBACKS)]
    assert PREMIUM not in town.told[0].what


@pytest.mark.parametrize("number", [LANDLINE, PREMIUM[:-3], ""])
def test_numbers_that_can_be_called_and_such_that_are_none_are_not_told(number: str) -> None:
    town = Town()
    for n in range(2 * NUMBERS):
        town.asks_for(f"c{n}", number)
    assert town.told == []


def test_a_costly_number_now_and_then_is_somebody_who_knows_no_better() -> None:
    town = Town()
    for n in range(2 * NUMBERS):
        town.asks_for(f"c{n}", PREMIUM)
        town.desk.hangs_up(f"c{n}")
        town.desk.passes(WITHIN_MS // (NUMBERS - 1))
    assert town.told == []
