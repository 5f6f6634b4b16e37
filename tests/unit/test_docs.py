"""The documentation says what the code does."""

from ctl.switchboard.floor import Phase
from ctl.switchboard.phases import MOVES
from docs import draw_states


def test_state_diagrams_are_drawn_from_the_tables() -> None:
    assert draw_states.PAGE.read_text(encoding="utf-8") == draw_states.page(), "run `make diagrams`"


def test_every_phase_is_in_the_table_of_moves() -> None:
    assert set(MOVES) == set(Phase)
