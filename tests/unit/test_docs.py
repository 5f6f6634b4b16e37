"""The documentation says what the code does."""

from collections import Counter
from pathlib import Path

import pytest

from ctl.switchboard.floor import Phase
from ctl.switchboard.phases import MOVES
from docs import draw_states

ROOT = Path(__file__).parents[2]
PAGES = sorted((*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")))


def test_state_diagrams_are_drawn_from_the_tables() -> None:
    assert draw_states.PAGE.read_text(encoding="utf-8") == draw_states.page(), "run `make diagrams`"


def test_every_phase_is_in_the_table_of_moves() -> None:
    assert set(MOVES) == set(Phase)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_chapter_stands_in_a_page_twice(page: Path) -> None:
    chapters = Counter(line for line in page.read_text(encoding="utf-8").splitlines() if line.startswith("## "))
    assert [chapter for chapter, times in chapters.items() if times > 1] == []
