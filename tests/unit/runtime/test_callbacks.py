"""Call-backs on the live floor: who is owed one, told as it changes, and gone when the citizen is there."""

from ctl.runtime.document import floor_document
from ctl.runtime.engine import Turned
from ctl.runtime.feed import changes
from ctl.runtime.text import floor_text
from ctl.runtime.upkeep import forget_numbers
from ctl.switchboard import effects
from ctl.switchboard.events import LegAnswered
from ctl.switchboard.floor import Floor, empty
from ctl.switchboard.ids import Millis
from tests.floor_driver import Driver
from tests.plans import callback_plan

CALLER, BACK = "0312345678", "c1-back"


def promised() -> Driver:
    desk = Driver(callback_plan())
    desk.waits_in_civil("c1")
    desk.passes(30_000)
    desk.presses("c1", "11")
    return desk


def test_the_floor_document_and_its_text_name_who_is_owed_a_call() -> None:
    desk = promised()
    document = floor_document(desk.floor, desk.now)
    (row,) = document["callbacks"]
    assert (row["call"], row["origin"], row["number"], row["phase"]) == (BACK, "c1", CALLER, "promised")
    assert row["place"] < row["requested_at"] < row["expires_at"]
    assert BACK in floor_text(document)


def test_a_promise_is_told_when_it_is_made_and_when_it_is_kept() -> None:
    desk = Driver(callback_plan())
    desk.waits_in_civil("c1")
    desk.passes(30_000)
    desk.presses("c1", "1")
    before = desk.floor
    desk.presses("c1", "1")
    made = changes(Turned(before, desk.floor, desk.now, ()))
    assert set(made["callbacks"]) == {BACK}  # type: ignore[call-overload]
    desk.hangs_up("c1")
    desk.ready("2001")
    desk.happens(LegAnswered(desk.rings_at(BACK)))
    dialled = next(effect for effect in desk.effects if isinstance(effect, effects.DialOutside))
    before = desk.floor
    desk.happens(LegAnswered(dialled.leg))
    assert changes(Turned(before, desk.floor, desk.now, ()))["callbacks"] == {BACK: None}


def test_who_is_not_called_back_changes_nothing_there() -> None:
    desk = Driver(callback_plan())
    before = desk.floor
    desk.calls_in("c1")
    assert "callbacks" not in changes(Turned(before, desk.floor, desk.now, ()))


class Numbers:
    """A journal that notes in which order it is asked."""

    def __init__(self, held: bool) -> None:
        self.held = held
        self.story: list[str] = []

    def holds_numbers(self, floor: Floor, before: Millis) -> bool:
        return self.held

    def erase_numbers(self, floor: Floor, before: Millis) -> int:
        self.story.append("erased")
        return 1


def test_the_floor_is_kept_before_numbers_are_erased_and_only_then() -> None:
    journal = Numbers(held=True)

    def keep(floor: Floor) -> bool:
        journal.story.append("kept")
        return True

    assert forget_numbers(journal, empty(), keep, 10**12) == 1
    assert journal.story == ["kept", "erased"]


def test_nothing_is_erased_when_the_floor_could_not_be_kept_or_nothing_is_there() -> None:
    troubled, clean = Numbers(held=True), Numbers(held=False)
    assert forget_numbers(troubled, empty(), lambda _: False, 10**12) == 0
    assert forget_numbers(clean, empty(), lambda _: True, 10**12) == 0
    assert troubled.story == clean.story == []
